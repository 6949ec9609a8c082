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

    /// <summary>Those that fit, newest first.</summary>
    Task<IReadOnlyList<AuditEntry>> FindAsync(AuditQuery query, CancellationToken cancellationToken);
}

/// <summary>What to find in the audit log; all that is given must hold.</summary>
public sealed record AuditQuery
{
    /// <summary>Only entries with a smaller id.</summary>
    public long? Before { get; init; }

    /// <summary>1 or more.</summary>
    public required int Limit { get; init; }

    /// <summary>A part of the actor's name, in whatever case.</summary>
    public string? Actor { get; init; }

    /// <summary>What the action begins with, such as <c>app.</c>.</summary>
    public string? Action { get; init; }

    /// <summary>Exactly what it was done to, such as an app's id.</summary>
    public string? Target { get; init; }

    /// <summary>A part of what it was done to or of the detail, in whatever case.</summary>
    public string? Text { get; init; }

    /// <summary>At this instant or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before this instant.</summary>
    public DateTimeOffset? To { get; init; }
}
