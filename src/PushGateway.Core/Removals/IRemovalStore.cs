using PushGateway.Core.Providers;

namespace PushGateway.Core.Removals;

/// <summary>Removals of devices by feedback: recorded with the page that caused them, kept for a time, and undoable as long as they are kept.</summary>
/// <remarks>
/// Changes return once durable. Changing many is done in steps, each a change of its own: one that breaks off has done its first
/// part, and repeating it does the rest. Methods that write throw <see cref="StoreUnavailableException"/> when writes are impossible.
/// </remarks>
public interface IRemovalStore
{
    /// <summary>How long removals can be listed and undone.</summary>
    TimeSpan Retention { get; }

    /// <param name="limit">1 or more.</param>
    /// <exception cref="ArgumentException">The cursor was not given by a page before.</exception>
    Task<RemovalPage> ListAsync(int appKey, RemovalFilter filter, int limit, string? cursor, CancellationToken cancellationToken);

    /// <summary>Brings the device back with its token, tags and subscriptions as they were; lifts the quarantine of one that was set aside.</summary>
    Task<RemovalUndo> UndoAsync(int appKey, long id, CancellationToken cancellationToken);

    /// <summary>Undoes all that the filter names, newest first.</summary>
    Task<RemovalSummary> UndoManyAsync(int appKey, RemovalFilter filter, CancellationToken cancellationToken);

    /// <summary>Served from memory; <see langword="null"/> when removals are applied as they always were.</summary>
    RemovalHold? FindHold(int appKey, ProviderKind provider);

    /// <summary>Served from memory: all apps and providers whose removals are held.</summary>
    IReadOnlyList<RemovalHold> ListHeld();

    /// <returns>Held removals nobody has decided about.</returns>
    Task<long> CountHeldAsync(int appKey, ProviderKind provider, CancellationToken cancellationToken);

    /// <summary>Ends a hold, then decides about every removal held so far. Also without a hold, to allow removals beforehand.</summary>
    /// <param name="apply">Removes the devices; otherwise they are back in audiences, as after an undo.</param>
    /// <param name="allowFor">With <paramref name="apply"/>, how long further removals are applied however many they are.</param>
    Task<RemovalSummary> ReleaseAsync(int appKey, ProviderKind provider, bool apply, TimeSpan allowFor, CancellationToken cancellationToken);

    /// <summary>Raised when a hold has ended, with the app's key and whether the held removals are applied. Handlers must be quick and must not throw.</summary>
    event Action<int, ProviderKind, bool>? Released;
}
