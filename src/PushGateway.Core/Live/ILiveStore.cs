namespace PushGateway.Core.Live;

/// <summary>The history of what went live, by channel: an ordered sequence, bounded by number and age. Changes return once durable.</summary>
/// <remarks>Events are put into it by the store itself, in the commit that publishes or starts them.</remarks>
public interface ILiveStore
{
    /// <summary>Whether other gateways append, too. Where none does, <see cref="Appended"/> tells of every message, and before the call that appended it returns.</summary>
    bool IsShared { get; }

    /// <summary>
    /// A message is durable. Raised on the store's writer, for a channel in the order of its sequence; handlers must be quick. The key is the app's. What other gateways
    /// of the store have appended comes a moment later, only for channels that are <see cref="Followed"/>, perhaps after messages that come behind it, and perhaps
    /// again: what counts is the sequence.
    /// </summary>
    event Action<int, string, LiveEntry>? Appended;

    /// <summary>Which channels somebody follows here, by the app's key: of the others nothing that other gateways append is read.</summary>
    Func<int, string, bool>? Followed { get; set; }

    /// <summary>What other gateways have appended may have gone unheard: how far each channel goes is to be read. Handlers must be quick.</summary>
    event Action? Missed;

    /// <summary>Puts a message of a client behind the newest of its channel.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    Task<LiveEntry> AppendAsync(int appKey, LiveMessage message, CancellationToken cancellationToken);

    /// <summary>The messages behind a cursor, oldest first.</summary>
    /// <param name="after">Only those with a greater sequence; <see cref="long.MaxValue"/> for none, only how far the history reaches.</param>
    /// <param name="limit">At most this many, 1 or more.</param>
    ValueTask<LivePage> ReadAsync(int appKey, string channel, long after, int limit, CancellationToken cancellationToken);
}
