namespace PushGateway.Admin.Live;

/// <summary>How the store is, for people.</summary>
public interface IStoreWatch
{
    /// <summary>Never throws for an unusable store.</summary>
    Task<StoreReport> ReadAsync(CancellationToken cancellationToken);
}

/// <param name="Problem">What is wrong, in words; <see langword="null"/> when nothing is.</param>
/// <param name="FreeBytes">Free space where the store is; <see langword="null"/> when that cannot be known.</param>
/// <param name="TotalBytes">Size of that disk.</param>
public sealed record StoreReport(string? Problem, long? FreeBytes, long? TotalBytes);
