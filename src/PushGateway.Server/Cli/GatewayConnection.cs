using PushGateway.Client;

namespace PushGateway.Server.Cli;

/// <summary>A client command's way to a running gateway.</summary>
internal sealed class GatewayConnection : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="timeout">For one request, its upload included; <see cref="Timeout.InfiniteTimeSpan"/> for streams.</param>
    public GatewayConnection(Uri url, string apiKey, TimeSpan timeout)
    {
        // A path without a closing slash would lose its last segment when the API's paths are put behind it.
        var address = url.AbsoluteUri.EndsWith('/') ? url : new Uri(url.AbsoluteUri + '/');
        _http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), UseProxy = !url.IsLoopback })
        {
            BaseAddress = address,
            Timeout = timeout,
        };
        Client = new PushGatewayClient(_http, apiKey);
    }

    public PushGatewayClient Client { get; }

    public void Dispose() => _http.Dispose();
}
