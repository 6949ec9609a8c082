using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Audiences;

internal sealed class AudienceStore(ReadPool reads, IOptions<StorageOptions> options, TimeProvider timeProvider) : IAudienceStore
{
    private readonly int _lookedAtPerRow = options.Value.LookedAtPerRow;

    // Of audiences that somebody still holds.
    private readonly ConditionalWeakTable<Audience, DevicePlaces> _places = [];

    public async ValueTask ReadPageAsync(
        AudienceQuery query, int shard, ProviderSet providers, AudienceCursor after, AudiencePage page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(page);
        page.Clear();
        var lookedAt = (int)Math.Min(int.MaxValue, (long)page.Capacity * _lookedAtPerRow);
        var fill = new AudienceFill(query, providers, after, page, lookedAt);
        var places = query.Audience.Kind == AudienceKind.Devices
            ? _places.GetValue(query.Audience, audience => new DevicePlaces(audience.Ids, timeProvider))
            : null;
        page.IsLast = await reads.ReadAsync(
            (query, shard, after, fill, places),
            static (session, read) => Read(session, read.query, read.shard, read.after, read.fill, read.places),
            cancellationToken).ConfigureAwait(false);
    }

    /// <param name="places">Of an audience of devices, where they are; <see langword="null"/> has each looked up.</param>
    /// <returns>Whether the shard has no further device.</returns>
    internal static bool Read(StoreSession session, AudienceQuery query, int shard, AudienceCursor after, AudienceFill fill, DevicePlaces? places = null)
    {
        var audience = query.Audience;
        switch (audience.Kind)
        {
            case AudienceKind.All:
                return fill.TakeAll(Bind(session, fill.Statements.AllDevices, shard, query.AppKey, after));

            case AudienceKind.Channels:
                return ReadChannels(session, query.AppKey, shard, after, fill, FindChannels(session, query.AppKey, audience.Ids));

            case AudienceKind.Condition:
                var condition = SubscriberCondition.Open(session, query.AppKey, shard, after, audience.Condition!);
                fill.TakeOnly(condition);
                return condition.Guard is { } guard
                    ? ReadChannels(session, query.AppKey, shard, after, fill, guard)
                    : fill.TakeAll(Bind(session, fill.Statements.AllDevices, shard, query.AppKey, after));

            case AudienceKind.Subscribers:
                return ReadSubscribers(session, query.AppKey, shard, after, fill, FindSubscribers(session, query.AppKey, shard, after, audience.Ids));

            case AudienceKind.Devices:
                return ReadDevices(session, query.AppKey, shard, after, fill, places?.In(session, query.AppKey, shard) ?? audience.Ids);

            case AudienceKind.ExpiredOf:
                return ReadExpired(session, query.AppKey, shard, after, fill, audience.Ids[0]);

            default:
                throw new ArgumentOutOfRangeException(nameof(query), audience.Kind, "Unknown audience.");
        }
    }

    private static StoreStatement Bind(StoreSession session, string sql, int shard, int appKey, AudienceCursor after) =>
        session.Walk(sql).Bind(1, shard).Bind(2, appKey).Bind(3, after.SubscriberKey).Bind(4, after.DeviceKey);

    private static bool ReadChannels(
        StoreSession session, int appKey, int shard, AudienceCursor after, AudienceFill fill, IReadOnlyList<long> channels) => channels.Count switch
        {
            0 => true,
            1 => fill.TakeAll(Bind(session, fill.Statements.OneChannel, shard, appKey, after).Bind(5, channels[0])),
            _ => ReadSubscribers(session, appKey, shard, after, fill, MergeChannels(session, appKey, shard, after, channels)),
        };

    private static List<long> FindChannels(StoreSession session, int appKey, IReadOnlyList<string> ids)
    {
        var keys = new List<long>(ids.Count);
        foreach (var id in ids)
        {
            if (AudienceEstimate.FindChannel(session, appKey, id) is { } key)
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    /// <param name="subscribers">Keys in ascending order, each once, from the cursor's on.</param>
    private static bool ReadSubscribers(
        StoreSession session, int appKey, int shard, AudienceCursor after, AudienceFill fill, IEnumerable<long> subscribers)
    {
        foreach (var subscriberKey in subscribers)
        {
            if (fill.MustEnd)
            {
                return false;
            }

            if (!fill.IsMeant(subscriberKey))
            {
                continue;
            }

            var from = new AudienceCursor(subscriberKey, subscriberKey == after.SubscriberKey ? after.DeviceKey : 0);
            if (!fill.TakeAll(Bind(session, fill.Statements.OneSubscriber, shard, appKey, from), subscriberKey))
            {
                return false;
            }
        }

        return true;
    }

    private static bool ReadExpired(StoreSession session, int appKey, int shard, AudienceCursor after, AudienceFill fill, string eventId)
    {
        var keys = ExpiredDevices.Read(session, appKey, shard, eventId);
        if (keys.Length > ExpiredDevices.MaxLookedUp)
        {
            fill.TakeOnly(keys);
            return fill.TakeAll(Bind(session, fill.Statements.AllDevices, shard, appKey, after));
        }

        foreach (var place in ExpiredDevices.Locate(session, appKey, shard, keys, after))
        {
            if (fill.MustEnd)
            {
                return false;
            }

            fill.TakeAll(session.Statement(fill.Statements.OneKey).Bind(1, shard).Bind(2, appKey).Bind(3, place.SubscriberKey).Bind(4, place.DeviceKey));
        }

        return true;
    }

    private static IEnumerable<long> MergeChannels(StoreSession session, int appKey, int shard, AudienceCursor after, IReadOnlyList<long> channels)
    {
        var walks = new List<StoreStatement>();
        for (var first = 0; first < channels.Count; first += AudienceSql.MaxMergedChannels)
        {
            var count = Math.Min(AudienceSql.MaxMergedChannels, channels.Count - first);
            var walk = session.Walk(AudienceSql.MergedChannels(session.Dialect, count, walks.Count)).Bind(1, shard).Bind(2, appKey).Bind(3, after.SubscriberKey);
            for (var parameter = 0; parameter < AudienceSql.ParametersFor(count); parameter++)
            {
                walk.Bind(parameter + 4, channels[first + Math.Min(parameter, count - 1)]);
            }

            walks.Add(walk);
        }

        walks.RemoveAll(static walk => !walk.Step());
        while (walks.Count > 0)
        {
            // At most four walks: more than a thousand channels cannot be named.
            var next = long.MaxValue;
            foreach (var walk in walks)
            {
                next = Math.Min(next, walk.Int64(0));
            }

            yield return next;
            for (var index = walks.Count - 1; index >= 0; index--)
            {
                if (walks[index].Int64(0) == next && !walks[index].Step())
                {
                    walks.RemoveAt(index);
                }
            }
        }
    }

    private static List<long> FindSubscribers(StoreSession session, int appKey, int shard, AudienceCursor after, IReadOnlyList<string> ids)
    {
        var keys = new SortedSet<long>();
        foreach (var id in ids)
        {
            if (Shard.Of(id) == shard &&
                session.Statement("SELECT SubscriberKey FROM Subscribers WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberId = ?3")
                    .Bind(1, shard).Bind(2, appKey).Bind(3, id).ScalarInt64() is { } key &&
                key >= after.SubscriberKey)
            {
                keys.Add(key);
            }
        }

        return [.. keys];
    }

    private static bool ReadDevices(
        StoreSession session, int appKey, int shard, AudienceCursor after, AudienceFill fill, IReadOnlyList<string> ids)
    {
        var found = new SortedDictionary<(long SubscriberKey, long DeviceKey), string>();
        foreach (var id in ids)
        {
            var row = session.Statement(fill.Statements.OneDevice).Bind(1, shard).Bind(2, appKey).Bind(3, id);
            if (row.Step() && (row.Int64(0), row.Int64(1)) is var key && key.CompareTo((after.SubscriberKey, after.DeviceKey)) > 0)
            {
                found[key] = id;
            }
        }

        foreach (var id in found.Values)
        {
            if (fill.MustEnd)
            {
                return false;
            }

            fill.TakeAll(session.Statement(fill.Statements.OneDevice).Bind(1, shard).Bind(2, appKey).Bind(3, id));
        }

        return true;
    }
}
