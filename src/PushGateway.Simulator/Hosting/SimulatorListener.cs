using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PushGateway.Simulator.Hosting;

/// <summary>One Kestrel server with one endpoint. Kestrel's stream limit belongs to a server, so each simulated service has its own.</summary>
internal sealed class SimulatorListener : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConnectionRegistry _connections;

    private SimulatorListener(WebApplication application, ConnectionRegistry connections, Uri endpoint)
    {
        _application = application;
        _connections = connections;
        Endpoint = endpoint;
    }

    public Uri Endpoint { get; }

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<SimulatorListener> StartAsync(ListenerOptions options, ConnectionRegistry connections, RequestDelegate handler, CancellationToken cancellationToken)
    {
        // The empty builder reads no configuration, no environment and adds no logging: nothing of the host the simulator runs in leaks into it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Kestrel would close a connection that is idle for 130 seconds; Apple and Google keep theirs far longer. Not infinite: with
            // that Kestrel closes idle connections within seconds.
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromDays(1);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = options.MaxStreams;
            kestrel.Listen(options.Address, options.Port, listen =>
            {
                listen.Protocols = options.Protocols;
                if (options.Certificate is { } certificate)
                {
                    listen.UseHttps(https =>
                    {
                        https.ServerCertificate = certificate;
                        https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                        https.ClientCertificateMode = options.AsksForClientCertificate ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.NoCertificate;
                        https.AllowAnyClientCertificate();
                    });
                }

                if (options.Protocols == HttpProtocols.Http2)
                {
                    listen.Use(AssumedHttp2.Use);
                }

                listen.Use(connections.Track);
            });
        });
        var application = builder.Build();
        application.Run(handler);
        await application.StartAsync(cancellationToken);
        return new SimulatorListener(application, connections, EndpointOf(application, options));
    }

    public async ValueTask DisposeAsync()
    {
        _connections.CloseAll(gracefully: false);
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private static Uri EndpointOf(WebApplication application, ListenerOptions options)
    {
        var bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var scheme = options.Certificate is null ? "http" : "https";
        var isWildcard = options.Address.Equals(IPAddress.Any) || options.Address.Equals(IPAddress.IPv6Any);
        // The address rather than "localhost": that resolves to ::1 first on many machines, where nobody listens when the address is 127.0.0.1.
        var host = isWildcard ? "localhost" : options.Address.ToString();
        return new UriBuilder(scheme, host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host, new Uri(bound).Port).Uri;
    }
}
