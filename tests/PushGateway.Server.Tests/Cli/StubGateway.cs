using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace PushGateway.Server.Tests.Cli;

/// <summary>A request the stub has seen.</summary>
internal sealed record SeenRequest(string Method, string Path, string? ContentType, string? IdempotencyKey, string Body)
{
    public string? Query { get; init; }

    public string? Accept { get; init; }
}

/// <summary>Answers requests on a loopback port as a test tells it to, to bring about what a real gateway does rarely.</summary>
internal sealed class StubGateway : IAsyncDisposable
{
    public const string Key = "a-key-that-must-not-be-printed-0123456789";

    private readonly WebApplication _application;

    private StubGateway(WebApplication application) => _application = application;

    public Uri Url => new(_application.Urls.Single());

    public ConcurrentQueue<SeenRequest> Requests { get; } = [];

    /// <param name="answer">Called after the request was noted; its body has been read.</param>
    public static async Task<StubGateway> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        var stub = new StubGateway(application);
        application.Run(async context =>
        {
            await stub.NoteAsync(context.Request);
            await answer(context);
        });
        await application.StartAsync();
        return stub;
    }

    /// <summary>Answers every request with the same JSON.</summary>
    public static Task<StubGateway> AnsweringAsync(string json, int status = 200) => StartAsync(context => WriteAsync(context, json, status));

    public static Task WriteAsync(HttpContext context, string json, int status = 200, string contentType = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(json);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private async Task NoteAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        Requests.Enqueue(new SeenRequest(
            request.Method, request.Path, request.ContentType, request.Headers["Idempotency-Key"], await reader.ReadToEndAsync())
        {
            Query = request.QueryString.Value,
            Accept = request.Headers.Accept,
        });
    }
}
