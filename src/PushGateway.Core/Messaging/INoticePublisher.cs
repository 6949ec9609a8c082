namespace PushGateway.Core.Messaging;

/// <summary>Gives notices to the exchange of a broker.</summary>
public interface INoticePublisher
{
    /// <summary>Whether there is a broker to give them to.</summary>
    bool IsConfigured { get; }

    /// <summary>Publishes them and waits until the broker has confirmed each: it has stored them, and a queue has them.</summary>
    Task<PublishedNotices> PublishAsync(string exchange, IReadOnlyList<BrokerNotice> notices, CancellationToken cancellationToken);
}

/// <summary>What became of notices that were to be published.</summary>
/// <param name="Confirmed">Places, in the list that was given, of those that a queue has.</param>
/// <param name="Error"><see langword="null"/> when that is all of them; or what was wrong, in words, and then others may have been published nevertheless.</param>
public sealed record PublishedNotices(IReadOnlyList<int> Confirmed, string? Error);

/// <param name="Id">The same whenever it is published: a receiver knows a repetition by it.</param>
/// <param name="Type">The contract's word for its kind.</param>
/// <param name="RoutingKey">Its kind and its app.</param>
/// <param name="Body">JSON, UTF-8.</param>
public sealed record BrokerNotice(string Id, string Type, string RoutingKey, DateTimeOffset At, ReadOnlyMemory<byte> Body);
