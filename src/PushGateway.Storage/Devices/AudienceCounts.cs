using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Devices;

/// <summary>Collects what an operation changes in the maintained counts and writes each count once, in the same transaction.</summary>
internal sealed class AudienceCounts(int appKey)
{
    /// <summary>In place of a channel: devices of the app.</summary>
    public const long Devices = 0;

    private const string Add =
        "INSERT INTO AudienceCounts (Shard, AppKey, ChannelKey, Members) VALUES (?1, ?2, ?3, ?4) " +
        "ON CONFLICT (Shard, AppKey, ChannelKey) DO UPDATE SET Members = AudienceCounts.Members + excluded.Members";

    private const string Find = "SELECT Members FROM AudienceCounts WHERE Shard = ?1 AND AppKey = ?2 AND ChannelKey = ?3";

    private readonly Dictionary<(int Shard, long ChannelKey), long> _changes = [];

    /// <returns>The subscribers of the channel in the shard, or the devices there.</returns>
    public static long Read(StoreSession session, int shard, int appKey, long channelKey) =>
        session.Statement(Find).Bind(1, shard).Bind(2, appKey).Bind(3, channelKey).ScalarInt64() ?? 0;

    public void Change(int shard, long channelKey, int by)
    {
        _changes.TryGetValue((shard, channelKey), out var sum);
        _changes[(shard, channelKey)] = sum + by;
    }

    public void Write(WriteSession session)
    {
        foreach (var ((shard, channelKey), change) in _changes)
        {
            if (change != 0)
            {
                session.Statement(Add).Bind(1, shard).Bind(2, appKey).Bind(3, channelKey).Bind(4, change).Execute();
            }
        }

        _changes.Clear();
    }
}
