namespace PushGateway.Http2;

/// <summary>Why a POST has no answer.</summary>
public enum PostFault : byte
{
    None = 0,

    /// <summary>Not sent: no connection (name not found, refused, unreachable, connect time-out, no HTTP/2 spoken).</summary>
    Unreachable,

    /// <summary>Not sent: the TLS handshake failed, mostly because the server's certificate is not trusted or not for this host.</summary>
    Untrusted,

    /// <summary>Not processed: the server said so (REFUSED_STREAM, or above the last stream of a GOAWAY). Safe to send again.</summary>
    Refused,

    /// <summary>Unknown: the connection died, or the stream was reset, after the request may have left.</summary>
    ConnectionLost,

    /// <summary>Unknown: no complete answer in time.</summary>
    Timeout,
}

public static class PostFaults
{
    /// <summary>Whether the server is known not to have processed the request.</summary>
    public static bool WasNotSent(this PostFault fault) => fault is PostFault.Unreachable or PostFault.Untrusted or PostFault.Refused;
}
