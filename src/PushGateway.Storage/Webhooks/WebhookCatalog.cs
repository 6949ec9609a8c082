using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PushGateway.Core.Providers;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Webhooks;

/// <summary>All webhooks in memory, as committed. Changed on the writer after its commits.</summary>
internal sealed class WebhookCatalog(ISecretProtector protector, ILogger<WebhookCatalog> logger)
{
    private volatile ImmutableDictionary<long, Webhook> _byKey = ImmutableDictionary<long, Webhook>.Empty;
    private volatile ImmutableDictionary<int, ImmutableList<Webhook>> _byApp = ImmutableDictionary<int, ImmutableList<Webhook>>.Empty;

    public Webhook? Find(long webhookKey) => _byKey.GetValueOrDefault(webhookKey);

    public ImmutableList<Webhook> OfApp(int appKey) => _byApp.GetValueOrDefault(appKey) ?? [];

    public IReadOnlyList<Webhook> ListAll() => [.. _byKey.Values];

    public IReadOnlyList<Webhook> Read(StoreSession session)
    {
        using var context = session.CreateContext();
        return [.. context.Webhooks.AsNoTracking().AsEnumerable().Select(ToWebhook)];
    }

    /// <summary>On the writer only, or before it has anything to do.</summary>
    public void Replace(IReadOnlyList<Webhook> webhooks)
    {
        foreach (var gone in ListAll().ExceptBy(webhooks.Select(webhook => webhook.Key), webhook => webhook.Key))
        {
            Remove(gone);
        }

        foreach (var webhook in webhooks)
        {
            Set(webhook);
        }
    }

    /// <summary>On the writer only.</summary>
    public void Set(Webhook webhook)
    {
        var others = OfApp(webhook.AppKey).RemoveAll(other => other.Key == webhook.Key);
        _byApp = _byApp.SetItem(
            webhook.AppKey, others.Add(webhook).Sort(static (left, right) => string.CompareOrdinal(left.Id, right.Id)));
        _byKey = _byKey.SetItem(webhook.Key, webhook);
    }

    /// <summary>On the writer only. Changes nothing when it is gone.</summary>
    public void Change(long webhookKey, Func<Webhook, Webhook> change)
    {
        if (Find(webhookKey) is { } webhook)
        {
            Set(change(webhook));
        }
    }

    /// <summary>On the writer only.</summary>
    public void Remove(Webhook webhook)
    {
        _byKey = _byKey.Remove(webhook.Key);
        var others = OfApp(webhook.AppKey).RemoveAll(other => other.Key == webhook.Key);
        _byApp = others.IsEmpty ? _byApp.Remove(webhook.AppKey) : _byApp.SetItem(webhook.AppKey, others);
    }

    private Webhook ToWebhook(WebhookRow row) => new()
    {
        Key = row.WebhookKey,
        AppKey = row.AppKey,
        Id = row.WebhookId,
        Url = new Uri(row.Url),
        Secret = Unprotect(row),
        Notices = row.Notices,
        IsEnabled = row.IsEnabled,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
        ParkedAt = ToTime(row.ParkedAtMs),
        LastError = row.LastError,
        LastSuccessAt = ToTime(row.LastSuccessAtMs),
    };

    // Without its key the secret is gone; the webhook is shown as not working until it is put again.
    private string Unprotect(WebhookRow row)
    {
        try
        {
            return Encoding.UTF8.GetString(protector.Unprotect(row.Secret));
        }
        catch (CryptographicException problem)
        {
            StorageLog.WebhookUnreadable(logger, row.WebhookId, row.AppKey, problem);
            return string.Empty;
        }
    }

    private static DateTimeOffset? ToTime(long? unixMs) => unixMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
