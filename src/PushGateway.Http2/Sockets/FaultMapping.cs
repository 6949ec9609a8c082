using System.Security.Authentication;

namespace PushGateway.Http2.Sockets;

/// <summary>What an exception of the platform's client says about whether the request was processed.</summary>
internal static class FaultMapping
{
    // RFC 9113, section 7: the stream was refused before any application processing.
    private const long RefusedStream = 0x7;

    /// <param name="exception">As thrown by sending or reading.</param>
    /// <param name="hasTimedOut">Whether the time-out of the whole request fired.</param>
    /// <returns><see langword="null"/> for an exception that is no fault of the network.</returns>
    public static PostFault? Of(Exception exception, bool hasTimedOut) => exception switch
    {
        OperationCanceledException when hasTimedOut => PostFault.Timeout,

        // The only other canceller is the handler's own connect time-out.
        OperationCanceledException => PostFault.Unreachable,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.VersionNegotiationError } =>
            PostFault.Unreachable,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => PostFault.Untrusted,
        HttpRequestException { InnerException: AuthenticationException } => PostFault.Untrusted,
        HttpRequestException or IOException => IsRefused(exception) ? PostFault.Refused : PostFault.ConnectionLost,
        _ => null,
    };

    /// <summary>The innermost words, which name the cause: the outer ones say only that sending failed.</summary>
    public static string Describe(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message;
    }

    private static bool IsRefused(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is HttpProtocolException { ErrorCode: RefusedStream })
            {
                return true;
            }
        }

        return false;
    }
}
