namespace PushGateway.FaultTests.Stores;

/// <summary>A process that stands still until this is disposed: what it has written is all there is, as when the power fails.</summary>
internal sealed class FrozenProcess : IAsyncDisposable
{
    private readonly int _processId;

    private FrozenProcess(int processId) => _processId = processId;

    public static async Task<FrozenProcess> FreezeAsync(int processId)
    {
        var frozen = new FrozenProcess(processId);
        Assert.True(await Tool.RunAsync("kill", "-STOP", $"{processId}"));
        await StoreRig.EventuallyAsync(async () =>
        {
            // The state follows the name, which is in parentheses.
            var status = await File.ReadAllTextAsync($"/proc/{processId}/stat", TestContext.Current.CancellationToken);
            return status[(status.LastIndexOf(')') + 2)..].StartsWith('T');
        });
        return frozen;
    }

    public async ValueTask DisposeAsync() => Assert.True(await Tool.RunAsync("kill", "-CONT", $"{_processId}"));
}
