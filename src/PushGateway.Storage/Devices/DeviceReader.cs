using PushGateway.Core;
using PushGateway.Core.Devices;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Devices;

/// <summary>Reads devices for people and exports; the fan-out reads audiences instead.</summary>
internal sealed class DeviceReader(AppCatalog apps)
{
    private const int ExportPageSize = 500;

    private const string Columns =
        "SELECT d.SubscriberKey, d.DeviceKey, d.DeviceId, d.Provider, d.Token, d.Environment, d.Locale, d.TimeZone, d.AppVersion, d.Tags, " +
        "d.CreatedAtMs, d.LastSeenMs, d.QuarantinedVersion, s.SubscriberId " +
        "FROM Devices d CROSS JOIN Subscribers s ON s.SubscriberKey = d.SubscriberKey ";

    private const string ById = Columns + "WHERE d.AppKey = ?1 AND d.DeviceId = ?2";

    private const string BySubscriber =
        Columns + "WHERE d.Shard = ?1 AND d.AppKey = ?2 AND d.SubscriberKey = ?3 ORDER BY d.DeviceKey";

    private const string ByShard =
        Columns + "WHERE d.Shard = ?1 AND d.AppKey = ?2 AND (d.SubscriberKey, d.DeviceKey) > (?3, ?4) ORDER BY d.SubscriberKey, d.DeviceKey LIMIT ?5";

    private const string FindSubscriber =
        "SELECT SubscriberKey FROM Subscribers WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberId = ?3";

    private const string Channels =
        "SELECT c.ChannelId FROM Subscriptions s CROSS JOIN Channels c ON c.ChannelKey = s.ChannelKey " +
        "WHERE s.Shard = ?1 AND s.SubscriberKey = ?2";

    public Device? Find(StoreSession session, int appKey, string deviceId)
    {
        var row = session.Statement(ById).Bind(1, appKey).Bind(2, deviceId);
        return row.Step() ? ReadDevice(row, appKey) : null;
    }

    public IReadOnlyList<Device> ListBySubscriber(StoreSession session, int appKey, string subscriberId)
    {
        var devices = new List<Device>();
        var shard = Shard.Of(subscriberId);
        if (FindSubscriberKey(session, appKey, shard, subscriberId) is { } subscriberKey)
        {
            var row = session.Statement(BySubscriber).Bind(1, shard).Bind(2, appKey).Bind(3, subscriberKey);
            while (row.Step())
            {
                devices.Add(ReadDevice(row, appKey));
            }
        }

        return devices;
    }

    public static IReadOnlyList<string> ListChannels(StoreSession session, int appKey, string subscriberId)
    {
        var shard = Shard.Of(subscriberId);
        return FindSubscriberKey(session, appKey, shard, subscriberId) is { } subscriberKey
            ? ReadChannels(session, shard, subscriberKey)
            : [];
    }

    public ExportPage ReadExportPage(StoreSession session, int appKey, int shard, AudienceCursor after)
    {
        var rows = new List<(long SubscriberKey, Device Device)>(ExportPageSize);
        var end = after;
        var row = session.Statement(ByShard)
            .Bind(1, shard).Bind(2, appKey).Bind(3, after.SubscriberKey).Bind(4, after.DeviceKey).Bind(5, ExportPageSize);
        while (row.Step())
        {
            end = new AudienceCursor(row.Int64(0), row.Int64(1));
            rows.Add((end.SubscriberKey, ReadDevice(row, appKey)));
        }

        var devices = new List<DeviceExport>(rows.Count);
        var (channelsOf, channels) = (0L, (IReadOnlyList<string>)[]);
        foreach (var (subscriberKey, device) in rows)
        {
            if (subscriberKey != channelsOf)
            {
                (channelsOf, channels) = (subscriberKey, ReadChannels(session, shard, subscriberKey));
            }

            devices.Add(new DeviceExport(device, channels));
        }

        return new ExportPage(devices, end, rows.Count < ExportPageSize);
    }

    private static long? FindSubscriberKey(StoreSession session, int appKey, int shard, string subscriberId) =>
        session.Statement(FindSubscriber).Bind(1, shard).Bind(2, appKey).Bind(3, subscriberId).ScalarInt64();

    private static List<string> ReadChannels(StoreSession session, int shard, long subscriberKey)
    {
        var channels = new List<string>();
        var row = session.Statement(Channels).Bind(1, shard).Bind(2, subscriberKey);
        while (row.Step())
        {
            channels.Add(row.Text(0));
        }

        channels.Sort(StringComparer.Ordinal);
        return channels;
    }

    private Device ReadDevice(StoreStatement row, int appKey)
    {
        var provider = (ProviderKind)row.Int32(3);
        return new Device
        {
            Registration = new DeviceRegistration
            {
                DeviceId = row.Text(2),
                Provider = provider,
                Token = row.Text(4),
                SubscriberId = row.Text(13),
                Environment = (DeviceEnvironment)row.Int32(5),
                Locale = row.NullableText(6),
                TimeZone = row.NullableText(7),
                AppVersion = row.NullableText(8),
                Tags = row.IsNull(9) ? DeviceRegistration.EmptyTags : TagsJson.Read(row.Bytes(9)),
            },
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(10)),
            LastSeenAt = DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(11)),
            IsQuarantined = row.NullableInt64(12) is { } version && version == apps.CredentialVersion(appKey, provider),
        };
    }
}
