using PushGateway.Core.FanOut;
using PushGateway.Core.Removals;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;
using PushGateway.Storage.FanOut;

namespace PushGateway.Storage.Removals;

/// <summary>Keeps what feedback did to a device, and the device with it, so that it can be undone.</summary>
internal static class RemovalRecording
{
    private const string Add =
        "INSERT INTO Removals (AppKey, RemovalKey, State, Provider, AtMs, EventKey, DeviceId, Reason, Shard, SubscriberKey, DeviceKey, " +
        "LastSeenMs, CredentialVersion, Token, Environment, Locale, Tags, TimeZone, AppVersion, DeviceCreatedAtMs) " +
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";

    // The record of what happened stays; what belongs to the person goes.
    private const string ForgetDevice =
        "UPDATE Removals SET Token = NULL, Locale = NULL, Tags = NULL, TimeZone = NULL, AppVersion = NULL WHERE AppKey = ?1 AND DeviceId = ?2";

    private const string ForgetOwnDevice = ForgetDevice + " AND SubscriberKey = ?3";

    public static void Record(WriteSession session, PageFeedback page, StoredDevice device, in TokenFeedback feedback, RemovalState state) =>
        session.Statement(Add)
            .Bind(1, page.AppKey).Bind(2, session.NextKey(KeySequence.Removal)).Bind(3, (int)state).Bind(4, (int)device.Provider)
            .Bind(5, page.RecordedAtMs).Bind(6, page.EventKey).Bind(7, device.DeviceId).Bind(8, feedback.Reason)
            .Bind(9, device.Shard).Bind(10, device.SubscriberKey).Bind(11, device.DeviceKey).Bind(12, device.LastSeenMs)
            .Bind(13, feedback.CredentialVersion).Bind(14, device.Token).Bind(15, (int)device.Environment).Bind(16, device.Locale)
            .BindText(17, device.Tags).Bind(18, device.TimeZone).Bind(19, device.AppVersion).Bind(20, device.CreatedAtMs)
            .Execute();

    /// <summary>Somebody asked for the device to be deleted: nothing can bring it back any more.</summary>
    public static void Forget(WriteSession session, int appKey, string deviceId) =>
        session.Statement(ForgetDevice).Bind(1, appKey).Bind(2, deviceId).Execute();

    /// <summary>The same for what was recorded while one subscriber had it.</summary>
    public static void Forget(WriteSession session, int appKey, string deviceId, long subscriberKey) =>
        session.Statement(ForgetOwnDevice).Bind(1, appKey).Bind(2, deviceId).Bind(3, subscriberKey).Execute();
}
