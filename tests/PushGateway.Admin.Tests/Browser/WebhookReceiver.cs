using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>A server that webhooks are sent to; it answers as it is told.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    /// <summary>One failure parks a webhook, and nothing is waited for.</summary>
    public static readonly IReadOnlyList<KeyValuePair<string, string?>> Impatience =
        [new("PushGateway:Webhooks:Retries", "0"), new("PushGateway:Webhooks:AllowHttp", "true"), new("PushGateway:Webhooks:BatchDelay", "00:00:00")];

    private readonly WebApplication _application;

    private WebhookReceiver(WebApplication application) => _application = application;

    public int Answer { get; set; } = StatusCodes.Status200OK;

    public ConcurrentQueue<string> Paths { get; } = new();

    public string Url => $"{_application.Urls.Single()}/hook";

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Logging.ClearProviders();
        var receiver = new WebhookReceiver(builder.Build());
        receiver._application.MapPost("/{**path}", (HttpContext context) =>
        {
            receiver.Paths.Enqueue(context.Request.Path);
            return Results.StatusCode(receiver.Answer);
        });
        await receiver._application.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
