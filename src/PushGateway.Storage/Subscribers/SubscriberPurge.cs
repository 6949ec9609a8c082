using PushGateway.Storage.Devices;
using PushGateway.Storage.Engagement;
using PushGateway.Storage.Engine;
using PushGateway.Storage.FanOut;

namespace PushGateway.Storage.Subscribers;

/// <summary>A deleted subscriber of whom something may be left.</summary>
internal sealed record SubscriberPurge(int AppKey, int Shard, long SubscriberKey, string SubscriberId)
{
    private const int OpensPerStatement = 1_000;

    internal const string FindAll = "SELECT AppKey, Shard, SubscriberKey, SubscriberId FROM SubscriberPurges ORDER BY AppKey, SubscriberKey LIMIT 100";

    internal const string FindOfApp = "SELECT AppKey, Shard, SubscriberKey, SubscriberId FROM SubscriberPurges WHERE AppKey = ?1";

    internal const string Devices = "SELECT DeviceKey FROM Devices WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3 ORDER BY DeviceKey LIMIT ?4";

    internal const string Channels = "SELECT ChannelKey FROM Subscriptions WHERE Shard = ?1 AND SubscriberKey = ?2 ORDER BY ChannelKey LIMIT ?3";

    // One shard's part of the app's removed devices: a walk of milliseconds, on a reader. An index would be paid for with every removal.
    internal const string RemovedDevices = "SELECT DeviceKey FROM RemovedDevices WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3";

    // All that feedback removed or set aside of the app within the week, some at a time, on a reader: by device it would be missed whose record of removal is gone already.
    internal const string Removals = "SELECT RemovalKey, SubscriberKey FROM Removals WHERE AppKey = ?1 AND RemovalKey > ?2 ORDER BY RemovalKey LIMIT ?3";

    private const string Find = "SELECT SubscriberKey FROM Subscribers WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberId = ?3";

    private const string RemoveSubscriber = "DELETE FROM Subscribers WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberId = ?3";

    private const string Add = "INSERT INTO SubscriberPurges (AppKey, Shard, SubscriberKey, SubscriberId) VALUES (?1, ?2, ?3, ?4)";

    private const string Finish = "DELETE FROM SubscriberPurges WHERE AppKey = ?1 AND SubscriberKey = ?2";

    private const string ForgetRemoved = "DELETE FROM RemovedDevices WHERE Shard = ?1 AND AppKey = ?2 AND DeviceKey = ?3";

    // The record goes whole: even the id is the person's.
    private const string ForgetRemoval = "DELETE FROM Removals WHERE AppKey = ?1 AND RemovalKey = ?2";

    internal static IEnumerable<string> All => [FindAll, FindOfApp, Devices, Channels, RemovedDevices, Removals];

    /// <summary>Takes the subscriber out of the app. From here on nothing can find it, and whoever has its id is another one.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    public static SubscriberPurge? Begin(WriteSession session, int appKey, string subscriberId)
    {
        var shard = Core.Shard.Of(subscriberId);
        if (session.Statement(Find).Bind(1, shard).Bind(2, appKey).Bind(3, subscriberId).ScalarInt64() is not { } key)
        {
            return null;
        }

        session.Statement(RemoveSubscriber).Bind(1, shard).Bind(2, appKey).Bind(3, subscriberId).Execute();
        session.Statement(Add).Bind(1, appKey).Bind(2, shard).Bind(3, key).Bind(4, subscriberId).Execute();
        return new SubscriberPurge(appKey, shard, key, subscriberId);
    }

    public static List<SubscriberPurge> Read(StoreStatement row)
    {
        var purges = new List<SubscriberPurge>();
        while (row.Step())
        {
            purges.Add(new SubscriberPurge(row.Int32(0), row.Int32(1), row.Int64(2), row.Text(3)));
        }

        row.Reset();
        return purges;
    }

    /// <summary>Removes devices, what was opened on them, subscriptions and charges: all that audiences and registrations can meet.</summary>
    /// <param name="rows">About the most rows to remove.</param>
    /// <returns>Whether there may be more.</returns>
    public bool Step(WriteSession session, int rows)
    {
        var left = rows;
        var devices = new DeviceWriter(session, AppKey);
        foreach (var deviceKey in ReadDevices(session, left))
        {
            left -= OpenRecording.RemoveOfDevice(session, deviceKey, left);
            if (left <= 0)
            {
                break;
            }

            devices.Erase(Shard, SubscriberKey, deviceKey);
            left--;
        }

        if (left > 0)
        {
            foreach (var channelKey in ReadChannels(session, left))
            {
                devices.EraseSubscription(Shard, channelKey, SubscriberKey);
                left--;
            }
        }

        if (left > 0)
        {
            DailyCharging.Forget(session, AppKey, Shard, SubscriberKey);
        }

        devices.Finish();
        return left <= 0;
    }

    /// <summary>Keys of devices removed before. To be read when no device is left: then none can be added.</summary>
    public List<long> ReadRemoved(StoreSession session) => Keys(session.Statement(RemovedDevices).Bind(1, Shard).Bind(2, AppKey).Bind(3, SubscriberKey));

    /// <summary>Looks through so many removals behind one.</summary>
    /// <returns>Those of the subscriber's devices, and behind which to go on; <see langword="null"/> at the end.</returns>
    public (List<long> Found, long? Next) ReadRemovals(StoreSession session, long after, int rows)
    {
        var found = new List<long>();
        var (looked, last) = (0, after);
        var row = session.Statement(Removals).Bind(1, AppKey).Bind(2, after).Bind(3, rows);
        while (row.Step())
        {
            (looked, last) = (looked + 1, row.Int64(0));
            if (row.Int64(1) == SubscriberKey)
            {
                found.Add(last);
            }
        }

        row.Reset();
        return (found, looked < rows ? null : last);
    }

    public void ForgetRemovedDevice(WriteSession session, long deviceKey)
    {
        while (OpenRecording.RemoveOfDevice(session, deviceKey, OpensPerStatement) == OpensPerStatement)
        {
        }

        session.Statement(ForgetRemoved).Bind(1, Shard).Bind(2, AppKey).Bind(3, deviceKey).Execute();
    }

    public void ForgetRemovalOf(WriteSession session, long removalKey) => session.Statement(ForgetRemoval).Bind(1, AppKey).Bind(2, removalKey).Execute();

    public void End(WriteSession session) => session.Statement(Finish).Bind(1, AppKey).Bind(2, SubscriberKey).Execute();

    private List<long> ReadDevices(WriteSession session, int limit) =>
        Keys(session.Statement(Devices).Bind(1, Shard).Bind(2, AppKey).Bind(3, SubscriberKey).Bind(4, limit));

    private List<long> ReadChannels(WriteSession session, int limit) => Keys(session.Statement(Channels).Bind(1, Shard).Bind(2, SubscriberKey).Bind(3, limit));

    private static List<long> Keys(StoreStatement row)
    {
        var keys = new List<long>();
        while (row.Step())
        {
            keys.Add(row.Int64(0));
        }

        row.Reset();
        return keys;
    }
}
