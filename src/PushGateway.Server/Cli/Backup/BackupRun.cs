using System.Globalization;
using System.Security.Cryptography;
using PushGateway.Storage.Backup;

namespace PushGateway.Server.Cli.Backup;

/// <summary>Makes one backup: the store as it is at one instant, then the keys, which are only ever added to and so open everything in it.</summary>
internal sealed class BackupRun(IStoreBackup store, string keysFolder, TimeProvider time)
{
    private const string Prefix = "pushgateway-";
    private const string Unfinished = ".unfinished";
    private const string KeyFiles = "*.xml";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public const string KeysName = "keys";

    /// <param name="parent">Made when it is not there.</param>
    /// <returns>The folder of the new backup, whose name says when it was made (UTC).</returns>
    /// <exception cref="CliException">There are no keys, or there is already a backup of this second.</exception>
    /// <exception cref="StoreBackupException">The store cannot be copied.</exception>
    public async Task<string> RunAsync(string parent, CancellationToken cancellationToken)
    {
        // Every gateway that has been started has some; none means that another folder was named.
        if (!Directory.Exists(keysFolder) || Directory.GetFiles(keysFolder, KeyFiles).Length == 0)
        {
            throw new CliException($"There are no keys in {keysFolder} (PushGateway:DataProtection:KeysDirectory): a store without its keys has lost its credentials.");
        }

        var now = time.GetUtcNow();
        var folder = Path.Combine(parent, Prefix + now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        if (Directory.Exists(folder) || Directory.Exists(folder + Unfinished))
        {
            throw new CliException($"{folder} is there already, and nothing is overwritten.");
        }

        MakeFolder(parent);
        MakeFolder(folder + Unfinished);
        try
        {
            var manifest = await FillAsync(folder + Unfinished, now, cancellationToken);
            await manifest.WriteAsync(folder + Unfinished, cancellationToken);
            Directory.Move(folder + Unfinished, folder);
            return folder;
        }
        catch
        {
            Directory.Delete(folder + Unfinished, recursive: true);
            throw;
        }
    }

    /// <summary>Deletes the oldest whole backups of the folder above so many. Anything else in it is left alone.</summary>
    /// <returns>Those deleted.</returns>
    public static IReadOnlyList<string> DeleteOldest(string parent, int keep)
    {
        // Their names are in the order of their times.
        List<string> old = [.. Directory.GetDirectories(parent, Prefix + "*Z")
            .Where(folder => File.Exists(Path.Combine(folder, BackupManifest.FileName)))
            .OrderDescending(StringComparer.Ordinal)
            .Skip(keep)];
        foreach (var folder in old)
        {
            // Without this it is no backup any more, should the rest not be deleted.
            File.Delete(Path.Combine(folder, BackupManifest.FileName));
            Directory.Delete(folder, recursive: true);
        }

        return old;
    }

    private async Task<BackupManifest> FillAsync(string folder, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var content = await store.CopyToAsync(Path.Combine(folder, store.FileName), cancellationToken);
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [store.FileName] = await HashAsync(Path.Combine(folder, store.FileName), cancellationToken),
        };
        MakeFolder(Path.Combine(folder, KeysName));
        foreach (var key in Directory.GetFiles(keysFolder, KeyFiles))
        {
            var name = $"{KeysName}/{Path.GetFileName(key)}";
            File.Copy(key, Path.Combine(folder, name));
            files[name] = await HashAsync(Path.Combine(folder, name), cancellationToken);
        }

        return new BackupManifest(BackupManifest.CurrentFormat, now, store.Provider, content, files);
    }

    public static async Task<string> HashAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    /// <summary>For this account only: what is put there opens the providers' credentials.</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }
    }
}
