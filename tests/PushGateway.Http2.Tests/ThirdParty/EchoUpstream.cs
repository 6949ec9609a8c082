using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PushGateway.Http2.Tests.ThirdParty;

/// <summary>What stands behind a reverse proxy: HTTP/1.1 without TLS, answers with the request's own body and counts by body.</summary>
internal sealed class EchoUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _processed = new();

    private EchoUpstream(WebApplication app) => _app = app;

    public Uri Endpoint { get; private init; } = new("http://127.0.0.1");

    /// <summary>How often each body has come.</summary>
    public IReadOnlyDictionary<string, int> Processed => _processed;

    public static async Task<EchoUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        EchoUpstream? upstream = null;
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            upstream!._processed.AddOrUpdate(body, 1, (_, count) => count + 1);
            await context.Response.WriteAsync(body, context.RequestAborted);
        });
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        upstream = new EchoUpstream(app) { Endpoint = new Uri(address) };
        return upstream;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
