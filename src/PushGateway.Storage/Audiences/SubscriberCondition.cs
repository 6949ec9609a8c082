using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Audiences;

/// <summary>A condition on channels during the reading of one page of a shard: whom to look at, and whether it holds for them.</summary>
internal sealed class SubscriberCondition
{
    private readonly ChannelCondition _condition;
    private readonly SubscriberChannels _channels;

    private SubscriberCondition(ChannelCondition condition, IReadOnlyList<long>? guard, SubscriberChannels channels) =>
        (_condition, Guard, _channels) = (condition, guard, channels);

    /// <summary>
    /// Keys of the channels whose subscribers have to be looked at; the condition holds for nobody else. None when it holds for nobody,
    /// <see langword="null"/> when everybody has to be looked at.
    /// </summary>
    public IReadOnlyList<long>? Guard { get; }

    /// <param name="after">Where the page begins.</param>
    public static SubscriberCondition Open(StoreSession session, int appKey, int shard, AudienceCursor after, ChannelCondition condition)
    {
        var ids = condition.Channels;
        var keys = new long?[ids.Count];
        var members = new long[ids.Count];
        for (var number = 0; number < keys.Length; number++)
        {
            // A channel that nobody ever subscribed to has no key and no members.
            keys[number] = AudienceEstimate.FindChannel(session, appKey, ids[number]);
            members[number] = keys[number] is { } key ? AudienceCounts.Read(session, shard, appKey, key) : 0;
        }

        var guard = condition.Guard(members, AudienceCounts.Read(session, shard, appKey, AudienceCounts.Devices));

        // Who is found by looking through one channel is in it.
        var isFixed = new bool[keys.Length];
        if (guard is [var only])
        {
            isFixed[only] = true;
        }

        for (var number = 0; number < keys.Length; number++)
        {
            isFixed[number] |= keys[number] is null;
        }

        var channels = SubscriberChannels.Open(session, appKey, shard, after.SubscriberKey, keys, isFixed);
        return new SubscriberCondition(condition, guard is null ? null : [.. guard.Select(number => keys[number]).OfType<long>()], channels);
    }

    /// <param name="subscriberKey">No less than the one asked for before.</param>
    public bool Holds(long subscriberKey) => _condition.Holds(_channels.Of(subscriberKey));
}
