using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PushGateway.Server.Tests.Webhooks;

/// <summary>A receiver of webhooks: a real server that keeps what it got, and answers as the test says.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<ReceivedRequest> _received = new();
    private WebApplication? _application;

    private WebhookReceiver(int port) => Port = port;

    public int Port { get; private set; }

    public string Url => $"http://127.0.0.1:{Port}/hook?from=gateway";

    /// <summary>What to answer to a request, the first being 1; the answer is sent when the task completes.</summary>
    public Func<int, HttpContext, Task<int>> Answer { get; set; } = (_, _) => Task.FromResult(204);

    public IReadOnlyList<ReceivedRequest> Received => [.. _received];

    /// <summary>Notices of requests that were taken, in the order of their arrival, repetitions left out.</summary>
    public IReadOnlyList<JsonElement> Notices =>
        [.. Received.Where(request => request.Status is >= 200 and < 300).SelectMany(request => request.Notices).DistinctBy(notice => notice.GetProperty("id").GetString())];

    /// <param name="port">0 for a free one.</param>
    public static async Task<WebhookReceiver> StartAsync(int port = 0)
    {
        var receiver = new WebhookReceiver(port);
        await receiver.StartAgainAsync();
        return receiver;
    }

    public async Task StartAgainAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Port));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(50));
        _application = builder.Build();
        _application.Run(ReceiveAsync);
        await _application.StartAsync(TestContext.Current.CancellationToken);
        Port = new Uri(_application.Urls.Single()).Port;
    }

    /// <summary>Nobody listens any more.</summary>
    public async Task StopAsync()
    {
        if (_application is not null)
        {
            await _application.StopAsync(CancellationToken.None);
            await _application.DisposeAsync();
            _application = null;
        }
    }

    public async Task WhenAsync(Func<WebhookReceiver, bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition(this))
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < s_deadline, $"It has not come to be; {Received.Count} requests, {Notices.Count} notices.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var request = new ReceivedRequest(
            context.Request.Method, context.Request.Path + context.Request.QueryString, await reader.ReadToEndAsync(context.RequestAborted),
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        _received.Enqueue(request);
        var status = await Answer(_received.Count, context);
        request.Status = status;
        context.Response.StatusCode = status;
    }
}

/// <summary>A request as it came.</summary>
internal sealed record ReceivedRequest(string Method, string Path, string Body, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>What was answered; 0 while nothing was.</summary>
    public int Status { get; set; }

    public string Id => Headers["webhook-id"];

    public IReadOnlyList<JsonElement> Notices => [.. JsonDocument.Parse(Body).RootElement.GetProperty("notices").EnumerateArray()];

    /// <summary>Checks the signature by the text of the specification, with none of the gateway's code.</summary>
    public void Verify(string secret)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var signed = Encoding.UTF8.GetBytes($"{Id}.{Headers["webhook-timestamp"]}.{Body}");
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
        Assert.Contains(expected, Headers["webhook-signature"].Split(' '));
        var sentAt = DateTimeOffset.FromUnixTimeSeconds(long.Parse(Headers["webhook-timestamp"]));
        Assert.InRange(sentAt, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
        Assert.Equal("POST", Method);
        Assert.Equal("application/json", Headers["Content-Type"]);
    }
}
