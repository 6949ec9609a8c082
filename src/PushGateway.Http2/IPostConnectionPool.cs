namespace PushGateway.Http2;

/// <summary>HTTP/2 connections to one endpoint. Safe for concurrent use: batches in flight take turns request by request.</summary>
public interface IPostConnectionPool : IAsyncDisposable
{
    /// <summary>Sends the batch. Completes when every request that was begun has been answered; faults are answers too.</summary>
    /// <param name="stop">When it fires, requests not yet begun stay unsent and get no answer; those under way are awaited. The task completes normally.</param>
    /// <exception cref="ObjectDisposedException">The pool is closed.</exception>
    Task SendAsync(PostBatch batch, CancellationToken stop);

    /// <summary>Sends requests begun from now on over new connections; the old ones are closed once their requests are answered.</summary>
    void Reconnect();
}

/// <summary>Makes pools; what to replace to send over another HTTP/2 implementation.</summary>
public interface IPostPoolFactory
{
    /// <exception cref="ArgumentException">An option is out of range, or the endpoint is not <c>https://host:port</c>.</exception>
    IPostConnectionPool Create(PostPoolOptions options);
}
