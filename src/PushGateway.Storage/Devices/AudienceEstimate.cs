using PushGateway.Core;
using PushGateway.Core.Events;
using PushGateway.Storage.Audiences;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Devices;

/// <summary>How many an audience names, and in which shards they are, from the maintained counts.</summary>
/// <param name="Members">Subscribers or devices; a subscriber of several channels counts for each. Of a condition, those that have to be
/// looked at: no fewer than it holds for.</param>
/// <param name="Shards">In order, those with at least one of them.</param>
internal sealed record AudienceEstimate(long Members, IReadOnlyList<int> Shards)
{
    private static readonly AudienceEstimate s_nobody = new(0, []);

    private static readonly string s_countByShard =
        "SELECT Shard, Members FROM AudienceCounts WHERE AppKey = ?1 AND ChannelKey = ?2 AND Members > 0 " +
        $"AND Shard IN ({string.Join(',', Enumerable.Range(0, Shard.Count))})";

    public static long? FindChannel(StoreSession session, int appKey, string channelId) =>
        session.Statement("SELECT ChannelKey FROM Channels WHERE AppKey = ?1 AND ChannelId = ?2").Bind(1, appKey).Bind(2, channelId).ScalarInt64();

    public static long CountMembers(StoreSession session, int appKey, long channelKey) =>
        AddCounts(session, appKey, channelKey, []);

    public static AudienceEstimate Of(StoreSession session, int appKey, Audience audience)
    {
        var shards = new SortedSet<int>();
        var members = 0L;
        if (audience.Condition is { } condition)
        {
            return Of(session, appKey, condition);
        }

        if (audience.Kind == AudienceKind.All)
        {
            members = AddCounts(session, appKey, AudienceCounts.Devices, shards);
        }

        foreach (var id in audience.Ids)
        {
            members += audience.Kind switch
            {
                AudienceKind.Channels => FindChannel(session, appKey, id) is { } channelKey ? AddCounts(session, appKey, channelKey, shards) : 0,
                AudienceKind.Subscribers => AddSubscriber(session, appKey, id, shards),
                AudienceKind.Devices => AddDevice(session, appKey, id, shards),
                AudienceKind.ExpiredOf => ExpiredDevices.Count(session, appKey, id, shards),
                AudienceKind.All or AudienceKind.Condition => 0,
                _ => throw new ArgumentOutOfRangeException(nameof(audience), audience.Kind, "Unknown audience."),
            };
        }

        return new AudienceEstimate(members, [.. shards]);
    }

    private static AudienceEstimate Of(StoreSession session, int appKey, ChannelCondition condition)
    {
        var channels = condition.Channels.Select(id => FindChannel(session, appKey, id) is { } key ? OfCounts(session, appKey, key) : s_nobody).ToArray();
        var everybody = OfCounts(session, appKey, AudienceCounts.Devices);
        if (condition.Guard([.. channels.Select(channel => channel.Members)], everybody.Members) is not { } guard)
        {
            return everybody;
        }

        return new AudienceEstimate(
            guard.Sum(number => channels[number].Members), [.. guard.SelectMany(number => channels[number].Shards).Distinct().Order()]);
    }

    private static AudienceEstimate OfCounts(StoreSession session, int appKey, long channelKey)
    {
        var shards = new SortedSet<int>();
        return new AudienceEstimate(AddCounts(session, appKey, channelKey, shards), [.. shards]);
    }

    private static long AddCounts(StoreSession session, int appKey, long channelKey, SortedSet<int> shards)
    {
        var members = 0L;
        var row = session.Statement(s_countByShard).Bind(1, appKey).Bind(2, channelKey);
        while (row.Step())
        {
            shards.Add(row.Int32(0));
            members += row.Int64(1);
        }

        row.Reset();
        return members;
    }

    private static int AddSubscriber(StoreSession session, int appKey, string subscriberId, SortedSet<int> shards)
    {
        var shard = Shard.Of(subscriberId);
        var known = session.Statement("SELECT 1 FROM Subscribers WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberId = ?3")
            .Bind(1, shard).Bind(2, appKey).Bind(3, subscriberId).ScalarInt64();
        return Count(known is null ? null : shard, shards);
    }

    private static int AddDevice(StoreSession session, int appKey, string deviceId, SortedSet<int> shards) => Count(
        session.Statement("SELECT Shard FROM Devices WHERE AppKey = ?1 AND DeviceId = ?2").Bind(1, appKey).Bind(2, deviceId).ScalarInt64(), shards);

    private static int Count(long? shard, SortedSet<int> shards)
    {
        if (shard is not { } found)
        {
            return 0;
        }

        shards.Add((int)found);
        return 1;
    }
}
