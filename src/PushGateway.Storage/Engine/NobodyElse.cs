namespace PushGateway.Storage.Engine;

/// <summary>There is nobody to listen to: the store is this gateway's alone.</summary>
internal sealed class NobodyElse : IStoreListener
{
    public void Start()
    {
    }

    public Task StopAsync() => Task.CompletedTask;
}
