namespace PushGateway.Storage.Entities;

/// <summary>What the answers of one page say about devices, recorded with the page and not yet done to them.</summary>
internal sealed class WaitingFeedbackRow
{
    public long FeedbackKey { get; set; }

    public int AppKey { get; set; }

    public long EventKey { get; set; }

    public int Shard { get; set; }

    public long RecordedAtMs { get; set; }

    /// <summary>In the form of <c>FeedbackJson</c>.</summary>
    public required byte[] Items { get; set; }
}
