using Polly.CircuitBreaker;

namespace PushGateway.Http2.Pooling;

/// <summary>No connection could be made; nothing was sent.</summary>
internal sealed class DialException(PostFault fault, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary><see cref="PostFault.Unreachable"/> or <see cref="PostFault.Untrusted"/>.</summary>
    public PostFault Fault => fault;

    /// <summary>The server is being left alone after earlier failures, which have been told.</summary>
    public bool WasNotTried => InnerException is BrokenCircuitException;
}
