using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Audiences;

/// <summary>Which of the devices that an audience names are in which shard: found once, where every shard would otherwise look up all of them.</summary>
/// <remarks>Known for ten seconds, since a device moves when another subscriber logs in with it. Safe for concurrent use.</remarks>
internal sealed class DevicePlaces(IReadOnlyList<string> ids, TimeProvider timeProvider)
{
    internal const string ShardOf = "SELECT Shard FROM Devices WHERE AppKey = ?1 AND DeviceId = ?2";

    private static readonly TimeSpan s_known = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private ILookup<long, string>? _byShard;
    private long _foundAt;

    /// <returns>Ids of those in the shard, or that were a little while ago; none of an app other than that of the first call.</returns>
    public IReadOnlyList<string> In(StoreSession session, int appKey, int shard)
    {
        lock (_lock)
        {
            if (_byShard is null || timeProvider.GetElapsedTime(_foundAt) > s_known)
            {
                var now = timeProvider.GetTimestamp();
                // No shard has the number of those that are nowhere.
                _byShard = ids.ToLookup(id => session.Statement(ShardOf).Bind(1, appKey).Bind(2, id).ScalarInt64() ?? -1);
                _foundAt = now;
            }

            return [.. _byShard[shard]];
        }
    }
}
