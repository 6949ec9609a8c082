using PushGateway.Core;
using PushGateway.Core.Devices;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Devices;

/// <summary>Changes devices and subscriptions of one app within one operation. What it looks up it keeps until the operation ends.</summary>
/// <remarks>Call <see cref="Finish"/> last: the counts are written there.</remarks>
internal sealed class DeviceWriter(WriteSession session, int appKey)
{
    private const string FindSubscriber =
        "SELECT SubscriberKey FROM Subscribers WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberId = ?3";

    private const string AddSubscriber =
        "INSERT INTO Subscribers (Shard, AppKey, SubscriberId, SubscriberKey) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

    private const string FindChannel = "SELECT ChannelKey FROM Channels WHERE AppKey = ?1 AND ChannelId = ?2";

    private const string AddChannel = "INSERT INTO Channels (ChannelKey, AppKey, ChannelId) VALUES (?1, ?2, ?3)";

    private const string AddSubscription =
        "INSERT INTO Subscriptions (Shard, AppKey, ChannelKey, SubscriberKey) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

    private const string RemoveSubscription =
        "DELETE FROM Subscriptions WHERE Shard = ?1 AND AppKey = ?2 AND ChannelKey = ?3 AND SubscriberKey = ?4";

    private const string FindSubscription =
        "SELECT 1 FROM Subscriptions WHERE Shard = ?1 AND AppKey = ?2 AND ChannelKey = ?3 AND SubscriberKey = ?4";

    private const string CountSubscriptions =
        "SELECT count(*) FROM (SELECT 1 FROM Subscriptions WHERE Shard = ?1 AND SubscriberKey = ?3 AND AppKey = ?2 LIMIT ?4) AS counted";

    private const string CountDevices =
        "SELECT count(*) FROM (SELECT 1 FROM Devices WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3 LIMIT ?4) AS counted";

    private const string AddDevice =
        "INSERT INTO Devices (Shard, AppKey, SubscriberKey, DeviceKey, Provider, Environment, LastSeenMs, Token, Locale, Tags, TokenHash, " +
        "DeviceId, TimeZone, AppVersion, CreatedAtMs) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) " +
        "ON CONFLICT DO NOTHING";

    private const string UpdateDevice =
        "UPDATE Devices SET Provider = ?5, Environment = ?6, LastSeenMs = ?7, QuarantinedVersion = NULL, Token = ?8, Locale = ?9, Tags = ?10, " +
        "TokenHash = ?11, TimeZone = ?12, AppVersion = ?13 WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3 AND DeviceKey = ?4";

    private const string TouchDevice =
        "UPDATE Devices SET LastSeenMs = ?5 WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3 AND DeviceKey = ?4";

    private const string DeleteDevice =
        "DELETE FROM Devices WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3 AND DeviceKey = ?4";

    private const string KeepRemoved =
        "INSERT INTO RemovedDevices (Shard, AppKey, DeviceKey, SubscriberKey, DeviceId, Provider, Token, Reason, RemovedAtMs) " +
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

    private const string ForgetRemoved = "DELETE FROM RemovedDevices WHERE Shard = ?1 AND AppKey = ?2 AND DeviceKey = ?3";

    private readonly Dictionary<string, long> _subscribers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _channels = new(StringComparer.Ordinal);
    private readonly AudienceCounts _counts = new(appKey);
    private readonly long _nowMs = session.NowMs;

    // An import is mostly new or mostly known; trying first what was right the last time saves a look-up per row.
    private bool _expectNewSubscriber;
    private bool _expectNewDevice;

    public RegistrationChange Register(DeviceRegistration registration)
    {
        var shard = Shard.Of(registration.SubscriberId);
        var subscriberKey = SubscriberKey(shard, registration.SubscriberId);
        Span<byte> hash = stackalloc byte[TokenHash.Length];
        TokenHash.Compute(registration.Provider, registration.Token, hash);
        var tags = TagsJson.Write(registration.Tags);

        if (_expectNewDevice && TryAdd(registration, shard, subscriberKey, hash, tags, _nowMs, _nowMs))
        {
            return RegistrationChange.Created;
        }

        var stored = StoredDevice.FindById(session, appKey, registration.DeviceId);
        if (StoredDevice.FindByToken(session, appKey, registration.Provider, hash) is { } holder && holder.DeviceKey != stored?.DeviceKey)
        {
            Remove(holder, RemovalReasons.TokenMoved);
        }

        _expectNewDevice = stored is null;
        if (stored is null)
        {
            Add(registration, shard, subscriberKey, hash, tags, _nowMs, _nowMs);
            return RegistrationChange.Created;
        }

        // Strictly later than before, also within a millisecond and when the clock goes back: answers about the token as it was
        // are recognized by this time.
        var lastSeenMs = Math.Max(_nowMs, stored.LastSeenMs + 1);
        if (stored.SubscriberKey != subscriberKey)
        {
            Remove(stored, RemovalReasons.Moved);
            Add(registration, shard, subscriberKey, hash, tags, lastSeenMs, stored.CreatedAtMs);
            return RegistrationChange.Updated;
        }

        if (!stored.IsMarked && stored.Says(registration, tags))
        {
            AtKey(TouchDevice, stored).Bind(5, lastSeenMs).Execute();
            return RegistrationChange.Unchanged;
        }

        AtKey(UpdateDevice, stored)
            .Bind(5, (int)registration.Provider).Bind(6, (int)registration.Environment).Bind(7, lastSeenMs)
            .Bind(8, registration.Token).Bind(9, registration.Locale).BindText(10, tags)
            .BindBlob(11, hash).Bind(12, registration.TimeZone).Bind(13, registration.AppVersion)
            .Execute();
        return RegistrationChange.Updated;
    }

    /// <summary>Whether a subscriber's own app may register this. See <see cref="ISubscriberDevices"/>.</summary>
    public OwnChangeStatus MayRegisterOwn(DeviceRegistration registration, int mostDevices)
    {
        var stored = StoredDevice.FindById(session, appKey, registration.DeviceId);
        var subscriberKey = KeyOf(registration.SubscriberId);
        if (stored is not null && stored.SubscriberKey == subscriberKey)
        {
            return OwnChangeStatus.Done;
        }

        if (stored is not null && (stored.Provider != registration.Provider || stored.Token != registration.Token))
        {
            return OwnChangeStatus.Taken;
        }

        return subscriberKey is { } key && Count(CountDevices, Shard.Of(registration.SubscriberId), key, mostDevices) >= mostDevices
            ? OwnChangeStatus.TooMany
            : OwnChangeStatus.Done;
    }

    /// <summary>Whether a subscriber's own app may subscribe it to the channel.</summary>
    public bool MaySubscribeOwn(string channelId, string subscriberId, int mostChannels)
    {
        var shard = Shard.Of(subscriberId);
        return KeyOf(subscriberId) is not { } key || Count(CountSubscriptions, shard, key, mostChannels) < mostChannels ||
            (FindChannelKey(channelId) is { } channelKey && Bind(FindSubscription, shard, channelKey, key).ScalarInt64() is not null);
    }

    public long? KeyOf(string subscriberId) => FindSubscriberKey(Shard.Of(subscriberId), subscriberId);

    /// <summary>The subscriber has this key; nothing is changed.</summary>
    public void Remember(string subscriberId, long subscriberKey) => _subscribers[subscriberId] = subscriberKey;

    /// <returns>The key, if it is known here already.</returns>
    public long? Recall(string subscriberId) => _subscribers.TryGetValue(subscriberId, out var key) ? key : null;

    /// <summary>One more device, or member of the channel, has been added in the shard by other means.</summary>
    public void Count(int shard, long channelKey) => _counts.Change(shard, channelKey, 1);

    public void Subscribe(string channelId, string subscriberId)
    {
        var shard = Shard.Of(subscriberId);
        Subscribe(shard, ChannelKey(channelId), SubscriberKey(shard, subscriberId));
    }

    public void Unsubscribe(string channelId, string subscriberId)
    {
        var shard = Shard.Of(subscriberId);
        if (FindChannelKey(channelId) is { } channelKey && FindSubscriberKey(shard, subscriberId) is { } subscriberKey)
        {
            EraseSubscription(shard, channelKey, subscriberKey);
        }
    }

    public void Remove(StoredDevice device, string reason)
    {
        session.Statement(KeepRemoved)
            .Bind(1, device.Shard).Bind(2, appKey).Bind(3, device.DeviceKey).Bind(4, device.SubscriberKey).Bind(5, device.DeviceId)
            .Bind(6, (int)device.Provider).Bind(7, device.Token).Bind(8, reason).Bind(9, _nowMs)
            .Execute();
        AtKey(DeleteDevice, device).Execute();
        _counts.Change(device.Shard, AudienceCounts.Devices, -1);
    }

    /// <summary>Takes a device out and keeps nothing of it: its receipts lose its id.</summary>
    public void Erase(int shard, long subscriberKey, long deviceKey)
    {
        if (session.Statement(DeleteDevice).Bind(1, shard).Bind(2, appKey).Bind(3, subscriberKey).Bind(4, deviceKey).Execute() > 0)
        {
            _counts.Change(shard, AudienceCounts.Devices, -1);
        }
    }

    public void EraseSubscription(int shard, long channelKey, long subscriberKey)
    {
        if (Bind(RemoveSubscription, shard, channelKey, subscriberKey).Execute() > 0)
        {
            _counts.Change(shard, channelKey, -1);
        }
    }

    /// <summary>Brings a removed device back under its old key, so that its receipts and waiting attempts are its own again.</summary>
    /// <param name="device">As it was; no device of its id may exist.</param>
    /// <returns><see langword="false"/> when its token belongs to another device by now; nothing is changed then.</returns>
    public bool TryRestore(StoredDevice device)
    {
        Span<byte> hash = stackalloc byte[TokenHash.Length];
        TokenHash.Compute(device.Provider, device.Token, hash);
        if (StoredDevice.FindByToken(session, appKey, device.Provider, hash) is not null)
        {
            return false;
        }

        // Hardly later than it was: an answer under way about it as it was changes nothing, and the provider's next word counts.
        session.Statement(AddDevice)
            .Bind(1, device.Shard).Bind(2, appKey).Bind(3, device.SubscriberKey).Bind(4, device.DeviceKey)
            .Bind(5, (int)device.Provider).Bind(6, (int)device.Environment).Bind(7, device.LastSeenMs + 1)
            .Bind(8, device.Token).Bind(9, device.Locale).BindText(10, device.Tags).BindBlob(11, hash)
            .Bind(12, device.DeviceId).Bind(13, device.TimeZone).Bind(14, device.AppVersion).Bind(15, device.CreatedAtMs)
            .Execute();
        session.Statement(ForgetRemoved).Bind(1, device.Shard).Bind(2, appKey).Bind(3, device.DeviceKey).Execute();
        _counts.Change(device.Shard, AudienceCounts.Devices, 1);
        return true;
    }

    public void Finish() => _counts.Write(session);

    private void Subscribe(int shard, long channelKey, long subscriberKey)
    {
        if (Bind(AddSubscription, shard, channelKey, subscriberKey).Execute() > 0)
        {
            _counts.Change(shard, channelKey, 1);
        }
    }

    private void Add(
        DeviceRegistration registration, int shard, long subscriberKey, ReadOnlySpan<byte> hash, byte[]? tags, long lastSeenMs, long createdAtMs)
    {
        if (!TryAdd(registration, shard, subscriberKey, hash, tags, lastSeenMs, createdAtMs))
        {
            throw new InvalidOperationException("A device could not be added though nothing was in its way.");
        }
    }

    private bool TryAdd(
        DeviceRegistration registration, int shard, long subscriberKey, ReadOnlySpan<byte> hash, byte[]? tags, long lastSeenMs, long createdAtMs)
    {
        var added = session.Statement(AddDevice)
            .Bind(1, shard).Bind(2, appKey).Bind(3, subscriberKey).Bind(4, session.NextKey(KeySequence.Device))
            .Bind(5, (int)registration.Provider).Bind(6, (int)registration.Environment).Bind(7, lastSeenMs)
            .Bind(8, registration.Token).Bind(9, registration.Locale).BindText(10, tags).BindBlob(11, hash)
            .Bind(12, registration.DeviceId).Bind(13, registration.TimeZone).Bind(14, registration.AppVersion).Bind(15, createdAtMs)
            .Execute() > 0;
        if (added)
        {
            _counts.Change(shard, AudienceCounts.Devices, 1);
        }
        else
        {
            session.ReturnKey(KeySequence.Device);
        }

        return added;
    }

    private long SubscriberKey(int shard, string subscriberId)
    {
        if (_subscribers.TryGetValue(subscriberId, out var key))
        {
            return key;
        }

        key = (_expectNewSubscriber ? TryAddSubscriber(shard, subscriberId) : FindSubscriberKey(shard, subscriberId)) ?? 0;
        if (key == 0)
        {
            _expectNewSubscriber = !_expectNewSubscriber;
            key = (_expectNewSubscriber ? TryAddSubscriber(shard, subscriberId) : FindSubscriberKey(shard, subscriberId))
                ?? throw new InvalidOperationException("A subscriber is neither known nor new.");
        }

        return _subscribers[subscriberId] = key;
    }

    private long? TryAddSubscriber(int shard, string subscriberId)
    {
        var key = session.NextKey(KeySequence.Subscriber);
        if (session.Statement(AddSubscriber).Bind(1, shard).Bind(2, appKey).Bind(3, subscriberId).Bind(4, key).Execute() > 0)
        {
            return key;
        }

        session.ReturnKey(KeySequence.Subscriber);
        return null;
    }

    private long? FindSubscriberKey(int shard, string subscriberId) =>
        session.Statement(FindSubscriber).Bind(1, shard).Bind(2, appKey).Bind(3, subscriberId).ScalarInt64();

    /// <summary>The channel's key; a channel without one gets it.</summary>
    public long ChannelKey(string channelId)
    {
        if (_channels.TryGetValue(channelId, out var key))
        {
            return key;
        }

        if (FindChannelKey(channelId) is { } known)
        {
            key = known;
        }
        else
        {
            key = session.NextKey(KeySequence.Channel);
            session.Statement(AddChannel).Bind(1, key).Bind(2, appKey).Bind(3, channelId).Execute();
        }

        return _channels[channelId] = key;
    }

    private long? FindChannelKey(string channelId) => session.Statement(FindChannel).Bind(1, appKey).Bind(2, channelId).ScalarInt64();

    private long Count(string sql, int shard, long subscriberKey, int most) =>
        session.Statement(sql).Bind(1, shard).Bind(2, appKey).Bind(3, subscriberKey).Bind(4, most).ScalarInt64() ?? 0;

    private StoreStatement AtKey(string sql, StoredDevice device) => session.Statement(sql)
        .Bind(1, device.Shard).Bind(2, appKey).Bind(3, device.SubscriberKey).Bind(4, device.DeviceKey);

    private StoreStatement Bind(string sql, int shard, long channelKey, long subscriberKey) => session.Statement(sql)
        .Bind(1, shard).Bind(2, appKey).Bind(3, channelKey).Bind(4, subscriberKey);
}
