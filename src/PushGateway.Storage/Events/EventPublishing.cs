using System.Globalization;
using System.Security.Cryptography;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Audiences;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;
using PushGateway.Storage.FanOut;
using PushGateway.Storage.Live;

namespace PushGateway.Storage.Events;

/// <summary>Commits an event with everything its fan-out begins with, or finds the one published before.</summary>
internal static class EventPublishing
{
    /// <summary>Devices that are worth being read with the publish: others wait for the writer.</summary>
    private const int MaxFirstPage = 8;

    private const string AddEvent =
        "INSERT INTO Events (EventKey, EventId, AppKey, State, Control, CreatedAtMs, StartsAtMs, EstimatedAudience, Content, " +
        "SoleShard, SoleProviders) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

    private const string FindKey =
        "SELECT k.RequestHash, k.CreatedAtMs, e.EventKey, e.EstimatedAudience, e.Content FROM IdempotencyKeys k " +
        "LEFT JOIN Events e ON e.EventKey = k.EventKey WHERE k.AppKey = ?1 AND k.Key = ?2";

    private const string DeleteKey = "DELETE FROM IdempotencyKeys WHERE AppKey = ?1 AND Key = ?2";

    private const string AddKey =
        "INSERT INTO IdempotencyKeys (AppKey, Key, EventKey, CreatedAtMs, RequestHash) VALUES (?1, ?2, ?3, ?4, ?5)";

    /// <param name="content">The event as stored.</param>
    /// <param name="estimates">What has been found out within the operation: events of a batch may share a saved audience of many channels.</param>
    public static PublishReceipt Publish(
        WriteSession session, int appKey, EventToPublish item, byte[] content, LiveAppending live, Dictionary<Audience, AudienceEstimate>? estimates = null)
    {
        var (pushEvent, key) = (item.Event, item.IdempotencyKey);
        if (key is not null && FindPublished(session, appKey, key) is { } known)
        {
            return known;
        }

        if (estimates is null || !estimates.TryGetValue(pushEvent.Audience, out var estimate))
        {
            estimate = AudienceEstimate.Of(session, appKey, pushEvent.Audience);
            estimates?.Add(pushEvent.Audience, estimate);
        }

        if ((pushEvent.Filter.Providers & ProviderSet.All) == ProviderSet.None)
        {
            // A saved audience and the event's own filter have no provider in common: there is nothing to read.
            estimate = estimate with { Shards = [] };
        }

        if (pushEvent.Options.Live == LiveMode.Only)
        {
            estimate = new AudienceEstimate(0, []);
        }

        var eventKey = session.NextKey(KeySequence.Event);
        var record = EventRows.AsPublished(eventKey, appKey, pushEvent, estimate.Members);

        // Of one that forbids to send again, pages are noted before they are sent, in the rows of shards. One that waits for confirmations has rows of those.
        var soleShard = estimate.Shards.Count == 1 && !pushEvent.Options.ForbidsResend && !pushEvent.Options.AwaitsConfirmation ? estimate.Shards[0] : (long?)null;
        session.Statement(AddEvent)
            .Bind(1, eventKey).Bind(2, pushEvent.Id).Bind(3, appKey).Bind(4, (int)record.State).Bind(5, (int)record.Control)
            .Bind(6, pushEvent.CreatedAt.ToUnixTimeMilliseconds()).Bind(7, pushEvent.StartsAt.ToUnixTimeMilliseconds())
            .Bind(8, estimate.Members).BindBlob(9, content).Bind(10, soleShard)
            .Bind(11, soleShard is null ? null : (long)(pushEvent.Filter.Providers & ProviderSet.All))
            .Execute();
        if (key is not null)
        {
            session.Statement(AddKey)
                .Bind(1, appKey).Bind(2, key.Key).Bind(3, eventKey).Bind(4, session.NowMs).BindBlob(5, key.RequestHash.Span)
                .Execute();
        }

        session.Ring(StoreTopic.Event, eventKey, soleShard?.ToString(CultureInfo.InvariantCulture) ?? string.Empty);
        live.OnPublished(session, appKey, eventKey, pushEvent);
        var shards = new List<FanOutShard>(estimate.Shards.Count * ProviderKinds.All.Count);
        foreach (var shard in estimate.Shards)
        {
            foreach (var provider in ProviderKinds.All)
            {
                if (pushEvent.Filter.Providers.Contains(provider))
                {
                    if (soleShard is null)
                    {
                        session.Statement(FanOutRows.Add).Bind(1, shard).Bind(2, eventKey).Bind(3, (int)provider).Execute();
                    }

                    shards.Add(new FanOutShard { Shard = shard, Provider = provider });
                }
            }
        }

        var first = soleShard is { } sole && estimate.Members == 1 && item.Query is { } query && pushEvent.StartsAt <= pushEvent.CreatedAt
            ? ReadFirstPage(session, query, (int)sole)
            : null;
        return new PublishReceipt(PublishStatus.Published, record, new FanOutPlan(shards) { First = first });
    }

    /// <returns><see langword="null"/> when it does not hold the whole audience: then it is read as any other.</returns>
    /// <remarks>Here, because its database pages are in the writer's memory already: another connection forgets them with every commit.</remarks>
    private static FirstPage? ReadFirstPage(WriteSession session, AudienceQuery query, int shard)
    {
        var page = new AudiencePage(MaxFirstPage);
        var fill = new AudienceFill(query, ProviderSet.All, default, page, MaxFirstPage);
        page.IsLast = AudienceStore.Read(session, query, shard, default, fill);
        session.EndReads();
        return page.IsLast ? new FirstPage(page, query) : null;
    }

    private static PublishReceipt? FindPublished(WriteSession session, int appKey, IdempotencyKey key)
    {
        var expiredMs = session.NowMs - (long)IdempotencyKey.Retention.TotalMilliseconds;
        var row = session.Statement(FindKey).Bind(1, appKey).Bind(2, key.Key);
        if (!row.Step())
        {
            return null;
        }

        if (row.Int64(1) <= expiredMs || row.IsNull(2))
        {
            // Retention has not come to it yet.
            row.Reset();
            session.Statement(DeleteKey).Bind(1, appKey).Bind(2, key.Key).Execute();
            return null;
        }

        return CryptographicOperations.FixedTimeEquals(row.Bytes(0), key.RequestHash.Span)
            ? new PublishReceipt(
                PublishStatus.Replayed,
                EventRows.AsPublished(row.Int64(2), appKey, PushEventJson.Deserialize(row.Bytes(4)), row.Int64(3)))
            : new PublishReceipt(PublishStatus.KeyReused, null);
    }
}
