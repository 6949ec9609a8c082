namespace PushGateway.Storage;

/// <summary>Tells whether the store can serve; for the readiness probe.</summary>
public interface IStoreHealth
{
    /// <summary>Reads from the store, compares its schema with this version's, and tries a change when the last one failed or is a while ago. Never throws for an unusable store.</summary>
    Task<StoreHealthReport> CheckAsync(CancellationToken cancellationToken);
}

/// <param name="IsReady">The store is reachable, its migrations are applied, and it takes changes.</param>
/// <param name="Problem">What is wrong, in words, without secrets; <see langword="null"/> when ready.</param>
public sealed record StoreHealthReport(bool IsReady, string? Problem);
