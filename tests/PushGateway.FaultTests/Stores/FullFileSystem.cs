namespace PushGateway.FaultTests.Stores;

/// <summary>A small file system in memory, filled to its last byte by somebody else: writing fails with ENOSPC. Mounting needs to be root.</summary>
internal sealed class FullFileSystem : IDiskFault
{
    private readonly string _mount;
    private readonly string _ballast;

    private FullFileSystem(string mount) => (_mount, _ballast) = (mount, Path.Combine(mount, "ballast"));

    public string Folder => Path.Combine(_mount, "gateway");

    /// <returns><see langword="null"/> when this user may not mount.</returns>
    public static async Task<FullFileSystem?> MountAsync()
    {
        var mount = Directory.CreateTempSubdirectory("pushgateway-full-").FullName;
        if (!await Tool.RunAsync("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", mount))
        {
            Directory.Delete(mount);
            return null;
        }

        var full = new FullFileSystem(mount);
        Directory.CreateDirectory(full.Folder);
        return full;
    }

    public async Task FillAsync(int processId, string storeFile)
    {
        await using var ballast = new FileStream(_ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                await ballast.WriteAsync(new byte[4_096], TestContext.Current.CancellationToken);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public Task MakeRoomAsync(int processId)
    {
        File.Delete(_ballast);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Tool.RunAsync("umount", _mount);
        Directory.Delete(_mount);
    }
}
