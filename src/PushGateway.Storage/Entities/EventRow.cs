using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Storage.Entities;

/// <summary>An event. Content and what belongs to its one page come last: lists of states do not read them.</summary>
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

    /// <summary>
    /// The one shard its audience was in when it was published: then the event has no rows of shards and pages. <see langword="null"/>
    /// with an audience in several shards or in none, and once a page was recorded that did not end the event.
    /// </summary>
    public int? SoleShard { get; set; }

    /// <summary>The providers that <see cref="SoleShard"/> is read for.</summary>
    public ProviderSet? SoleProviders { get; set; }

    /// <summary>Attempts made with the one page.</summary>
    public long? SoleAttempts { get; set; }

    /// <summary>The receipts of the one page that ended the event, from which its counts and reasons follow too; <see langword="null"/> before.</summary>
    public byte[]? SoleReceipts { get; set; }
}
