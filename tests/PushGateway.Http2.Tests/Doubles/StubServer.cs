using System.Collections.Concurrent;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>A real TLS and HTTP/2 server on a free port that answers as the test says and remembers what it got.</summary>
public sealed class StubServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<StubRequest> _requests = new();

    private StubServer(WebApplication app) => _app = app;

    public Uri Endpoint { get; private init; } = new("https://127.0.0.1");

    public IReadOnlyList<StubRequest> Requests => [.. _requests];

    public static async Task<StubServer> StartAsync(
        Func<StubRequest, HttpContext, Task> answer, X509Certificate2? certificate = null, HttpProtocols protocols = HttpProtocols.Http2, int maxStreams = 100,
        SslProtocols tlsVersions = SslProtocols.None)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.MaxStreamsPerConnection = maxStreams;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                listen.UseHttps(certificate ?? TestCertificates.Loopback, https => https.SslProtocols = tlsVersions);
            });
        });
        var app = builder.Build();
        StubServer? server = null;
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            var request = new StubRequest(
                context.Request.Path.Value!,
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                Encoding.UTF8.GetString(body.ToArray()),
                context.Connection.Id);
            server!._requests.Enqueue(request);
            await answer(request, context);
        });
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server = new StubServer(app) { Endpoint = new Uri(address) };
        return server;
    }

    /// <summary>Answers every request with the same status and body.</summary>
    public static Task<StubServer> StartAsync(int status, string body) => StartAsync((_, context) => WriteAsync(context, status, body));

    public static async Task WriteAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        if (body.Length > 0)
        {
            await context.Response.WriteAsync(body);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(timeout.Token);
        await _app.DisposeAsync();
    }
}

public sealed record StubRequest(string Path, IReadOnlyDictionary<string, string> Headers, string Body, string ConnectionId)
{
    /// <summary>The device token of a request to APNs.</summary>
    public string ApnsToken => Path["/3/device/".Length..];
}
