using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.ChatDemo;

/// <summary>A page that chats with its like over the SignalR hub: who is there, what they say, and nothing missed by a tab that was offline. Not there unless the settings name its app.</summary>
internal static class ChatDemoPage
{
    public const string Path = "/demo/chat";

    private const string Channel = "demo-chat";
    private const int MaxNameLength = 40;

    private static readonly TimeSpan s_tokenLifetime = TimeSpan.FromHours(1);

    public static void AddChatDemo(this IServiceCollection services)
    {
        services.AddOptions<ChatDemoOptions>().BindConfiguration(ChatDemoOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ChatDemoOptions>, ChatDemoOptionsValidator>());
    }

    public static void MapChatDemo(this WebApplication app)
    {
        if (app.Configuration[$"{ChatDemoOptions.SectionName}:{nameof(ChatDemoOptions.App)}"] is not { Length: > 0 } appId)
        {
            return;
        }

        var page = app.MapGroup(Path).ExcludeFromDescription();
        MapAsset(page, "", "chat.html", "text/html; charset=utf-8");
        MapAsset(page, "/chat.css", "chat.css", "text/css; charset=utf-8");
        MapAsset(page, "/chat.js", "chat.js", "text/javascript; charset=utf-8");
        MapAsset(page, "/signalr.js", "signalr.min.js", "text/javascript; charset=utf-8");
        page.MapPost("/token", (JsonBody<ChatTokenRequest> body, IAppStore apps, SubscriberTokens tokens, TimeProvider timeProvider) =>
            body.Problem ?? Issue(appId, body.Value, apps, tokens, timeProvider));
    }

    private static IResult Issue(string appId, ChatTokenRequest request, IAppStore apps, SubscriberTokens tokens, TimeProvider timeProvider)
    {
        if (apps.Find(appId) is not { } app)
        {
            return ApiProblem.NotFound("app.unknown", $"There is no app {appId}, which {ChatDemoOptions.SectionName}:{nameof(ChatDemoOptions.App)} names.");
        }

        if (!Identifier.IsValid(request.Name) || request.Name!.Length > MaxNameLength)
        {
            return ApiProblem.Invalid("name", "name.invalid", $"A name has 1 to {MaxNameLength} letters of the alphabet, digits, or . _ : ~ -");
        }

        var now = timeProvider.GetUtcNow();
        var token = tokens.Issue(new SubscriberGrant(appId, app.Key, request.Name, now + s_tokenLifetime, [Channel], [Channel]) { IssuedAt = now });
        return TypedResults.Ok(new ChatTokenResponse(token, appId, Channel));
    }

    private static void MapAsset(RouteGroupBuilder page, string pattern, string name, string type)
    {
        using var stream = typeof(ChatDemoPage).Assembly.GetManifestResourceStream($"chat/{name}")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        page.MapGet(pattern, (HttpContext context) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.CacheControl = "no-cache";
            return TypedResults.Bytes(bytes, type);
        });
    }
}

/// <param name="Name">What the others see.</param>
internal sealed record ChatTokenRequest(string? Name);

internal sealed record ChatTokenResponse(string Token, string App, string Channel);
