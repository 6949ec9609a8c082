using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Keys;
using PushGateway.Storage.Removals;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage.Apps;

internal sealed class AppStore(
    AppCatalog catalog, ApiKeyCatalog keys, StoreWriter writer, AppPurger purger, ISecretProtector protector,
    RemovalHolds holds, WebhookCatalog webhooks, IOptions<StorageOptions> options) : IAppStore
{
    public event Action<int>? Changed
    {
        add => catalog.Changed += value;
        remove => catalog.Changed -= value;
    }

    public App? Find(string appId) => catalog.Find(appId);

    public App? Find(int appKey) => catalog.Find(appKey);

    public IReadOnlyList<App> List() => catalog.List();

    public Task<(App App, bool Created)> PutAsync(string appId, string name, CancellationToken cancellationToken) =>
        PutNamedAsync(appId, name, limits: null, cancellationToken);

    public Task<(App App, bool Created)> PutAsync(string appId, string name, AppLimits limits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return PutNamedAsync(appId, name, limits, cancellationToken);
    }

    /// <param name="limits"><see langword="null"/> leaves them as they are.</param>
    private async Task<(App App, bool Created)> PutNamedAsync(
        string appId, string name, AppLimits? limits, CancellationToken cancellationToken)
    {
        if (!Identifier.IsValid(appId))
        {
            throw new ArgumentException($"An app id is {Identifier.Rule}.", nameof(appId));
        }

        ArgumentNullException.ThrowIfNull(name);
        App? app = null;
        var created = await writer.RunAsync(session => Put(session, appId, name, limits, stored => app = stored), cancellationToken)
            .ConfigureAwait(false);
        return (app ?? throw new InvalidOperationException("The app was committed but not published."), created);
    }

    /// <remarks>
    /// Durable and invisible when this returns: the app, its keys and its credentials. The rest, which may be millions of rows,
    /// is removed behind it in steps, and goes on after a restart.
    /// </remarks>
    public async Task<bool> DeleteAsync(string appId, CancellationToken cancellationToken)
    {
        var deleted = await writer.RunAsync(session => Delete(session, appId), cancellationToken).ConfigureAwait(false);
        if (deleted)
        {
            purger.Wake();
        }

        return deleted;
    }

    public async Task<App?> PutCredentialAsync(string appId, ProviderCredential credential, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(credential);
        var secret = protector.Protect(CredentialJson.Serialize(credential));
        App? app = null;
        await writer.RunAsync(session => PutCredential(session, appId, credential, secret, stored => app = stored), cancellationToken)
            .ConfigureAwait(false);
        return app;
    }

    public async Task<App?> RestoreCredentialAsync(string appId, ProviderKind provider, CancellationToken cancellationToken)
    {
        App? app = null;
        await writer.RunAsync(session => RestoreCredential(session, appId, provider, restored => app = restored), cancellationToken).ConfigureAwait(false);
        return app;
    }

    public async Task<App?> PutIdentityAsync(string appId, AppIdentity? identity, CancellationToken cancellationToken)
    {
        App? app = null;
        await writer.RunAsync(session => PutIdentity(session, appId, identity, stored => app = stored), cancellationToken).ConfigureAwait(false);
        return app;
    }

    // The catalog is changed only once the change is durable, by what the change says: another one of the same commit may have
    // changed the same app before it.
    private bool Put(WriteSession session, string appId, string name, AppLimits? limits, Action<App> publish)
    {
        using var context = session.CreateContext();
        if (context.Apps.SingleOrDefault(app => app.AppId == appId) is { } known)
        {
            known.Name = name;
            AppLimitsColumns.Write(limits ?? AppLimitsColumns.Read(known), known);
            context.SaveChanges();
            session.OnCatalogCommitted(() => publish(catalog.Change(known.AppKey, app => app with { Name = name, Limits = limits ?? app.Limits })));
            return false;
        }

        var row = new AppRow
        {
            AppKey = (int)session.NextKey(KeySequence.App),
            AppId = appId,
            Name = name,
            CreatedAtMs = session.NowMs,
        };
        AppLimitsColumns.Write(limits ?? AppLimits.None, row);
        context.Apps.Add(row);
        context.SaveChanges();
        session.OnCatalogCommitted(() => publish(catalog.Add(new App
        {
            Key = row.AppKey,
            Id = appId,
            Name = name,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
            Limits = limits ?? AppLimits.None,
        })));
        return true;
    }

    private bool Delete(WriteSession session, string appId)
    {
        using var context = session.CreateContext();
        if (context.Apps.SingleOrDefault(app => app.AppId == appId) is not { } row)
        {
            return false;
        }

        // The id is free again at once; a new app of that id gets a new key, so nothing of the old one can show in it.
        row.AppId = null;
        row.DeletedAtMs = session.NowMs;
        context.SaveChanges();
        context.ApiKeys.Where(key => key.AppKey == row.AppKey).ExecuteDelete();
        context.ProviderCredentials.Where(credential => credential.AppKey == row.AppKey).ExecuteDelete();
        context.Webhooks.Where(webhook => webhook.AppKey == row.AppKey).ExecuteDelete();
        context.AppIdentities.Where(identity => identity.AppKey == row.AppKey).ExecuteDelete();
        session.OnCatalogCommitted(() =>
        {
            keys.RemoveApp(appId);
            holds.RemoveApp(row.AppKey);
            webhooks.OfApp(row.AppKey).ForEach(webhooks.Remove);
            catalog.Remove(row.AppKey);
        });
        return true;
    }

    private void PutCredential(WriteSession session, string appId, ProviderCredential credential, byte[] secret, Action<App> publish)
    {
        using var context = session.CreateContext();
        if (context.Apps.AsNoTracking().SingleOrDefault(app => app.AppId == appId) is not { } row)
        {
            return;
        }

        var stored = context.ProviderCredentials.Find(row.AppKey, credential.Provider);
        if (stored is null)
        {
            stored = new ProviderCredentialRow { AppKey = row.AppKey, Provider = credential.Provider, Secret = secret, UpdatedAtMs = session.NowMs };
            context.ProviderCredentials.Add(stored);
        }
        else if (catalog.TryDecrypt(credential.Provider, stored.Secret, credential.Version, out _) is not { } replaced)
        {
            // Nobody could go back to one that cannot be read; what was kept before may still be good for it.
            stored.UpdatedAtMs = session.NowMs;
        }
        else if (replaced != credential)
        {
            KeepAsPrevious(stored, session.NowMs);
            stored.UpdatedAtMs = session.NowMs;
        }

        stored.Secret = secret;
        Use(session, context, stored, credential, publish);
    }

    private void RestoreCredential(WriteSession session, string appId, ProviderKind provider, Action<App> publish)
    {
        using var context = session.CreateContext();
        if (context.Apps.AsNoTracking().SingleOrDefault(app => app.AppId == appId) is not { } row ||
            context.ProviderCredentials.Find(row.AppKey, provider) is not
            {
                PreviousSecret: { } secret, PreviousVersion: { } version, PreviousUpdatedAtMs: { } setAtMs, PreviousReplacedAtMs: { } replacedAtMs
            } stored ||
            session.NowMs - replacedAtMs >= (long)options.Value.PreviousCredentialRetention.TotalMilliseconds ||
            catalog.TryDecrypt(provider, secret, version, out _) is not { } previous)
        {
            return;
        }

        KeepAsPrevious(stored, session.NowMs);
        (stored.Secret, stored.UpdatedAtMs) = (secret, setAtMs);
        Use(session, context, stored, previous, publish);
    }

    private static void KeepAsPrevious(ProviderCredentialRow stored, long nowMs)
    {
        (stored.PreviousSecret, stored.PreviousVersion, stored.PreviousUpdatedAtMs) = (stored.Secret, stored.Version, stored.UpdatedAtMs);
        stored.PreviousReplacedAtMs = nowMs;
    }

    /// <summary>Writes the row, and has everybody send with its credential from the commit on.</summary>
    private void Use(WriteSession session, StoreDbContext context, ProviderCredentialRow stored, ProviderCredential credential, Action<App> publish)
    {
        // A version is never used again, also not for what it once named: gates and devices set aside are judged by it.
        stored.Version++;
        context.SaveChanges();
        var current = credential with { Version = stored.Version };
        session.OnCatalogCommitted(() => publish(catalog.Change(stored.AppKey, app => app with
        {
            Credentials = new Dictionary<ProviderKind, ProviderCredential>(app.Credentials) { [current.Provider] = current },
            CredentialHistories = new Dictionary<ProviderKind, CredentialHistory>(app.CredentialHistories)
            {
                [current.Provider] = catalog.ReadHistory(stored.AppKey, stored),
            },
        })));
    }

    private void PutIdentity(WriteSession session, string appId, AppIdentity? identity, Action<App> publish)
    {
        using var context = session.CreateContext();
        if (context.Apps.AsNoTracking().SingleOrDefault(app => app.AppId == appId) is not { } row)
        {
            return;
        }

        var stored = context.AppIdentities.Find(row.AppKey);
        AppIdentity? current = null;
        if (identity is null)
        {
            context.AppIdentities.RemoveRange(stored is null ? [] : [stored]);
        }
        else
        {
            if (stored is null)
            {
                stored = new AppIdentityRow { AppKey = row.AppKey, Identity = string.Empty };
                context.AppIdentities.Add(stored);
            }

            stored.Identity = IdentityJson.Write(identity);
            stored.UpdatedAtMs = Math.Max(session.NowMs, stored.UpdatedAtMs + 1);
            current = identity with { Version = stored.UpdatedAtMs };
        }

        context.SaveChanges();
        session.OnCatalogCommitted(() => publish(catalog.Change(row.AppKey, app => app with { Identity = current })));
    }
}
