using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Audiences;

/// <summary>Which of some channels a subscriber is in, for subscribers in ascending order.</summary>
/// <remarks>
/// Few channels are walked along side by side, in the order of their subscribers: a step for each subscriber, however many channels
/// that subscriber has. Of many, the subscriber's own list is read instead, so that what is open does not grow with a condition.
/// </remarks>
internal sealed class SubscriberChannels
{
    /// <summary>Channels that are walked along; of more, the lists of the subscribers are read.</summary>
    public const int MaxWalks = 16;

    private readonly StoreSession _session;
    private readonly int _shard;
    private readonly bool[] _isMember;
    private readonly List<(int Number, ChannelWalk Walk)> _walks = [];
    private readonly Dictionary<long, int>? _numbers;

    private SubscriberChannels(StoreSession session, int shard, bool[] isMember, Dictionary<long, int>? numbers) =>
        (_session, _shard, _isMember, _numbers) = (session, shard, isMember, numbers);

    /// <param name="from">The first subscriber that may be asked for.</param>
    /// <param name="keys">Keys of the channels; <see langword="null"/> for those that have no subscribers.</param>
    /// <param name="isFixed">Those that need no look: everybody asked for is in them, or nobody because they have no key.</param>
    public static SubscriberChannels Open(StoreSession session, int appKey, int shard, long from, long?[] keys, bool[] isFixed)
    {
        var isMember = new bool[keys.Length];
        var open = new List<(int Number, long Key)>();
        for (var number = 0; number < keys.Length; number++)
        {
            isMember[number] = isFixed[number] && keys[number] is not null;
            if (!isFixed[number])
            {
                open.Add((number, keys[number]!.Value));
            }
        }

        if (open.Count > MaxWalks)
        {
            return new SubscriberChannels(session, shard, isMember, open.ToDictionary(channel => channel.Key, channel => channel.Number));
        }

        var channels = new SubscriberChannels(session, shard, isMember, null);
        foreach (var (number, key) in open)
        {
            var statement = session.Walk(AudienceSql.ChannelWalk(channels._walks.Count)).Bind(1, shard).Bind(2, appKey).Bind(4, key);
            channels._walks.Add((number, new ChannelWalk(statement, from)));
        }

        return channels;
    }

    /// <returns>By number of the channel; valid until the next call.</returns>
    public ReadOnlySpan<bool> Of(long subscriberKey)
    {
        foreach (var (number, walk) in _walks)
        {
            _isMember[number] = walk.Contains(subscriberKey);
        }

        if (_numbers is not null)
        {
            ReadList(subscriberKey, _numbers);
        }

        return _isMember;
    }

    private void ReadList(long subscriberKey, Dictionary<long, int> numbers)
    {
        foreach (var number in numbers.Values)
        {
            _isMember[number] = false;
        }

        var row = _session.Statement(AudienceSql.ChannelsOfSubscriber).Bind(1, _shard).Bind(2, subscriberKey);
        while (row.Step())
        {
            if (numbers.TryGetValue(row.Int64(0), out var number))
            {
                _isMember[number] = true;
            }
        }
    }

    /// <summary>The subscribers of one channel in order, moved along with those who are asked for.</summary>
    private sealed class ChannelWalk(StoreStatement statement, long from)
    {
        // A step costs a fraction of a search; when the next one asked for is farther away than this, a search is cheaper.
        private const int MaxSteps = 8;

        private long _at = Search(statement, from);

        public bool Contains(long subscriberKey)
        {
            for (var steps = 0; _at < subscriberKey; steps++)
            {
                _at = steps < MaxSteps ? Next(statement) : Search(statement, subscriberKey);
            }

            return _at == subscriberKey;
        }

        private static long Search(StoreStatement statement, long from)
        {
            statement.Reset();
            return Next(statement.Bind(3, from));
        }

        private static long Next(StoreStatement statement) => statement.Step() ? statement.Int64(0) : long.MaxValue;
    }
}
