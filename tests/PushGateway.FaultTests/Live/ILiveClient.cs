namespace PushGateway.FaultTests.Live;

/// <summary>A client of one transport, which may follow several channels at the same time.</summary>
internal interface ILiveClient : IAsyncDisposable
{
    /// <summary>Follows a channel from a place on until the stream ends, in whatever way.</summary>
    /// <param name="node">The gateway to go to.</param>
    /// <param name="since">The last message that is there; <see langword="null"/> to begin with the next.</param>
    IAsyncEnumerable<LiveStreamItem> FollowAsync(int node, string channel, long? since, CancellationToken cancellationToken);
}
