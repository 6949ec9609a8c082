namespace PushGateway.Live.Transports;

/// <summary>Where a stream writes to: one client's connection. Each call completes when the transport has taken what it was given.</summary>
public interface ILiveSink
{
    LiveTransport Transport { get; }

    /// <summary>Tells where the stream stands: at the beginning, and when messages were missed.</summary>
    /// <param name="isRecovered">Nothing is missing between what the client had and what comes next.</param>
    ValueTask WriteStateAsync(bool isRecovered, long cursor, CancellationToken cancellationToken);

    ValueTask WriteAsync(IReadOnlyList<LiveFrame> frames, CancellationToken cancellationToken);

    ValueTask KeepAliveAsync(CancellationToken cancellationToken);

    /// <summary>Tells why nothing more comes.</summary>
    ValueTask EndAsync(string reason, CancellationToken cancellationToken);

    /// <summary>Ends the connection without another word: the client does not take what it is sent.</summary>
    void Abort();
}
