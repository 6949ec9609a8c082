using System.Text;
using PushGateway.Core.Providers;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;
using PushGateway.Storage.Nodes;

namespace PushGateway.Storage.Webhooks;

internal sealed class WebhookStore(
    WebhookCatalog catalog, StoreCatalogs catalogs, WebhookOutbox outbox, StoreWriter writer, ReadPool reads, ISecretProtector protector, TimeProvider timeProvider)
    : IWebhookStore
{
    internal const string Next = "SELECT NoticeKey, Kind, AtMs, Data FROM WebhookNotices WHERE WebhookKey = ?1 ORDER BY NoticeKey";

    private const string Dropped = "SELECT Dropped FROM Webhooks WHERE WebhookKey = ?1";

    private const string Succeed = "UPDATE Webhooks SET ParkedAtMs = NULL, LastSuccessAtMs = ?2 WHERE WebhookKey = ?1";

    private const string Park = "UPDATE Webhooks SET ParkedAtMs = coalesce(ParkedAtMs, ?2), LastError = ?3 WHERE WebhookKey = ?1";

    private const string Resume = "UPDATE Webhooks SET ParkedAtMs = NULL WHERE WebhookKey = ?1";

    private const string ChangeSecret = "UPDATE Webhooks SET Secret = ?2, ParkedAtMs = NULL WHERE WebhookKey = ?1";

    private const string Delete = "DELETE FROM Webhooks WHERE WebhookKey = ?1";

    private const int DeleteStep = 2_000;

    public event Action<long>? NoticeAdded
    {
        add => outbox.Added += value;
        remove => outbox.Added -= value;
    }

    public event Action<long>? Changed
    {
        add => catalogs.WebhookChanged += value;
        remove => catalogs.WebhookChanged -= value;
    }

    public Webhook? Find(int appKey, string webhookId) => catalog.OfApp(appKey).Find(webhook => webhook.Id == webhookId);

    public Webhook? Find(long webhookKey) => catalog.Find(webhookKey);

    public IReadOnlyList<Webhook> List(int appKey) => catalog.OfApp(appKey);

    public IReadOnlyList<Webhook> ListAll() => catalog.ListAll();

    public bool Wants(int appKey, WebhookNotices kind) => outbox.Wants(appKey, kind);

    public async Task<(Webhook Webhook, bool Created)> PutAsync(int appKey, WebhookSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var secret = settings.Secret is null ? null : protector.Protect(Encoding.UTF8.GetBytes(settings.Secret));
        return await writer.RunAsync(session => Put(session, appKey, settings, secret), cancellationToken).ConfigureAwait(false);
    }

    public async Task<bool> DeleteAsync(int appKey, string webhookId, CancellationToken cancellationToken)
    {
        var deleted = await writer.RunAsync(
            session =>
            {
                if (Find(appKey, webhookId) is not { } webhook || session.Statement(Delete).Bind(1, webhook.Key).Execute() == 0)
                {
                    return null;
                }

                session.Ring(StoreTopic.Webhook, webhook.Key);
                session.OnCommitted(() =>
                {
                    catalog.Remove(webhook);
                    outbox.Forget(webhook.Key);
                    catalogs.TellWebhookChanged(webhook.Key);
                });
                return webhook;
            },
            cancellationToken).ConfigureAwait(false);
        if (deleted is null)
        {
            return false;
        }

        // In steps, so that others' changes pass in between. What a stop leaves behind, retention finds.
        while (await writer.RunAsync(
            session => session.Statement(OrphanNotices.RemoveSome).Bind(1, deleted.Key).Bind(2, DeleteStep).Execute(), cancellationToken)
            .ConfigureAwait(false) == DeleteStep)
        {
        }

        return true;
    }

    public Task AddNoticeAsync(int appKey, WebhookNotices kind, byte[] data, CancellationToken cancellationToken) =>
        writer.RunAsync(session => outbox.AddFor(session, appKey, kind, data), cancellationToken);

    public async Task<IReadOnlyList<WebhookNotice>> ReadNoticesAsync(
        long webhookKey, int maxNotices, int maxBytes, CancellationToken cancellationToken) => await reads.ReadAsync(
        session =>
        {
            var (notices, bytes) = (new List<WebhookNotice>(), 0);
            var row = session.Walk(Next).Bind(1, webhookKey);
            while (notices.Count < maxNotices && row.Step())
            {
                var data = row.Bytes(3);
                bytes += data.Length;
                if (notices.Count > 0 && bytes > maxBytes)
                {
                    break;
                }

                notices.Add(new WebhookNotice(
                    row.Int64(0), (WebhookNotices)row.Int32(1), DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(2)), data.ToArray()));
            }

            return notices;
        },
        cancellationToken).ConfigureAwait(false);

    public Task ConfirmAsync(long webhookKey, long lastNoticeKey, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        return writer.RunAsync(
            session =>
            {
                session.Statement(WebhookOutbox.RemoveUpTo).Bind(1, webhookKey).Bind(2, lastNoticeKey).Execute();
                session.Statement(Succeed).Bind(1, webhookKey).Bind(2, now.ToUnixTimeMilliseconds()).Execute();
                if (catalog.Find(webhookKey) is { ParkedAt: not null })
                {
                    session.Ring(StoreTopic.Catalog, 0);
                }

                session.OnCommitted(() => catalog.Change(webhookKey, webhook => webhook with { ParkedAt = null, LastSuccessAt = now }));
            },
            cancellationToken);
    }

    public Task ParkAsync(long webhookKey, string error, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        return writer.RunAsync(
            session =>
            {
                session.Statement(Park).Bind(1, webhookKey).Bind(2, now.ToUnixTimeMilliseconds()).Bind(3, error).Execute();
                session.OnCatalogCommitted(() => catalog.Change(
                    webhookKey, webhook => webhook with { ParkedAt = webhook.ParkedAt ?? now, LastError = error }));
            },
            cancellationToken);
    }

    public Task<Webhook?> ResumeAsync(int appKey, string webhookId, CancellationToken cancellationToken) => TryAgainAsync(
        appKey, webhookId, static (session, webhook) => session.Statement(Resume).Bind(1, webhook.Key).Execute(), static webhook => webhook with { ParkedAt = null }, cancellationToken);

    public Task<Webhook?> ChangeSecretAsync(int appKey, string webhookId, string secret, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(secret);
        var encrypted = protector.Protect(Encoding.UTF8.GetBytes(secret));
        return TryAgainAsync(
            appKey, webhookId, (session, webhook) => session.Statement(ChangeSecret).Bind(1, webhook.Key).BindBlob(2, encrypted).Execute(),
            webhook => webhook with { ParkedAt = null, Secret = secret }, cancellationToken);
    }

    public async Task<long> CountDroppedAsync(long webhookKey, CancellationToken cancellationToken) => await reads.ReadAsync(
        session => session.Statement(Dropped).Bind(1, webhookKey).ScalarInt64() ?? 0, cancellationToken).ConfigureAwait(false);

    public async Task<WebhookBacklog> CountAsync(long webhookKey, CancellationToken cancellationToken) => await reads.ReadAsync(
        session =>
        {
            var row = session.Statement(WebhookOutbox.Count).Bind(1, webhookKey);
            row.Step();
            var (notices, bytes) = (row.Int64(0), row.Int64(1));
            row.Reset();
            return new WebhookBacklog(notices, bytes, session.Statement(Dropped).Bind(1, webhookKey).ScalarInt64() ?? 0);
        },
        cancellationToken).ConfigureAwait(false);

    private Task<Webhook?> TryAgainAsync(
        int appKey, string webhookId, Action<WriteSession, Webhook> write, Func<Webhook, Webhook> change, CancellationToken cancellationToken) => writer.RunAsync(
        session =>
        {
            if (Find(appKey, webhookId) is not { } webhook)
            {
                return null;
            }

            write(session, webhook);
            session.Ring(StoreTopic.Webhook, webhook.Key);
            session.OnCommitted(() =>
            {
                catalog.Change(webhook.Key, change);
                catalogs.TellWebhookChanged(webhook.Key);
            });
            return change(webhook);
        },
        cancellationToken);

    private (Webhook Webhook, bool Created) Put(WriteSession session, int appKey, WebhookSettings settings, byte[]? secret)
    {
        using var context = session.CreateContext();
        var row = context.Webhooks.SingleOrDefault(row => row.AppKey == appKey && row.WebhookId == settings.Id);
        var created = row is null;
        if (row is null)
        {
            row = new WebhookRow
            {
                WebhookKey = session.NextKey(KeySequence.Webhook),
                AppKey = appKey,
                WebhookId = settings.Id,
                Url = string.Empty,
                Secret = secret ?? throw new InvalidOperationException("A new webhook needs a secret."),
                CreatedAtMs = session.NowMs,
            };
            context.Webhooks.Add(row);
        }

        row.Url = settings.Url.AbsoluteUri;
        row.Secret = secret ?? row.Secret;
        row.Notices = settings.Notices;
        row.IsEnabled = settings.IsEnabled;
        row.ParkedAtMs = null;
        context.SaveChanges();
        var webhook = new Webhook
        {
            Key = row.WebhookKey,
            AppKey = appKey,
            Id = row.WebhookId,
            Url = settings.Url,
            Secret = settings.Secret ?? catalog.Find(row.WebhookKey)?.Secret ?? string.Empty,
            Notices = row.Notices,
            IsEnabled = row.IsEnabled,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
            LastError = row.LastError,
            LastSuccessAt = row.LastSuccessAtMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null,
        };
        session.Ring(StoreTopic.Webhook, webhook.Key);
        session.OnCommitted(() =>
        {
            // A new secret may have come in the same commit, before this.
            catalog.Set(settings.Secret is null ? webhook with { Secret = catalog.Find(webhook.Key)?.Secret ?? string.Empty } : webhook);
            catalogs.TellWebhookChanged(webhook.Key);
        });
        return (webhook, created);
    }
}
