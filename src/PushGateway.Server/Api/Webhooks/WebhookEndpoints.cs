using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PushGateway.Core.Keys;
using PushGateway.Core.Messaging;
using PushGateway.Core.Outbound;
using PushGateway.Core.Webhooks;
using PushGateway.Dispatch.Webhooks;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api.Webhooks;

/// <summary><c>/v1/apps/{app}/webhooks</c>.</summary>
internal sealed class WebhookEndpoints(
    IWebhookStore webhooks, IWebhookSender sender, INoticePublisher broker, OutboundPolicy outbound, IOptions<WebhookOptions> options, IOptions<ApiOptions> api, ILogger<WebhookEndpoints> logger)
{
    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}/webhooks").WithTags("Webhooks").RequireScope(ApiKeyScopes.Admin);
        group.MapGet("", (WebhookEndpoints endpoints, RequestedApp requestedApp, ListRequest page, CancellationToken cancellationToken) =>
                endpoints.ListAsync(requestedApp, page, cancellationToken))
            .WithName("ListWebhooks").WithSummary("Lists the app's webhooks by id, and how they are doing.");
        group.MapPut("/{webhook}", (WebhookEndpoints endpoints, RequestedApp requestedApp, string webhook, JsonBody<WebhookRequest> body, CancellationToken cancellationToken) =>
                endpoints.PutAsync(requestedApp, webhook, body.Value, cancellationToken))
            .Audited("webhook.put", "app", "webhook")
            .WithName("PutWebhook").WithSummary("Creates or replaces a webhook. A generated secret is shown in this answer and never again.");
        group.MapGet("/{webhook}", (WebhookEndpoints endpoints, RequestedApp requestedApp, string webhook, CancellationToken cancellationToken) =>
                endpoints.GetAsync(requestedApp, webhook, cancellationToken))
            .WithName("GetWebhook").WithSummary("A webhook without its secret, and how it is doing.");
        group.MapDelete("/{webhook}", (WebhookEndpoints endpoints, RequestedApp requestedApp, string webhook, CancellationToken cancellationToken) =>
                endpoints.DeleteAsync(requestedApp, webhook, cancellationToken))
            .Audited("webhook.delete", "app", "webhook")
            .WithName("DeleteWebhook").WithSummary("Deletes a webhook with all that waits for it.");
        group.MapPost("/{webhook}/test", (WebhookEndpoints endpoints, RequestedApp requestedApp, string webhook, CancellationToken cancellationToken) =>
                endpoints.TestAsync(requestedApp, webhook, cancellationToken))
            .WithName("TestWebhook").WithSummary("Sends a signed notice of type webhook.test now, once, and says what came of it.");
        group.MapPost("/{webhook}/resume", (WebhookEndpoints endpoints, RequestedApp requestedApp, string webhook, CancellationToken cancellationToken) =>
                endpoints.ResumeAsync(requestedApp, webhook, cancellationToken))
            .Audited("webhook.resume", "app", "webhook")
            .WithName("ResumeWebhook").WithSummary("Lets a parked or failing webhook be tried again at once.");
        group.MapPost("/{webhook}/secret", (WebhookEndpoints endpoints, RequestedApp requestedApp, string webhook, CancellationToken cancellationToken) =>
                endpoints.RenewSecretAsync(requestedApp, webhook, cancellationToken))
            .Audited("webhook.secret", "app", "webhook")
            .WithName("RenewWebhookSecret").WithSummary("Has a new secret generated, which is shown in this answer and never again. The old one signs nothing from then on.");
    }

    private async Task<Ok<ListResponse<WebhookResponse>>> ListAsync(RequestedApp app, ListRequest page, CancellationToken cancellationToken)
    {
        var slice = ListResponse.Slice(webhooks.List(app.Key), webhook => webhook.Id, webhook => webhook, page);
        List<WebhookResponse> items = [];
        foreach (var webhook in slice.Items)
        {
            items.Add(await ToResponseAsync(webhook, cancellationToken));
        }

        return TypedResults.Ok(new ListResponse<WebhookResponse> { Items = items, NextCursor = slice.NextCursor });
    }

    internal async Task<Results<Created<WebhookResponse>, Ok<WebhookResponse>, ApiProblem>> PutAsync(
        RequestedApp app, string id, WebhookRequest request, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (WebhookRequestMapping.Map(id, request, options.Value.AllowHttp, broker.IsConfigured, errors) is not { } settings)
        {
            return errors.ToProblem();
        }

        var isExchange = WebhookExchange.Of(settings.Url) is not null;
        if (!isExchange)
        {
            await OutboundFields.CheckAsync(outbound, settings.Url, "url", errors, cancellationToken);
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var known = webhooks.Find(app.Key, id);
        if (known is null && webhooks.List(app.Key).Count >= api.Value.MaxWebhooks)
        {
            return ApiProblem.Conflict("webhooks.tooMany", $"The app has {api.Value.MaxWebhooks} webhooks already; delete one first.");
        }

        // A secret that can no longer be read is as good as none, and so is that of an exchange, which nobody was told.
        var generated = settings.Secret is null && known is not { Secret.Length: > 0, Exchange: null } ? WebhookSecret.Generate() : null;
        var (webhook, created) = await webhooks.PutAsync(app.Key, settings with { Secret = settings.Secret ?? generated }, cancellationToken);
        ServerLog.WebhookPut(logger, id, app.Value.Id);
        var response = await ToResponseAsync(webhook, cancellationToken) with { Secret = isExchange ? null : generated };
        return created ? TypedResults.Created($"/v1/apps/{app.Value.Id}/webhooks/{id}", response) : TypedResults.Ok(response);
    }

    private async Task<Results<Ok<WebhookResponse>, ApiProblem>> GetAsync(RequestedApp app, string id, CancellationToken cancellationToken) =>
        webhooks.Find(app.Key, id) is { } webhook ? TypedResults.Ok(await ToResponseAsync(webhook, cancellationToken)) : Unknown();

    internal async Task<Results<NoContent, ApiProblem>> DeleteAsync(RequestedApp app, string id, CancellationToken cancellationToken)
    {
        if (!await webhooks.DeleteAsync(app.Key, id, cancellationToken))
        {
            return Unknown();
        }

        ServerLog.WebhookDeleted(logger, id, app.Value.Id);
        return TypedResults.NoContent();
    }

    internal async Task<Results<Ok<WebhookTestResponse>, ApiProblem>> TestAsync(RequestedApp app, string id, CancellationToken cancellationToken)
    {
        if (webhooks.Find(app.Key, id) is not { } webhook)
        {
            return Unknown();
        }

        var test = await sender.TestAsync(webhook, cancellationToken);
        return TypedResults.Ok(new WebhookTestResponse(test.Ok, test.Status, test.Error, (long)test.Took.TotalMilliseconds));
    }

    internal async Task<Results<Ok<WebhookResponse>, ApiProblem>> ResumeAsync(RequestedApp app, string id, CancellationToken cancellationToken) =>
        await webhooks.ResumeAsync(app.Key, id, cancellationToken) is { } webhook ? TypedResults.Ok(await ToResponseAsync(webhook, cancellationToken)) : Unknown();

    internal async Task<Results<Ok<WebhookResponse>, ApiProblem>> RenewSecretAsync(RequestedApp app, string id, CancellationToken cancellationToken)
    {
        if (webhooks.Find(app.Key, id) is { Exchange: not null })
        {
            return ApiProblem.Conflict("secret.notUsed", "The webhook tells an exchange; what it is told is not signed.");
        }

        var secret = WebhookSecret.Generate();
        if (await webhooks.ChangeSecretAsync(app.Key, id, secret, cancellationToken) is not { } webhook)
        {
            return Unknown();
        }

        ServerLog.WebhookPut(logger, id, app.Value.Id);
        return TypedResults.Ok(await ToResponseAsync(webhook, cancellationToken) with { Secret = secret });
    }

    private async Task<WebhookResponse> ToResponseAsync(Webhook webhook, CancellationToken cancellationToken)
    {
        var (backlog, trouble) = (await webhooks.CountAsync(webhook.Key, cancellationToken), sender.FindTrouble(webhook.Key));
        var failure = sender.FindLastFailure(webhook.Key);
        return new WebhookResponse
        {
            Id = webhook.Id,
            Url = webhook.Url.AbsoluteUri,
            Events = WebhookNoticeNames.Of(webhook.Notices),
            Enabled = webhook.IsEnabled,
            CreatedAt = webhook.CreatedAt,
            State = !webhook.IsEnabled ? "disabled" : webhook.ParkedAt is not null ? "parked" : trouble is not null ? "failing" : "active",
            ParkedAt = webhook.ParkedAt,
            LastError = trouble?.Error ?? failure?.Error ?? webhook.LastError,
            LastFailureAt = failure?.At ?? webhook.ParkedAt,
            LastSuccessAt = webhook.LastSuccessAt,
            NextTryAt = webhook.IsEnabled ? trouble?.NextTryAt : null,
            Pending = backlog.Notices,
            PendingBytes = backlog.Bytes,
            Dropped = backlog.Dropped,
        };
    }

    private static ApiProblem Unknown() => ApiProblem.NotFound("webhook.unknown", "There is no such webhook.");
}
