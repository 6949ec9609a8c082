using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Removals;

/// <summary>Undoes removals, and applies held ones, within one operation. Call <see cref="Finish"/> last.</summary>
internal sealed class RemovalChanging(WriteSession session, int appKey)
{
    private const string SetState = "UPDATE Removals SET State = ?3, AtMs = ?4 WHERE AppKey = ?1 AND RemovalKey = ?2";

    // The time of the last registration moves on, so that an answer under way about the device as it was changes nothing.
    private const string Lift =
        "UPDATE Devices SET QuarantinedVersion = NULL, LastSeenMs = LastSeenMs + 1 " +
        "WHERE Shard = ?1 AND AppKey = ?2 AND SubscriberKey = ?3 AND DeviceKey = ?4 AND LastSeenMs = ?5";

    private const string HasLaterRemoval =
        "SELECT 1 FROM Removals WHERE AppKey = ?1 AND DeviceId = ?2 AND RemovalKey > ?3 AND State = 0 LIMIT 1";

    private const string HasLaterDevice = "SELECT 1 FROM RemovedDevices WHERE AppKey = ?1 AND DeviceId = ?2 AND DeviceKey > ?3 LIMIT 1";

    private readonly DeviceWriter _devices = new(session, appKey);

    /// <summary>Devices removed so far.</summary>
    public List<(string DeviceId, ProviderKind Provider, string Reason)> Removed { get; } = [];

    public RemovalChange Undo(StoredRemoval removal)
    {
        if (removal.State == RemovalState.Undone)
        {
            return RemovalChange.DoneBefore;
        }

        var change = removal.State switch
        {
            _ when removal.IsForgotten => RemovalChange.DeviceDeleted,
            RemovalState.Removed => Restore(removal),
            RemovalState.Quarantined or RemovalState.Held => LiftQuarantine(removal),
            _ => RemovalChange.RegisteredAnew,
        };
        if (change == RemovalChange.Done)
        {
            Mark(removal, RemovalState.Undone, removal.AtMs);
        }

        return change;
    }

    /// <summary>Decides about a held removal for good.</summary>
    /// <param name="apply">Removes the device; otherwise it is back in audiences.</param>
    /// <param name="credentialVersion">The app's at present: an answer given to another says nothing about this one.</param>
    public RemovalChange Decide(StoredRemoval removal, bool apply, int credentialVersion)
    {
        var change = removal.IsForgotten ? RemovalChange.DeviceDeleted
            : !apply ? LiftQuarantine(removal)
            : removal.CredentialVersion != credentialVersion ? RemovalChange.CredentialChanged
            : Apply(removal);
        if (change != RemovalChange.Done)
        {
            Mark(removal, RemovalState.Overtaken, removal.AtMs);
        }
        else if (apply)
        {
            // Removed only now: it can be undone for as long as any other.
            Mark(removal, RemovalState.Removed, session.NowMs);
        }
        else
        {
            Mark(removal, RemovalState.Undone, removal.AtMs);
        }

        return change;
    }

    public void Finish() => _devices.Finish();

    private RemovalChange Restore(StoredRemoval removal)
    {
        var device = removal.Device;
        if (StoredDevice.FindById(session, appKey, device.DeviceId) is not null || Finds(HasLaterRemoval, removal.Key) || Finds(HasLaterDevice, device.DeviceKey))
        {
            return RemovalChange.RegisteredAnew;
        }

        return _devices.TryRestore(device) ? RemovalChange.Done : RemovalChange.TokenMoved;

        bool Finds(string sql, long after) => session.Statement(sql).Bind(1, appKey).Bind(2, device.DeviceId).Bind(3, after).ScalarInt64() is not null;
    }

    private RemovalChange LiftQuarantine(StoredRemoval removal)
    {
        var device = removal.Device;
        var lifted = session.Statement(Lift)
            .Bind(1, device.Shard).Bind(2, appKey).Bind(3, device.SubscriberKey).Bind(4, device.DeviceKey).Bind(5, device.LastSeenMs)
            .Execute();
        return lifted > 0 ? RemovalChange.Done : RemovalChange.RegisteredAnew;
    }

    private RemovalChange Apply(StoredRemoval removal)
    {
        var was = removal.Device;
        if (StoredDevice.FindByKey(session, was.Shard, appKey, was.SubscriberKey, was.DeviceKey) is not { } device || device.LastSeenMs != was.LastSeenMs)
        {
            return RemovalChange.RegisteredAnew;
        }

        _devices.Remove(device, removal.Reason);
        Removed.Add((device.DeviceId, device.Provider, removal.Reason));
        return RemovalChange.Done;
    }

    private void Mark(StoredRemoval removal, RemovalState state, long atMs) =>
        session.Statement(SetState).Bind(1, appKey).Bind(2, removal.Key).Bind(3, (int)state).Bind(4, atMs).Execute();
}
