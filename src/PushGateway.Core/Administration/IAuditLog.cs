namespace PushGateway.Core.Administration;

/// <summary>Who changed what.</summary>
/// <param name="Id">Grows with time; 0 for one that is not stored yet.</param>
/// <param name="Actor">The user's name as it was then; of an API key <c>key</c> and its name.</param>
/// <param name="Action">A word of a closed set, such as <c>app.delete</c>.</param>
/// <param name="Target">What it was done to, such as the app's id. Never a secret.</param>
/// <param name="Detail">More in words, or <see langword="null"/>. Never a secret.</param>
public sealed record AuditEntry(long Id, DateTimeOffset At, string Actor, string Action, string Target, string? Detail);

/// <summary>What was changed through the dashboard, and by admin keys through the API. Bounded: beyond <see cref="MaxEntries"/> the oldest go.</summary>
public interface IAuditLog
{
    /// <summary>Entries that are kept.</summary>
    const int MaxEntries = 10_000;

    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    Task AddAsync(AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only entries with a smaller id; <see langword="null"/> from the newest on.</param>
    /// <param name="limit">1 or more.</param>
    Task<IReadOnlyList<AuditEntry>> ListAsync(long? before, int limit, CancellationToken cancellationToken);
}
