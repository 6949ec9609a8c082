using System.ComponentModel;
using System.Data;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using PushGateway.Storage.PostgreSql.Engine;
using PushGateway.Storage.PostgreSql.Schema;

namespace PushGateway.Storage.Backup;

/// <summary>PostgreSQL's own <c>pg_dump</c> and <c>pg_restore</c>, which have to be as new as the server, over a snapshot that is counted as well.</summary>
internal sealed class PostgreSqlStoreBackup(IOptions<StorageOptions> options, PostgreSqlDatabase database) : IStoreBackup
{
    private const string CountRelations =
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace " +
        "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'";

    /// <summary>What a program said is passed on up to so many characters.</summary>
    private const int MaxSaid = 2_000;

    public string Provider => StorageOptions.PostgreSql;

    public string FileName => "pushgateway.dump";

    public async Task<StoreContent> CopyToAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            var connection = database.OpenPlain();
            await using (connection.ConfigureAwait(false))
            {
                var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    // Held open for as long as the dump takes: it reads what is counted here, whatever is committed meanwhile.
                    var snapshot = (string)(await ScalarAsync(connection, "SELECT pg_export_snapshot()", cancellationToken).ConfigureAwait(false))!;
                    var context = new StoreDbContext(PostgreSqlStoreContext.Over(connection));
                    await using (context.ConfigureAwait(false))
                    {
                        var content = await StoreContents.ReadAsync(context, transaction, cancellationToken).ConfigureAwait(false);
                        await RunAsync(
                            "pg_dump", cancellationToken, "--format=custom", "--no-owner", "--no-privileges", $"--snapshot={snapshot}", $"--file={file}").ConfigureAwait(false);
                        // Reads all of it; what cannot be read cannot be restored.
                        await RunAsync("pg_restore", cancellationToken, "--file=/dev/null", file).ConfigureAwait(false);
                        return content;
                    }
                }
            }
        }
        catch (NpgsqlException problem)
        {
            throw Unreachable(problem);
        }
    }

    public async Task RequireEmptyAsync(CancellationToken cancellationToken)
    {
        try
        {
            var connection = database.OpenPlain();
            await using (connection.ConfigureAwait(false))
            {
                if (await ScalarAsync(connection, CountRelations, cancellationToken).ConfigureAwait(false) is > 0L)
                {
                    throw new StoreBackupException(
                        $"The database {database.Name} has tables already, and nothing is overwritten: stop the gateways and give an empty one.");
                }
            }
        }
        catch (NpgsqlException problem)
        {
            throw Unreachable(problem);
        }
    }

    public async Task RestoreAsync(string file, StoreContent expected, CancellationToken cancellationToken)
    {
        await RequireEmptyAsync(cancellationToken).ConfigureAwait(false);
        var connection = database.OpenPlain();
        await using (connection.ConfigureAwait(false))
        {
            var context = new StoreDbContext(PostgreSqlStoreContext.Over(connection));
            await using (context.ConfigureAwait(false))
            {
                StoreContents.RequireKnown(context, expected);
                await RunAsync(
                    "pg_restore", cancellationToken, "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges",
                    $"--dbname={new NpgsqlConnectionStringBuilder(options.Value.ConnectionString).Database}", file).ConfigureAwait(false);
                await StoreContents.RequireAsync(context, expected, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private StoreBackupException Unreachable(NpgsqlException problem) => new(
        $"{StorageOptions.SectionName}:{nameof(StorageOptions.ConnectionString)}: the store {database.Name} cannot be used. {problem.Message}", problem);

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Constants.
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(string program, CancellationToken cancellationToken, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        SetConnection(start.Environment);
        try
        {
            using var process = Process.Start(start)!;
            var said = process.StandardError.ReadToEndAsync(cancellationToken);
            try
            {
                await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            if (process.ExitCode != 0)
            {
                var words = (await said.ConfigureAwait(false)).Trim().ReplaceLineEndings(" ");
                throw new StoreBackupException($"{program} ended with status {process.ExitCode}: {words[..Math.Min(words.Length, MaxSaid)]}");
            }
        }
        catch (Win32Exception problem)
        {
            throw new StoreBackupException(
                $"{program} cannot be started ({problem.Message}): install PostgreSQL's client programs (Debian: postgresql-client), as new as the server.", problem);
        }
    }

    /// <summary>Through the environment, which the list of processes does not show.</summary>
    private void SetConnection(IDictionary<string, string?> environment)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.Value.ConnectionString);
        Set("PGHOST", settings.Host);
        Set("PGPORT", settings.Port.ToString(CultureInfo.InvariantCulture));
        Set("PGDATABASE", settings.Database);
        Set("PGUSER", settings.Username);
        Set("PGPASSWORD", settings.Password);
        Set("PGPASSFILE", settings.Passfile);
        Set("PGSSLROOTCERT", settings.RootCertificate);
        Set("PGSSLCERT", settings.SslCertificate);
        Set("PGSSLKEY", settings.SslKey);
        Set("PGSSLMODE", settings.SslMode switch
        {
            SslMode.Disable => "disable",
            SslMode.Allow => "allow",
            SslMode.Require => "require",
            SslMode.VerifyCA => "verify-ca",
            SslMode.VerifyFull => "verify-full",
            _ => "prefer",
        });

        void Set(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                environment[name] = value;
            }
        }
    }
}
