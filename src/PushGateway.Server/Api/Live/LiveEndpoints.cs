using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using PushGateway.Core.Keys;
using PushGateway.Live;
using PushGateway.Live.Transports;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Live;

/// <summary>Channels as connected clients have them: streams, polls, and what clients send themselves.</summary>
internal sealed class LiveEndpoints(
    LiveHub hub, LiveTransports transports, LiveAccess access, LiveSending sending, SubscriberTokens tokens, TimeProvider timeProvider)
{
    private const int DefaultTtlSeconds = 3_600;
    private const int MinTtlSeconds = 60;
    private const int MaxTtlSeconds = 86_400;
    private const int DefaultLimit = 100;

    // A browser that speaks HTTP/2 with the gateway asks for a WebSocket by CONNECT (RFC 8441).
    private static readonly string[] s_upgrades = [HttpMethods.Get, HttpMethods.Connect];
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(5);

    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}/channels/{channel}").WithTags("Live");
        group.MapGet("/sse", (LiveEndpoints endpoints, RequestedApp requestedApp, string channel, SinceQuery since, HttpContext context) => endpoints.StreamAsync(requestedApp, channel, since, context))
            .RequireLive(ApiKeyScopes.Read | ApiKeyScopes.Publish)
            .WithName("FollowChannel").WithSummary("Server-sent events: state at once, message for each live message, end with a reason when the gateway ends it.")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream");
        group.MapMethods("/ws", s_upgrades, (LiveEndpoints endpoints, RequestedApp requestedApp, string channel, SinceQuery since, HttpContext context) => endpoints.ConnectAsync(requestedApp, channel, since, context))
            .RequireLive(ApiKeyScopes.Read | ApiKeyScopes.Publish)
            .WithName("ConnectChannel").WithSummary("The same as texts over a WebSocket.")
            .Produces(StatusCodes.Status101SwitchingProtocols);
        group.MapGet("/messages", (LiveEndpoints endpoints, RequestedApp requestedApp, string channel, SinceQuery since, PollQuery poll, HttpContext context) =>
                endpoints.PollAsync(requestedApp, channel, since, poll, context))
            .RequireLive(ApiKeyScopes.Read | ApiKeyScopes.Publish)
            .WithName("PollChannel").WithSummary("The live messages behind a cursor, or, with wait, the next ones. 304 when the ETag still holds.")
            .Produces<LiveMessagesResponse>().Produces(StatusCodes.Status304NotModified);
        group.MapPost("/messages", (LiveEndpoints endpoints, RequestedApp requestedApp, string channel, JsonBody<LiveMessageRequest> body, HttpContext context) =>
                endpoints.SendAsync(requestedApp, channel, body.Value, context))
            .RequireLive(ApiKeyScopes.Publish)
            .WithName("SendToChannel").WithSummary("Sends a message to the live subscribers of a channel. No device is notified.")
            .Produces(StatusCodes.Status201Created);
        v1.MapPost("/apps/{app}/subscribers/{subscriber}/token", (LiveEndpoints endpoints, RequestedApp requestedApp, string subscriber, JsonBody<TokenRequest> body) =>
                endpoints.Issue(requestedApp, subscriber, body.Value))
            .RequireScope(ApiKeyScopes.Devices)
            .WithTags("Live").WithName("CreateSubscriberToken").WithSummary("A token with which a subscriber's app follows channels, and if so said keeps its own devices and subscriptions, without holding an API key. It ends, or with the subscriber's deletion.");
    }

    private async Task<IResult> StreamAsync(RequestedApp app, string channel, SinceQuery since, HttpContext context)
    {
        var (lease, problem) = await access.MayListenAsync(context.User, app.Value.Id, channel, context.RequestAborted);
        if (lease is null)
        {
            return problem!;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return TypedResults.Empty;
        }

        return Admit(app, channel, since, lease, isWebSocket: false, context);
    }

    private async Task<IResult> ConnectAsync(RequestedApp app, string channel, SinceQuery since, HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            return ApiProblem.Of(StatusCodes.Status426UpgradeRequired, "upgrade.required", "This address speaks WebSocket: ask for the upgrade.");
        }

        var (lease, problem) = await access.MayListenAsync(context.User, app.Value.Id, channel, context.RequestAborted);
        if (lease is null)
        {
            return problem!;
        }

        return Admit(app, channel, since, lease, isWebSocket: true, context);
    }

    private IResult Admit(RequestedApp app, string channel, SinceQuery since, LiveLease lease, bool isWebSocket, HttpContext context)
    {
        if (hub.TryFollow(app.Key, channel) is not { } reader)
        {
            return TooMany();
        }

        new LiveAdmission(reader, since.Value, lease, isWebSocket).Admit(context);
        return TypedResults.Empty;
    }

    private async Task<IResult> PollAsync(RequestedApp app, string channel, SinceQuery since, PollQuery poll, HttpContext context)
    {
        var (lease, problem) = await access.MayListenAsync(context.User, app.Value.Id, channel, context.RequestAborted);
        if (lease is null)
        {
            return problem!;
        }

        using var reader = hub.TryFollow(app.Key, channel);
        if (reader is null)
        {
            return TooMany();
        }

        var found = await transports.PollAsync(reader, since.Value, poll.Limit ?? DefaultLimit, poll.Wait, context.RequestAborted);
        var etag = $"\"{since.Value?.ToString(CultureInfo.InvariantCulture) ?? "-"}.{found.Cursor}\"";
        context.Response.Headers.ETag = etag;
        context.Response.Headers.CacheControl = "no-cache";
        return found.Frames.Count == 0 && found.IsRecovered && Holds(etag, context.Request)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(new LiveMessagesResponse { Items = [.. found.Frames.Select(frame => frame.Element)], Cursor = found.Cursor, Recovered = found.IsRecovered });
    }

    /// <summary>Whether the caller has what this tag stands for (RFC 9110, section 13.1.2): tags are compared weakly, for proxies that pack an answer weaken its tag.</summary>
    private static bool Holds(string etag, HttpRequest request) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var tags) &&
        tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(new EntityTagHeaderValue(etag), useStrongComparison: false));

    private async Task<IResult> SendAsync(RequestedApp app, string channel, LiveMessageRequest request, HttpContext context)
    {
        var (entry, problem) = await sending.SendAsync(context.User, app.Value.Id, channel, request, context.RequestAborted);
        return entry is null ? problem! : TypedResults.Created((string?)null, System.Text.Json.JsonElement.Parse(entry.Json.Span));
    }

    private Results<Ok<TokenResponse>, ApiProblem> Issue(RequestedApp app, string subscriber, TokenRequest request)
    {
        var errors = new FieldErrors();
        var ttlSeconds = request.TtlSeconds ?? DefaultTtlSeconds;
        if (ttlSeconds is < MinTtlSeconds or > MaxTtlSeconds)
        {
            errors.Add("ttlSeconds", "ttlSeconds.outOfRange", $"Must be from {MinTtlSeconds} to {MaxTtlSeconds}; it is {ttlSeconds}.");
        }

        ChannelPatterns.Check(request.Listen, "listen", errors);
        ChannelPatterns.Check(request.Send, "send", errors);
        ChannelPatterns.Check(request.Subscribe, "subscribe", errors);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var now = timeProvider.GetUtcNow();
        var expiresAt = now + TimeSpan.FromSeconds(ttlSeconds);
        var grant = new SubscriberGrant(app.Value.Id, app.Key, subscriber, expiresAt, request.Listen, request.Send ?? [])
        {
            IssuedAt = now,
            Devices = request.Devices ?? false,
            Subscribe = request.Subscribe ?? [],
        };
        return TypedResults.Ok(new TokenResponse(tokens.Issue(grant), expiresAt));
    }

    internal static ApiProblem TooMany() => ApiProblem.Later(
        StatusCodes.Status503ServiceUnavailable, "live.tooMany", "As many live subscribers are connected as this gateway takes.", s_retryAfter);
}
