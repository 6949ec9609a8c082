namespace PushGateway.Simulator;

/// <summary>
/// What a <see cref="FaultRule"/> does: wait for <see cref="DelayMilliseconds"/>, then the first that is set of
/// <see cref="NeverAnswer"/>, <see cref="ResetCode"/>, <see cref="AbortConnection"/>, <see cref="Answer"/>, <see cref="Status"/>.
/// With none of them the request is answered as if there were no rule, only later.
/// </summary>
public sealed record FaultAction
{
    /// <summary>Name of an answer: a reason of <see cref="ApnsAnswers"/>, a name of <see cref="FcmAnswers"/> or of <see cref="OAuthAnswers"/>, according to the provider asked.</summary>
    public string? Answer { get; init; }

    /// <summary>Status of a made-up answer, 200 to 599, when no named one fits (an unknown reason, an empty error body).</summary>
    public int? Status { get; init; }

    /// <summary>Body of the answer made up with <see cref="Status"/>; null is no body.</summary>
    public string? Body { get; init; }

    /// <summary>Content type of <see cref="Body"/>. Default <c>application/json</c>.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>For an APNs 410: its timestamp is the present plus this, in milliseconds; negative is the past. Default 0.</summary>
    public long TimestampOffsetMilliseconds { get; init; }

    /// <summary>Add <c>Retry-After</c> with this many seconds.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Write <see cref="RetryAfterSeconds"/> as an HTTP date, which has whole seconds only.</summary>
    public bool RetryAfterAsDate { get; init; }

    /// <summary>Wait this long before doing anything else, in milliseconds.</summary>
    public int DelayMilliseconds { get; init; }

    /// <summary>Leave the request without an answer until the client gives up or the simulator stops.</summary>
    public bool NeverAnswer { get; init; }

    /// <summary>Reset the stream with this HTTP/2 error code, for example 7 (REFUSED_STREAM), 2 (INTERNAL_ERROR) or 8 (CANCEL). Over HTTP/1.1 the connection is aborted.</summary>
    public int? ResetCode { get; init; }

    /// <summary>Abort the TCP connection under all of its streams, without GOAWAY.</summary>
    public bool AbortConnection { get; init; }

    /// <summary>Also begin closing the connection gracefully: GOAWAY, then the streams in progress are finished.</summary>
    public bool CloseConnection { get; init; }

    /// <summary>Count the push as accepted although the client will not hear of it: with <see cref="NeverAnswer"/>, <see cref="ResetCode"/> or <see cref="AbortConnection"/> the "outcome unknown" case.</summary>
    public bool CountAsAccepted { get; init; }
}
