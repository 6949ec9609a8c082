using PushGateway.Client.Events;

namespace PushGateway.FaultTests.Runs;

/// <summary>An event the gateway has answered for, as its publisher remembers it.</summary>
internal sealed record PublishedRecord(Audience Audience, EventRequest Request, string Key, string Id)
{
    public bool IsCancelAsked { get; set; }

    /// <summary>The counts the cancel was answered with, which are final; <see langword="null"/> when it was not.</summary>
    public EventCounts? CancelledAs { get; set; }
}
