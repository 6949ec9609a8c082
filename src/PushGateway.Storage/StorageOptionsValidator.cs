using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;
using PushGateway.Core.Events;

namespace PushGateway.Storage;

/// <summary>Collects every broken rule and names the key to set.</summary>
internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        var problems = new List<string>();
        if (!options.IsPostgreSql && !string.Equals(options.Provider, StorageOptions.Sqlite, StringComparison.OrdinalIgnoreCase))
        {
            problems.Add(
                $"{StorageOptions.SectionName}:{nameof(options.Provider)} is '{options.Provider}'; it must be {StorageOptions.Sqlite} or {StorageOptions.PostgreSql}.");
        }

        if ((options.IsPostgreSql ? ServerProblem(options.ConnectionString) : FileProblem(options.ConnectionString)) is { } connectionProblem)
        {
            problems.Add($"{StorageOptions.SectionName}:{nameof(options.ConnectionString)} {connectionProblem}");
        }

        if (options.NodeName is { Length: > 100 })
        {
            problems.Add($"{StorageOptions.SectionName}:{nameof(options.NodeName)} has {options.NodeName.Length} characters; it may have up to 100.");
        }

        Check(options.LeaseDuration, TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5), nameof(options.LeaseDuration));
        Check(options.MaxReadConnections, 1, 256, nameof(options.MaxReadConnections));
        Check(options.WriteQueueCapacity, 1, 1_000_000, nameof(options.WriteQueueCapacity));
        Check(options.MaxOperationsPerCommit, 1, 100_000, nameof(options.MaxOperationsPerCommit));
        Check(options.MaxCommitGathering, TimeSpan.Zero, TimeSpan.FromSeconds(10), nameof(options.MaxCommitGathering));
        Check(options.BusyCommitPause, TimeSpan.Zero, TimeSpan.FromSeconds(1), nameof(options.BusyCommitPause));
        Check(options.BusyTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(1), nameof(options.BusyTimeout));
        Check(options.WriterCacheKiB, 1_024, 16_777_216, nameof(options.WriterCacheKiB));
        Check(options.ReaderCacheKiB, 256, 16_777_216, nameof(options.ReaderCacheKiB));
        Check(options.CheckpointPages, 100, 1_000_000, nameof(options.CheckpointPages));
        Check(options.LookedAtPerRow, 2, 1_000, nameof(options.LookedAtPerRow));
        Check(options.Retention, IdempotencyKey.Retention, TimeSpan.FromDays(3_653), nameof(options.Retention));
        Check(options.RemovalRetention, TimeSpan.FromDays(1), options.Retention, nameof(options.RemovalRetention));
        Check(options.PreviousCredentialRetention, TimeSpan.FromHours(1), TimeSpan.FromDays(90), nameof(options.PreviousCredentialRetention));
        if (options.DeviceExpiry != TimeSpan.Zero)
        {
            Check(options.DeviceExpiry, TimeSpan.FromDays(1), TimeSpan.FromDays(3_653), nameof(options.DeviceExpiry));
        }

        Check(options.WebhookMaxNotices, 10, 10_000_000, nameof(options.WebhookMaxNotices));
        Check(options.WebhookMaxBytes, 64L * 1024, 16L * 1024 * 1024 * 1024, nameof(options.WebhookMaxBytes));
        Check(options.LiveHistoryMessages, 10, 1_000_000, nameof(options.LiveHistoryMessages));
        Check(options.LiveHistoryRetention, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30), nameof(options.LiveHistoryRetention));
        Check(options.PurgeStepRows, 1, 100_000, nameof(options.PurgeStepRows));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check<T>(T value, T lowest, T highest, string key)
            where T : IComparable<T>
        {
            if (value.CompareTo(lowest) < 0 || value.CompareTo(highest) > 0)
            {
                problems.Add($"{StorageOptions.SectionName}:{key} is {value}; it must be from {lowest} to {highest}.");
            }
        }
    }

    // The value is not repeated: a connection string may hold a password.
    private static string? FileProblem(string? connectionString)
    {
        try
        {
            var parsed = new SqliteConnectionStringBuilder(connectionString);
            if (parsed.DataSource.Length == 0)
            {
                return "names no Data Source.";
            }

            return parsed.Mode == SqliteOpenMode.Memory || parsed.DataSource.Contains(":memory:", StringComparison.OrdinalIgnoreCase)
                ? "names a database in memory; it must name a file."
                : null;
        }
        catch (ArgumentException problem)
        {
            return $"cannot be read: {problem.Message}";
        }
    }

    // What the parser says is not repeated either: it quotes what it does not understand.
    private static string? ServerProblem(string? connectionString)
    {
        try
        {
            var parsed = new NpgsqlConnectionStringBuilder(connectionString);
            return string.IsNullOrEmpty(parsed.Host) ? "names no Host."
                : string.IsNullOrEmpty(parsed.Database) ? "names no Database."
                : null;
        }
        catch (Exception problem) when (problem is ArgumentException or FormatException or InvalidCastException)
        {
            return "cannot be read as one of PostgreSQL, such as Host=…;Database=…;Username=…;Password=….";
        }
    }
}
