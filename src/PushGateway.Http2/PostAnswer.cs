namespace PushGateway.Http2;

/// <summary>What came back for one POST: a status, or the fault that kept one from coming.</summary>
/// <remarks>Valid only while <see cref="PostBatch.OnAnswer"/> runs: the body is the transport's buffer.</remarks>
public readonly ref struct PostAnswer
{
    /// <summary>HTTP status, 200 to 599; 0 when <see cref="Fault"/> says why there is none.</summary>
    public int Status { get; init; }

    public PostFault Fault { get; init; }

    /// <summary>The fault is the connection's, and met every other request that was open on it too. Says nothing about what is sent over another.</summary>
    public bool IsOfConnection { get; init; }

    /// <summary>The first bytes of the body, at most <see cref="PostPoolOptions.MaxBodyBytes"/>.</summary>
    public ReadOnlySpan<byte> Body { get; init; }

    /// <summary>The <c>retry-after</c> header, a date turned into a duration by the pool's clock; never negative.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The <c>date</c> header: the server's clock. Not read from a 200.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>The fault in words for an operator; <see langword="null"/> when there is none.</summary>
    public string? Detail { get; init; }
}
