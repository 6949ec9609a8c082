namespace PushGateway.FaultTests.Stores;

/// <summary>RLIMIT_FSIZE on the running process: no file of it may grow any more, and writing fails with EFBIG.</summary>
internal sealed class FileSizeLimit : IDiskFault
{
    public string? Folder => null;

    public async Task FillAsync(int processId, string storeFile)
    {
        var size = new FileInfo(storeFile + "-wal").Length;
        Assert.True(await Tool.RunAsync("prlimit", "--pid", $"{processId}", $"--fsize={size}:unlimited"));
    }

    public async Task MakeRoomAsync(int processId) =>
        Assert.True(await Tool.RunAsync("prlimit", "--pid", $"{processId}", "--fsize=unlimited:unlimited"));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
