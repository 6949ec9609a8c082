using PushGateway.Core.Events;

namespace PushGateway.Storage.Entities;

/// <summary>An event. The content comes last: lists of states do not read it.</summary>
internal sealed class EventRow
{
    public long EventKey { get; set; }

    public required string EventId { get; set; }

    public int AppKey { get; set; }

    public EventState State { get; set; }

    public EventControl Control { get; set; }

    public long CreatedAtMs { get; set; }

    public long StartsAtMs { get; set; }

    public long EstimatedAudience { get; set; }

    public long? StartedAtMs { get; set; }

    public long? FirstAcceptedAtMs { get; set; }

    public long? Accepted50AtMs { get; set; }

    public long? Accepted90AtMs { get; set; }

    public long? Accepted99AtMs { get; set; }

    public long? CompletedAtMs { get; set; }

    public required byte[] Content { get; set; }
}
