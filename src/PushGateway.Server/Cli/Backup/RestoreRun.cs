using PushGateway.Storage.Backup;

namespace PushGateway.Server.Cli.Backup;

/// <summary>Puts a backup back: checks all of it before anything is changed, overwrites nothing, and puts the store last, so that half a restore is no store.</summary>
internal sealed class RestoreRun(IStoreBackup store, string keysFolder)
{
    /// <param name="folder">One that <see cref="BackupRun"/> has made.</param>
    /// <exception cref="CliException">It is damaged, of another database, or there are keys already.</exception>
    /// <exception cref="StoreBackupException">There is a store already, or the copy cannot be put there.</exception>
    public async Task<BackupManifest> RunAsync(string folder, CancellationToken cancellationToken)
    {
        var manifest = await BackupManifest.ReadAsync(folder, cancellationToken);
        if (manifest.Provider != store.Provider)
        {
            throw new CliException($"{folder} is a backup of {manifest.Provider}, and PushGateway:Storage:Provider is {store.Provider}.");
        }

        await CheckFilesAsync(folder, manifest, cancellationToken);
        if (Directory.Exists(keysFolder) && Directory.EnumerateFileSystemEntries(keysFolder).Any())
        {
            throw new CliException(
                $"{keysFolder} (PushGateway:DataProtection:KeysDirectory) has keys already, and nothing is overwritten: move them away, with the store they belong to.");
        }

        await store.RequireEmptyAsync(cancellationToken);
        BackupRun.MakeFolder(keysFolder);
        var keys = manifest.Files.Keys.Where(IsKey).ToDictionary(name => Path.Combine(folder, name), name => Path.Combine(keysFolder, Path.GetFileName(name)));
        try
        {
            foreach (var (from, to) in keys)
            {
                File.Copy(from, to);
            }

            await store.RestoreAsync(Path.Combine(folder, store.FileName), manifest.Content, cancellationToken);
            return manifest;
        }
        catch
        {
            // It is as it was, so that the restore can be tried again.
            foreach (var key in keys.Values)
            {
                File.Delete(key);
            }

            throw;
        }
    }

    private async Task CheckFilesAsync(string folder, BackupManifest manifest, CancellationToken cancellationToken)
    {
        if (!manifest.Files.ContainsKey(store.FileName))
        {
            throw new CliException($"{folder} is damaged: {BackupManifest.FileName} names no {store.FileName}.");
        }

        foreach (var (name, hash) in manifest.Files)
        {
            if (name != store.FileName && !IsKey(name))
            {
                throw new CliException($"{folder} is damaged: {BackupManifest.FileName} names '{name}', which is no part of a backup.");
            }

            var file = Path.Combine(folder, name);
            if (!File.Exists(file) || await BackupRun.HashAsync(file, cancellationToken) != hash)
            {
                throw new CliException($"{folder} is damaged: {name} is missing or not what was written.");
            }
        }
    }

    private static bool IsKey(string name) => name == $"{BackupRun.KeysName}/{Path.GetFileName(name)}";
}
