using PushGateway.Core.Providers;

namespace PushGateway.Core.Apps;

/// <summary>Persistence of apps and their provider credentials. Secrets are encrypted at rest.</summary>
/// <remarks>Reads are served from memory and never block; changes return once durable, and are seen by the next read.</remarks>
public interface IAppStore
{
    /// <summary>The app as it stands, or <see langword="null"/>.</summary>
    App? Find(string appId);

    App? Find(int appKey);

    /// <returns>By id in ordinal order.</returns>
    IReadOnlyList<App> List();

    /// <returns>The app, and whether it was created rather than renamed.</returns>
    Task<(App App, bool Created)> PutAsync(string appId, string name, CancellationToken cancellationToken);

    /// <summary>The same, and replaces the app's limits.</summary>
    Task<(App App, bool Created)> PutAsync(string appId, string name, AppLimits limits, CancellationToken cancellationToken);

    /// <summary>Deletes the app with everything of its own: keys, devices, subscriptions, events.</summary>
    /// <returns><see langword="false"/> when there was none.</returns>
    Task<bool> DeleteAsync(string appId, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces the app's credential for one provider; its version grows by one. The one that it replaces is kept as the previous one, encrypted like
    /// it, in place of that which was kept before. Putting the same credential again leaves the previous one as it is.
    /// </summary>
    /// <returns>The app with it, or <see langword="null"/> when there is no such app.</returns>
    Task<App?> PutCredentialAsync(string appId, ProviderCredential credential, CancellationToken cancellationToken);

    /// <summary>Puts the previous credential back, with a version of its own; the one that it replaces is the previous one from then on, so this can be undone too.</summary>
    /// <returns>The app with it, or <see langword="null"/> when there is no such app, or no previous credential that is still kept; nothing is changed then.</returns>
    Task<App?> RestoreCredentialAsync(string appId, ProviderKind provider, CancellationToken cancellationToken);

    /// <summary>Replaces whose tokens the app takes for its subscribers.</summary>
    /// <param name="identity"><see langword="null"/>: the gateway's own only.</param>
    /// <returns>The app with it, or <see langword="null"/> when there is no such app.</returns>
    Task<App?> PutIdentityAsync(string appId, AppIdentity? identity, CancellationToken cancellationToken);

    /// <summary>Raised after an app was created, changed or deleted, with its key. Handlers must be quick and must not throw.</summary>
    event Action<int>? Changed;
}
