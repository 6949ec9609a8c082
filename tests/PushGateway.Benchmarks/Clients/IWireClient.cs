namespace PushGateway.Benchmarks.Clients;

/// <summary>A way to send <see cref="WireTraffic"/>.</summary>
internal interface IWireClient : IAsyncDisposable
{
    /// <summary>Sends as many requests and waits for all answers.</summary>
    /// <returns>Requests that were not answered with 200.</returns>
    Task<long> SendAsync(long requests, CancellationToken cancellationToken);
}
