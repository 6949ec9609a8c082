using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace PushGateway.Benchmarks.Sink;

/// <summary>A token endpoint that gives a token to anybody: what FCM's provider asks once before it sends.</summary>
internal sealed class SinkTokenEndpoint : IAsyncDisposable
{
    private readonly WebApplication _application;

    private SinkTokenEndpoint(WebApplication application, Uri uri) => (_application, Uri) = (application, uri);

    public Uri Uri { get; }

    public static async Task<SinkTokenEndpoint> StartAsync(X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var application = builder.Build();
        application.MapPost("/token", static context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(
                """{"access_token":"ya29.benchmark-0123456789abcdefghijklmnopqrstuvwxyz","expires_in":3599,"token_type":"Bearer"}""", context.RequestAborted);
        });
        await application.StartAsync(cancellationToken);
        return new SinkTokenEndpoint(application, new Uri(new Uri(application.Urls.Single()), "token"));
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
