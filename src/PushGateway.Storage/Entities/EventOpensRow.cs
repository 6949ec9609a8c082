namespace PushGateway.Storage.Entities;

/// <summary>How many devices an event was opened on. Not in the event's own row, which is large and changes while it is sent.</summary>
internal sealed class EventOpensRow
{
    public long EventKey { get; set; }

    public long Opened { get; set; }
}
