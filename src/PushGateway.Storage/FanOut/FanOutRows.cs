namespace PushGateway.Storage.FanOut;

/// <summary>How the rows that say where an event's shards stand begin.</summary>
internal static class FanOutRows
{
    /// <summary>?1 shard, ?2 event, ?3 provider: nothing read, nothing counted.</summary>
    public const string Add =
        "INSERT INTO FanOutShards (Shard, EventKey, Provider, CursorSubscriberKey, CursorDeviceKey, IsRead, Accepted, Unregistered, Rejected, " +
        "Expired, Cancelled, Pending, Attempts) VALUES (?1, ?2, ?3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)";
}
