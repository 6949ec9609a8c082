using PushGateway.Http2.Connections;

namespace PushGateway.Http2.Pooling;

/// <summary>Where a connection gets its requests from, and tells what becomes of itself. Safe for concurrent use.</summary>
internal interface IRequestSource
{
    /// <summary>Whether requests are waiting for a connection. May be out of date by the time it is looked at.</summary>
    bool HasWaiting { get; }

    /// <summary>Takes requests to be begun at once.</summary>
    /// <param name="connection">Is woken later when it gets none now.</param>
    /// <param name="max">As many as it can open streams for, 1 or more.</param>
    /// <param name="now">Timestamp of the pool's clock.</param>
    bool TryClaim(Http2Connection connection, int max, long now, out Claim claim);

    /// <summary>The requests of a claim, or what is left of it, are not begun, and the batch has no others to begin.</summary>
    void Abandon(Claim claim);

    /// <summary>A request begun is known not to have been processed.</summary>
    void Return(BatchTicket ticket, int index, string detail);

    /// <summary>The connection exists; it takes requests once the server has sent its SETTINGS.</summary>
    void OnStarting(Http2Connection connection);

    /// <summary>How the connection fares, several times a second.</summary>
    /// <param name="stalled">Share of the time in which only more streams would have helped, 0 to 1.</param>
    void OnTick(Http2Connection connection, double stalled, long now);

    /// <summary>The connection should be replaced soon: it runs out of stream ids, or has come of age.</summary>
    void OnAged(Http2Connection connection, long now);

    /// <summary>The connection takes no further request, and closes once those under way are answered.</summary>
    void OnLeaving(Http2Connection connection);

    /// <summary>The connection is closed, and every request on it has its outcome.</summary>
    void OnClosed(Http2Connection connection);
}

/// <summary>Consecutive requests of one batch, taken by one connection.</summary>
/// <param name="WasRefused">It is one request that was begun before, and refused: it has to have an answer even when it is not begun again.</param>
internal readonly record struct Claim(BatchTicket Ticket, int First, int Count, bool WasRefused = false)
{
    /// <summary>The claim without its first so many requests.</summary>
    public Claim From(int number) => this with { First = First + number, Count = Count - number };
}
