using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Webhooks;

/// <summary>Keeps notices for the webhooks of an app, in the change that they are about. Used on the writer only, but for its event.</summary>
internal sealed class WebhookOutbox
{
    internal const string Add = "INSERT INTO WebhookNotices (WebhookKey, NoticeKey, Kind, AtMs, Data) VALUES (?1, ?2, ?3, ?4, ?5)";

    internal const string Count = "SELECT count(*), coalesce(sum(length(Data)), 0) FROM WebhookNotices WHERE WebhookKey = ?1";

    internal const string Oldest = "SELECT NoticeKey, length(Data) FROM WebhookNotices WHERE WebhookKey = ?1 ORDER BY NoticeKey";

    internal const string RemoveUpTo = "DELETE FROM WebhookNotices WHERE WebhookKey = ?1 AND NoticeKey <= ?2";

    private const string AddDropped = "UPDATE Webhooks SET Dropped = Dropped + ?2 WHERE WebhookKey = ?1";

    private readonly WebhookCatalog _catalog;
    private readonly StorageOptions _options;

    // What waits, as far as this process has seen: what is undone or told stays counted until the next exact count.
    private readonly ConcurrentDictionary<long, (long Notices, long Bytes)> _estimates = new();

    public WebhookOutbox(WebhookCatalog catalog, StoreBell bell, IOptions<StorageOptions> options)
    {
        (_catalog, _options) = (catalog, options.Value);
        bell.Rung += notice =>
        {
            if (notice.Topic == StoreTopic.Notice)
            {
                Added?.Invoke(notice.Key);
            }
        };
    }

    /// <summary>After the commit, of this gateway or another one, with the webhook's key.</summary>
    public event Action<long>? Added;

    /// <summary>Whether anybody would be told. Without a webhook this is all that a change costs.</summary>
    public bool Wants(int appKey, WebhookNotices kind)
    {
        foreach (var webhook in _catalog.OfApp(appKey))
        {
            if (webhook.IsEnabled && webhook.Notices.HasFlag(kind))
            {
                return true;
            }
        }

        return false;
    }

    public void AddFor(WriteSession session, int appKey, WebhookNotices kind, ReadOnlySpan<byte> data)
    {
        foreach (var webhook in _catalog.OfApp(appKey))
        {
            if (!webhook.IsEnabled || !webhook.Notices.HasFlag(kind))
            {
                continue;
            }

            MakeRoom(session, webhook.Key, data.Length);
            session.Statement(Add)
                .Bind(1, webhook.Key).Bind(2, session.NextKey(KeySequence.Notice)).Bind(3, (int)kind).Bind(4, session.NowMs).BindBlob(5, data)
                .Execute();
            session.Ring(StoreTopic.Notice, webhook.Key);
            session.OnCommitted(() => Added?.Invoke(webhook.Key));
        }
    }

    /// <summary>The webhook is gone.</summary>
    public void Forget(long webhookKey) => _estimates.TryRemove(webhookKey, out _);

    private void MakeRoom(WriteSession session, long webhookKey, int bytes)
    {
        var (maxNotices, maxBytes) = (_options.WebhookMaxNotices, _options.WebhookMaxBytes);
        var (notices, size) = _estimates.TryGetValue(webhookKey, out var estimate) ? estimate : (maxNotices, maxBytes);
        if (notices + 1 > maxNotices || size + bytes > maxBytes)
        {
            (notices, size) = CountExactly(session, webhookKey);
            if (notices + 1 > maxNotices || size + bytes > maxBytes)
            {
                // A hundredth at once, so that not every further notice has to count again.
                var (dropped, freed) = DropOldest(session, webhookKey, notices + 1 - maxNotices + (maxNotices / 100), size + bytes - maxBytes + (maxBytes / 100));
                (notices, size) = (notices - dropped, size - freed);
            }
        }

        _estimates[webhookKey] = (notices + 1, size + bytes);
    }

    private static (long Notices, long Bytes) CountExactly(WriteSession session, long webhookKey)
    {
        var row = session.Statement(Count).Bind(1, webhookKey);
        row.Step();
        var counts = (row.Int64(0), row.Int64(1));
        row.Reset();
        return counts;
    }

    private static (long Notices, long Bytes) DropOldest(WriteSession session, long webhookKey, long notices, long bytes)
    {
        var (dropped, freed, last) = (0L, 0L, 0L);
        var row = session.Walk(Oldest).Bind(1, webhookKey);
        while ((dropped < notices || freed < bytes) && row.Step())
        {
            (last, freed) = (row.Int64(0), freed + row.Int64(1));
            dropped++;
        }

        row.Reset();
        session.Statement(RemoveUpTo).Bind(1, webhookKey).Bind(2, last).Execute();
        session.Statement(AddDropped).Bind(1, webhookKey).Bind(2, dropped).Execute();
        return (dropped, freed);
    }
}
