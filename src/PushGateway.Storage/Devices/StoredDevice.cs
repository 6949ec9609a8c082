using PushGateway.Core.Devices;
using PushGateway.Core.Providers;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Devices;

/// <summary>A device's row as the writer reads it before changing it.</summary>
internal sealed record StoredDevice(
    int Shard, long SubscriberKey, long DeviceKey, string DeviceId, ProviderKind Provider, string Token, DeviceEnvironment Environment,
    long LastSeenMs, bool IsMarked, string? Locale, byte[]? Tags, string? TimeZone, string? AppVersion, long CreatedAtMs)
{
    private const string Columns =
        "SELECT Shard, SubscriberKey, DeviceKey, DeviceId, Provider, Token, Environment, LastSeenMs, QuarantinedVersion, Locale, Tags, " +
        "TimeZone, AppVersion, CreatedAtMs FROM Devices ";

    private const string ById = Columns + "WHERE AppKey = ?1 AND DeviceId = ?2";
    private const string ByToken = Columns + "WHERE AppKey = ?1 AND Provider = ?2 AND TokenHash = ?3";
    private const string ByKey = Columns + "WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3 AND DeviceKey = ?4";

    public static StoredDevice? FindById(StoreSession session, int appKey, string deviceId) =>
        Read(session.Statement(ById).Bind(1, appKey).Bind(2, deviceId));

    public static StoredDevice? FindByToken(StoreSession session, int appKey, ProviderKind provider, ReadOnlySpan<byte> tokenHash) =>
        Read(session.Statement(ByToken).Bind(1, appKey).Bind(2, (int)provider).BindBlob(3, tokenHash));

    public static StoredDevice? FindByKey(StoreSession session, int shard, int appKey, long subscriberKey, long deviceKey) =>
        Read(session.Statement(ByKey).Bind(1, shard).Bind(2, appKey).Bind(3, subscriberKey).Bind(4, deviceKey));

    /// <summary>Whether the registration says what is stored already.</summary>
    public bool Says(DeviceRegistration registration, ReadOnlySpan<byte> tags) =>
        Provider == registration.Provider && Token == registration.Token && Environment == registration.Environment &&
        Locale == registration.Locale && TimeZone == registration.TimeZone && AppVersion == registration.AppVersion &&
        tags.SequenceEqual(Tags);

    private static StoredDevice? Read(StoreStatement row)
    {
        if (!row.Step())
        {
            row.Reset();
            return null;
        }

        var device = new StoredDevice(
            row.Int32(0), row.Int64(1), row.Int64(2), row.Text(3), (ProviderKind)row.Int32(4), row.Text(5), (DeviceEnvironment)row.Int32(6),
            row.Int64(7), !row.IsNull(8), row.NullableText(9), row.IsNull(10) ? null : row.Bytes(10).ToArray(), row.NullableText(11),
            row.NullableText(12), row.Int64(13));
        row.Reset();
        return device;
    }
}
