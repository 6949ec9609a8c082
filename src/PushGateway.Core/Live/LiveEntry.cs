namespace PushGateway.Core.Live;

/// <summary>A live message in its place in the history of its channel.</summary>
/// <param name="Sequence">
/// Within the channel one more than that of the message before, also when that one is gone from the history. The first of a channel begins with the time in Unix
/// milliseconds, so that the history of an app that was deleted and made anew never continues where an older one ended.
/// </param>
/// <param name="Json">As <see cref="LiveMessageJson"/> writes it.</param>
public sealed record LiveEntry(long Sequence, ReadOnlyMemory<byte> Json)
{
    /// <summary>It is known that the channel had no message before it.</summary>
    public bool IsFirst { get; init; }
}

/// <summary>Consecutive messages of a channel's history.</summary>
/// <param name="Start">The sequence behind which the history has everything: that of the newest message that is gone, or one less than that of the first; 0 when there was none.</param>
/// <param name="Newest">Sequence of the newest there has been; 0 when there was none.</param>
public sealed record LivePage(IReadOnlyList<LiveEntry> Entries, long Start, long Newest)
{
    /// <summary>No message of the channel is gone: whoever has none, because there was none, has missed nothing.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Whether nothing between this cursor and the newest message is missing from the history. No cursor of another life of the channel is reached, such as that of an app that was deleted.</summary>
    public bool Reaches(long cursor) => cursor <= Newest && Follows(cursor);

    /// <summary>Whether the messages that are there go on from this cursor.</summary>
    public bool Follows(long cursor) => cursor >= Start || (cursor == 0 && IsWhole);
}
