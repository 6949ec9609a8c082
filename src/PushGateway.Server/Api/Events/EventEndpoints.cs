using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using PushGateway.Core.Events;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Events;

/// <summary><c>/v1/apps/{app}/events</c>: publish, validate, look.</summary>
internal sealed class EventEndpoints(
    IEventPublisher publisher, IEventStore events, EventIntake intake, EventRendering rendering, EventAccounts accounts)
{
    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}/events").WithTags("Events");
        group.MapPost("", (EventEndpoints endpoints, RequestedApp requestedApp, PublishBody body, HttpContext context, CancellationToken cancellationToken) =>
                endpoints.PublishAsync(requestedApp, body, context, cancellationToken))
            .RequireScope(ApiKeyScopes.Publish)
            .WithMetadata(new HeaderParameterMetadata(
                IdempotencyKeyHeader.Name,
                "1 to 128 characters, kept 7 days: repeating the call with the same body gives the first answer again. Takes precedence over a CloudEvent's source and id."))
            .WithName("PublishEvent").WithSummary("Publishes an event: durable when this returns, sent in the background.");
        group.MapPost("/validate", (EventEndpoints endpoints, RequestedApp requestedApp, PublishBody body, CancellationToken cancellationToken) =>
                endpoints.ValidateAsync(requestedApp, body, cancellationToken))
            .RequireScope(ApiKeyScopes.Publish)
            .WithName("ValidateEvent").WithSummary("Shows what a publish of the same body would send; sends nothing.");
        group.MapGet("", (EventEndpoints endpoints, RequestedApp requestedApp, ListRequest page, CancellationToken cancellationToken) =>
                endpoints.ListAsync(requestedApp, page, cancellationToken))
            .RequireScope(ApiKeyScopes.Publish | ApiKeyScopes.Read)
            .WithName("ListEvents").WithSummary("The app's events, newest first.");
        group.MapGet("/{id}", (EventEndpoints endpoints, RequestedApp requestedApp, string id, CancellationToken cancellationToken) =>
                endpoints.GetAsync(requestedApp, id, cancellationToken))
            .RequireScope(ApiKeyScopes.Publish | ApiKeyScopes.Read)
            .WithName("GetEvent").WithSummary("An event with its account at this instant.");
    }

    public static ApiProblem Unknown() => ApiProblem.NotFound("event.unknown", "There is no such event.");

    private async Task<Results<Accepted<EventResponse>, ApiProblem>> PublishAsync(
        RequestedApp app, PublishBody body, HttpContext context, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (!IdempotencyKeyHeader.TryRead(context.Request, errors, out var key))
        {
            return errors.ToProblem();
        }

        var (record, replayed, problem) = await PublishAsync(app, body, key, cancellationToken);
        if (record is null)
        {
            return problem!;
        }

        if (replayed)
        {
            context.Response.Headers[IdempotencyKeyHeader.ReplayedName] = "true";
        }

        // 202, not 201: the event is durable when this returns, but its fan-out has only begun.
        return TypedResults.Accepted($"/v1/apps/{app.Value.Id}/events/{record.Event.Id}", EventAccounts.Recorded(record));
    }

    /// <param name="key">The caller's own; without one that of the CloudEvent, when it is one.</param>
    /// <returns>The event and whether it had been published before, or the problem.</returns>
    internal async Task<(EventRecord? Record, bool Replayed, ApiProblem? Problem)> PublishAsync(
        RequestedApp app, PublishBody body, string? key, CancellationToken cancellationToken)
    {
        var (pushEvent, problem) = await intake.AcceptAsync(
            app.Value, body.Request, intake.LookupFor(app.Value), body.CloudEvent?.Type, cancellationToken);
        if (pushEvent is null)
        {
            return (null, false, problem);
        }

        if (key is null && body.CloudEvent is { Source: { } source, Id: { } id })
        {
            key = IdempotencyKeyHeader.OfCloudEvent(source, id);
        }

        var receipt = await publisher.PublishAsync(app.Key, pushEvent, key is null ? null : new IdempotencyKey(key, body.Hash), cancellationToken);
        return receipt is { Status: PublishStatus.KeyReused } or { Event: null }
            ? (null, false, IdempotencyKeyHeader.Reused())
            : (receipt.Event, receipt.Status == PublishStatus.Replayed, null);
    }

    internal async Task<Results<Ok<ValidationResponse>, ApiProblem>> ValidateAsync(RequestedApp app, PublishBody body, CancellationToken cancellationToken)
    {
        var (pushEvent, problem) = await intake.AcceptAsync(
            app.Value, body.Request, intake.LookupFor(app.Value), body.CloudEvent?.Type, cancellationToken);
        if (pushEvent is null)
        {
            return problem!;
        }

        var estimate = await events.EstimateAudienceAsync(app.Key, pushEvent.Audience, cancellationToken);
        var providers = rendering.Render(app.Value, pushEvent)
            .GroupBy(variant => variant.Provider)
            .ToDictionary(group => group.Key.Name(), group => ToResponse([.. group]));
        return TypedResults.Ok(new ValidationResponse(estimate, providers));
    }

    private async Task<Results<Ok<ListResponse<EventResponse>>, ApiProblem>> ListAsync(RequestedApp app, ListRequest page, CancellationToken cancellationToken)
    {
        long? before = null;
        if (page.Cursor is not null)
        {
            if (!long.TryParse(page.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var key))
            {
                return ListRequest.BadCursor;
            }

            before = key;
        }

        var records = await events.ListAsync(app.Key, before, page.Limit, cancellationToken);
        var nextCursor = records.Count < page.Limit ? null : ListRequest.Seal(records[^1].Key.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(new ListResponse<EventResponse> { Items = [.. records.Select(accounts.Present)], NextCursor = nextCursor });
    }

    private async Task<Results<Ok<EventResponse>, ApiProblem>> GetAsync(RequestedApp app, string id, CancellationToken cancellationToken) =>
        await accounts.FindAsync(app.Key, id, cancellationToken) is { } found ? TypedResults.Ok(found) : Unknown();

    private static RenderedProviderResponse ToResponse(IReadOnlyList<RenderedVariant> variants) => new(
        variants.Max(variant => variant.Notification.SizeBytes),
        variants[0].Notification.LimitBytes,
        [.. variants.Select(variant => new RenderedVariantResponse(
            variant.Locale, variant.Notification.SizeBytes, variant.Notification.Preview.Headers, ParsePayload(variant.Notification.Preview.Payload)))]);

    private static JsonNode? ParsePayload(string payload)
    {
        try
        {
            return JsonNode.Parse(payload);
        }
        catch (JsonException)
        {
            // The preview is for people: text that is no JSON is shown as text.
            return JsonValue.Create(payload);
        }
    }
}

/// <summary>A request header of an endpoint, for the OpenAPI document.</summary>
internal sealed record HeaderParameterMetadata(string Name, string Description);
