namespace PushGateway.Storage.Sqlite.Engine;

/// <summary>Holds the store for this process: two gateways on one store would each send what is unfinished.</summary>
/// <remarks>
/// The operating system's lock on a file beside the database, so it is gone with the process, however that ends. The file itself
/// stays: removing it would let a third process lock another file of the same name.
/// </remarks>
internal sealed class StoreLock(SqliteDatabase database) : IDisposable
{
    private FileStream? _file;

    /// <summary>May be called again while it is held.</summary>
    /// <exception cref="IOException">Another process holds it, or the file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or its folder may not be written.</exception>
    public void Acquire() =>
        _file ??= new FileStream(database.File + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    public void Release()
    {
        _file?.Dispose();
        _file = null;
    }

    public void Dispose() => Release();
}
