using PushGateway.Core.Events;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Events;

/// <summary>What a wish does to an event. A wish that has been granted already may be repeated; nothing is undone by it.</summary>
internal static class EventControlling
{
    /// <returns>Whether the event's state allows it; nothing is changed when not.</returns>
    public static bool TryApply(EventRow row, EventControl control, DateTimeOffset now)
    {
        // A cancel cannot be taken back: the fan-out may have begun to act on it.
        if (row.State.IsFinal() || (row.Control == EventControl.Cancel && control != EventControl.Cancel))
        {
            return false;
        }

        row.Control = control;
        row.State = control switch
        {
            EventControl.Pause => EventState.Paused,
            EventControl.Run when row.State == EventState.Paused =>
                row.StartsAtMs > now.ToUnixTimeMilliseconds() ? EventState.Scheduled : EventState.Dispatching,
            _ => row.State,
        };
        return true;
    }
}
