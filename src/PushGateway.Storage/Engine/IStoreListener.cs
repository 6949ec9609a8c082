namespace PushGateway.Storage.Engine;

/// <summary>Has <see cref="StoreBell"/> ring with what other gateways change.</summary>
internal interface IStoreListener
{
    /// <summary>Listens once this returns.</summary>
    void Start();

    Task StopAsync();
}
