namespace PushGateway.FaultTests.Live;

/// <summary>The gateway has ended a stream and said why.</summary>
internal sealed class LiveStreamEnded(string reason) : Exception($"The gateway has ended the stream: {reason}.")
{
    /// <summary>Whether a client is to come back in a moment.</summary>
    public bool IsForNow => reason is "stopping" or "unavailable";
}
