using PushGateway.Core.Devices;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Removals;

/// <summary>A removal's row.</summary>
internal sealed record StoredRemoval
{
    public const string Columns =
        "SELECT r.RemovalKey, r.State, r.Provider, r.AtMs, r.DeviceId, r.Reason, r.Shard, r.SubscriberKey, r.DeviceKey, r.LastSeenMs, " +
        "r.CredentialVersion, r.Token, r.Environment, r.Locale, r.Tags, r.TimeZone, r.AppVersion, r.DeviceCreatedAtMs, s.SubscriberId, e.EventId " +
        "FROM Removals r CROSS JOIN Subscribers s ON s.SubscriberKey = r.SubscriberKey LEFT JOIN Events e ON e.EventKey = r.EventKey ";

    public required long Key { get; init; }

    public required RemovalState State { get; init; }

    public required string Reason { get; init; }

    public required long AtMs { get; init; }

    public required int CredentialVersion { get; init; }

    public required string SubscriberId { get; init; }

    public string? EventId { get; init; }

    /// <summary>Somebody asked for the device to be deleted since.</summary>
    public required bool IsForgotten { get; init; }

    /// <summary>The device as it was.</summary>
    public required StoredDevice Device { get; init; }

    public static StoredRemoval Read(StoreStatement row) => new()
    {
        Key = row.Int64(0),
        State = (RemovalState)row.Int32(1),
        AtMs = row.Int64(3),
        Reason = row.Text(5),
        CredentialVersion = row.Int32(10),
        IsForgotten = row.IsNull(11),
        SubscriberId = row.Text(18),
        EventId = row.NullableText(19),
        Device = new StoredDevice(
            row.Int32(6), row.Int64(7), row.Int64(8), row.Text(4), (ProviderKind)row.Int32(2), row.Text(11), (DeviceEnvironment)row.Int32(12),
            row.Int64(9), IsMarked: false, row.NullableText(13), row.IsNull(14) ? null : row.Bytes(14).ToArray(), row.NullableText(15),
            row.NullableText(16), row.Int64(17)),
    };

    public Removal ToRemoval() => new()
    {
        Id = Key,
        DeviceId = Device.DeviceId,
        SubscriberId = SubscriberId,
        Provider = Device.Provider,
        MaskedToken = IsForgotten ? null : DeviceToken.Mask(Device.Token),
        State = State,
        Reason = Reason,
        At = DateTimeOffset.FromUnixTimeMilliseconds(AtMs),
        EventId = EventId,
    };
}
