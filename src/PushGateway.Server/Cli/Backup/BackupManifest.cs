using System.Text.Json;
using System.Text.Json.Serialization;
using PushGateway.Storage.Backup;

namespace PushGateway.Server.Cli.Backup;

/// <summary>What a backup consists of, kept beside it as <c>backup.json</c>. It is written last, so a folder that has one is whole.</summary>
/// <param name="Format">1; another number is of another version.</param>
/// <param name="Provider">The store's database.</param>
/// <param name="Content">What the copy of the store holds.</param>
/// <param name="Files">SHA-256 of each file, in hexadecimal digits, by its path in the folder.</param>
internal sealed record BackupManifest(int Format, DateTimeOffset CreatedAt, string Provider, StoreContent Content, IReadOnlyDictionary<string, string> Files)
{
    public const int CurrentFormat = 1;

    public const string FileName = "backup.json";

    /// <exception cref="CliException">The folder holds no whole backup, or one of another version.</exception>
    public static async Task<BackupManifest> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            throw new CliException($"{folder} holds no backup: there is no {FileName} in it.");
        }

        try
        {
            await using var stream = File.OpenRead(file);
            var manifest = await JsonSerializer.DeserializeAsync(stream, BackupManifestJson.Default.BackupManifest, cancellationToken);
            return manifest is { Format: CurrentFormat, Content.Rows: not null, Files: not null }
                ? manifest
                : throw new CliException($"{file} is of another version of this program.");
        }
        catch (JsonException problem)
        {
            throw new CliException($"{file} cannot be read: {problem.Message}");
        }
    }

    public async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write);
        await JsonSerializer.SerializeAsync(stream, this, BackupManifestJson.Default.BackupManifest, cancellationToken);
        stream.Flush(flushToDisk: true);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class BackupManifestJson : JsonSerializerContext;
