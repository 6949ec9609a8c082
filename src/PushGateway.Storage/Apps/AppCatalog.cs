using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core.Apps;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Apps;

/// <summary>All apps in memory, as committed. Changed on the writer after its commits, so changes are seen in their order.</summary>
internal sealed class AppCatalog(ISecretProtector protector, IOptions<StorageOptions> options, ILogger<AppCatalog> logger)
{
    private volatile Snapshot _snapshot = Snapshot.Empty;
    private volatile ImmutableHashSet<(int AppKey, ProviderKind Provider)> _unreadable = [];

    public event Action<int>? Changed;

    /// <summary>Some credential cannot be decrypted here, so nothing can be sent for its app.</summary>
    public bool HasUnreadable => !_unreadable.IsEmpty;

    public App? Find(string appId) => _snapshot.ById.GetValueOrDefault(appId);

    public App? Find(int appKey) => _snapshot.ByKey.GetValueOrDefault(appKey);

    public IReadOnlyList<App> List() => _snapshot.Ordered;

    /// <summary>The version of the app's credential for a provider; 0 when it has none.</summary>
    public int CredentialVersion(int appKey, ProviderKind provider) => Find(appKey)?.CredentialFor(provider)?.Version ?? 0;

    public IReadOnlyList<App> Read(StoreSession session)
    {
        _unreadable = [];
        using var context = session.CreateContext();
        var credentials = context.ProviderCredentials.AsNoTracking().ToLookup(credential => credential.AppKey);
        var identities = context.AppIdentities.AsNoTracking().ToDictionary(identity => identity.AppKey);
        return
        [
            .. context.Apps.AsNoTracking().Where(app => app.DeletedAtMs == null).AsEnumerable()
                .Select(app => ToApp(app, credentials[app.AppKey], identities.GetValueOrDefault(app.AppKey))),
        ];
    }

    /// <summary>On the writer only, or before it has anything to do.</summary>
    public void Replace(IReadOnlyList<App> apps)
    {
        var before = _snapshot;
        // One that is the same stays the same object: whoever has worked something out for it need not do so again.
        _snapshot = new Snapshot([.. apps.Select(app => before.ByKey.GetValueOrDefault(app.Key) is { } known && IsSame(known, app) ? known : app)]);
        foreach (var appKey in before.ByKey.Keys.Union(_snapshot.ByKey.Keys).Where(key => !ReferenceEquals(before.ByKey.GetValueOrDefault(key), Find(key))))
        {
            Changed?.Invoke(appKey);
        }
    }

    /// <summary>On the writer only.</summary>
    public App Add(App app)
    {
        Replace(app.Key, app);
        return app;
    }

    /// <summary>On the writer only.</summary>
    public App Change(int appKey, Func<App, App> change)
    {
        var app = change(Find(appKey) ?? throw new InvalidOperationException($"App {appKey} is not in the catalog."));
        Replace(appKey, app);
        return app;
    }

    /// <summary>On the writer only.</summary>
    public void Remove(int appKey) => Replace(appKey, null);

    private void Replace(int appKey, App? app)
    {
        // Set again, or gone: what could not be read is no loss any more.
        _unreadable = _unreadable.Except(_unreadable.Where(lost => lost.AppKey == appKey && (app is null || app.CredentialFor(lost.Provider) is not null)));
        var others = _snapshot.Ordered.RemoveAll(other => other.Key == appKey);
        _snapshot = new Snapshot(app is null ? others : others.Add(app));
        Changed?.Invoke(appKey);
    }

    private static bool IsSame(App left, App right) =>
        left.Id == right.Id && left.Name == right.Name && left.Limits == right.Limits && left.Identity?.Version == right.Identity?.Version &&
        left.Credentials.Count == right.Credentials.Count &&
        left.Credentials.Values.All(credential => right.CredentialFor(credential.Provider)?.Version == credential.Version) &&
        left.CredentialHistories.All(history => right.HistoryOf(history.Key) == history.Value);

    private App ToApp(AppRow row, IEnumerable<ProviderCredentialRow> stored, AppIdentityRow? identity)
    {
        var credentials = new Dictionary<ProviderKind, ProviderCredential>();
        var histories = new Dictionary<ProviderKind, CredentialHistory>();
        foreach (var credential in stored)
        {
            if (Read(row, credential) is { } current)
            {
                credentials.Add(credential.Provider, current);
                histories.Add(credential.Provider, ReadHistory(row.AppKey, credential));
            }
        }

        return new App
        {
            Key = row.AppKey,
            Id = row.AppId ?? throw new InvalidOperationException("A deleted app has no id."),
            Name = row.Name,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
            Limits = AppLimitsColumns.Read(row),
            Identity = identity is null ? null : IdentityJson.Read(identity.Identity, identity.UpdatedAtMs),
            Credentials = credentials,
            CredentialHistories = histories,
        };
    }

    /// <summary>The age of the row's credential, and the one before it.</summary>
    public CredentialHistory ReadHistory(int appKey, ProviderCredentialRow row)
    {
        var setAt = DateTimeOffset.FromUnixTimeMilliseconds(row.UpdatedAtMs);
        if (row is not { PreviousSecret: { } secret, PreviousVersion: { } version, PreviousUpdatedAtMs: { } previousSetAtMs, PreviousReplacedAtMs: { } replacedAtMs })
        {
            return new CredentialHistory(setAt, null);
        }

        var replacedAt = DateTimeOffset.FromUnixTimeMilliseconds(replacedAtMs);
        var known = Find(appKey)?.HistoryOf(row.Provider)?.Previous;
        var previous = known is not null && known.Credential.Version == version && known.ReplacedAt == replacedAt
            ? known.Credential
            : TryDecrypt(row.Provider, secret, version, out _);
        return new CredentialHistory(
            setAt,
            previous is null ? null : new PreviousCredential(
                previous, DateTimeOffset.FromUnixTimeMilliseconds(previousSetAtMs), replacedAt, replacedAt + options.Value.PreviousCredentialRetention));
    }

    /// <returns><see langword="null"/> when it was encrypted with a key that is not here.</returns>
    public ProviderCredential? TryDecrypt(ProviderKind provider, byte[] secret, int version, out CryptographicException? problem)
    {
        try
        {
            problem = null;
            return CredentialJson.Deserialize(provider, protector.Unprotect(secret)) with { Version = version };
        }
        catch (CryptographicException unreadable)
        {
            problem = unreadable;
            return null;
        }
    }

    // Without its key a credential is as good as absent, and the operator can only set it again while the gateway runs.
    private ProviderCredential? Read(AppRow app, ProviderCredentialRow row)
    {
        if (Find(app.AppKey)?.CredentialFor(row.Provider) is { } known && known.Version == row.Version)
        {
            return known;
        }

        var credential = TryDecrypt(row.Provider, row.Secret, row.Version, out var problem);
        if (problem is not null)
        {
            _unreadable = _unreadable.Add((app.AppKey, row.Provider));
            StorageLog.CredentialUnreadable(logger, row.Provider.Name(), app.AppId!, problem);
        }

        return credential;
    }

    private sealed class Snapshot
    {
        public Snapshot(ImmutableList<App> apps)
        {
            Ordered = apps.Sort(static (left, right) => string.CompareOrdinal(left.Id, right.Id));
            ById = Ordered.ToDictionary(app => app.Id, StringComparer.Ordinal);
            ByKey = Ordered.ToDictionary(app => app.Key);
        }

        public static Snapshot Empty { get; } = new([]);

        public ImmutableList<App> Ordered { get; }

        public Dictionary<string, App> ById { get; }

        public Dictionary<int, App> ByKey { get; }
    }
}
