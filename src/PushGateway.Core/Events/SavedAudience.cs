namespace PushGateway.Core.Events;

/// <summary>An audience that is kept under a name of its app, to be named by events.</summary>
/// <param name="Name">By the rule of <see cref="Identifier"/>.</param>
/// <param name="UpdatedAt">When it was last put.</param>
public sealed record SavedAudience(string Name, AudienceDefinition Definition, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>What became of putting a saved audience.</summary>
public enum SavedAudienceChange
{
    Created,
    Replaced,

    /// <summary>The app has as many as it may have; nothing changed.</summary>
    TooMany,

    /// <summary>The app is gone; nothing changed.</summary>
    AppUnknown,
}

/// <summary>Persistence of saved audiences. They go with their app.</summary>
public interface ISavedAudienceStore
{
    /// <returns><see langword="null"/> when there is none of that name.</returns>
    Task<SavedAudience?> FindAsync(int appKey, string name, CancellationToken cancellationToken);

    /// <summary>By name, in ordinal order.</summary>
    /// <param name="after">Only names after this one; <see langword="null"/> from the first on.</param>
    /// <param name="limit">1 or more.</param>
    Task<IReadOnlyList<SavedAudience>> ListAsync(int appKey, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Creates or replaces it. Events that were published keep what it was.</summary>
    /// <param name="maxAudiences">How many the app may have; one that is there may be replaced all the same.</param>
    /// <returns>The audience as stored; <see langword="null"/> when nothing changed.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    Task<(SavedAudienceChange Change, SavedAudience? Audience)> PutAsync(
        int appKey, string name, AudienceDefinition definition, int maxAudiences, CancellationToken cancellationToken);

    /// <returns><see langword="false"/> when there was none.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    Task<bool> DeleteAsync(int appKey, string name, CancellationToken cancellationToken);
}
