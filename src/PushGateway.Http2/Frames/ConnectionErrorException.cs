namespace PushGateway.Http2.Frames;

/// <summary>The peer broke the protocol so that the whole connection has to end: RFC 9113, section 5.4.1.</summary>
internal sealed class ConnectionErrorException(ErrorCode code, string message) : Exception(message)
{
    /// <summary>What the peer is told in the closing GOAWAY.</summary>
    public ErrorCode Code => code;
}
