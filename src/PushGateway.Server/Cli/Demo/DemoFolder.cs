namespace PushGateway.Server.Cli.Demo;

/// <summary>Where the demo's store and log are. A temporary one is deleted in the end, unless something is to be found out from it.</summary>
internal sealed class DemoFolder : IDisposable
{
    private readonly bool _isTemporary;
    private bool _keep;

    private DemoFolder(string path, bool isTemporary) => (Path, _isTemporary) = (path, isTemporary);

    public string Path { get; }

    public string LogFile => System.IO.Path.Combine(Path, "gateway.log");

    public string StoreFile => System.IO.Path.Combine(Path, "pushgateway.db");

    /// <summary>Of the keys that encrypt the credentials in the store.</summary>
    public string KeysDirectory => System.IO.Path.Combine(Path, "keys");

    /// <param name="path"><see langword="null"/> for a temporary folder.</param>
    /// <exception cref="CliException">A store is there already: the demo counts from nothing.</exception>
    public static DemoFolder Open(string? path)
    {
        if (path is null)
        {
            return new DemoFolder(Directory.CreateTempSubdirectory("pushgateway-demo-").FullName, isTemporary: true);
        }

        var folder = new DemoFolder(Directory.CreateDirectory(path).FullName, isTemporary: false);
        return File.Exists(folder.StoreFile)
            ? throw new CliException($"{folder.Path} has a store already, and the demo needs a fresh one. Serve it instead, or name another folder.")
            : folder;
    }

    /// <summary>Lets a temporary folder stay.</summary>
    public void Keep() => _keep = true;

    public void Dispose()
    {
        if (_isTemporary && !_keep)
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
