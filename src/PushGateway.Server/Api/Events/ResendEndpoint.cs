using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using PushGateway.Core.Events;
using PushGateway.Core.Keys;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Events;

/// <summary>Sends an event again to the devices that it expired for: those that failed temporarily, until its time or its attempts had run out.</summary>
/// <remarks>
/// A new event with the same content, whose audience is read from the receipts of the first while it is sent. There is one at most for each event, so that a
/// second click, or a caller that tries again, sends nothing twice. What expires again can be sent again from the new event.
/// </remarks>
internal sealed class ResendEndpoint(IEventStore events, IEventPublisher publisher, EventRendering rendering, TimeProvider timeProvider)
{
    public static void Map(RouteGroupBuilder v1) =>
        v1.MapPost("/apps/{app}/events/{id}/resend", (ResendEndpoint endpoint, RequestedApp requestedApp, string id, HttpContext context, CancellationToken cancellationToken) =>
                endpoint.ResendAsync(requestedApp, id, context, cancellationToken))
            .WithTags("Events").RequireScope(ApiKeyScopes.Publish)
            .WithName("ResendEvent").WithSummary("Sends a final event again, once, to the devices that it expired for.");

    private async Task<Results<Accepted<EventResponse>, ApiProblem>> ResendAsync(
        RequestedApp app, string eventId, HttpContext context, CancellationToken cancellationToken)
    {
        var (record, replayed, problem) = await ResendAsync(app, eventId, cancellationToken);
        if (record is null)
        {
            return problem!;
        }

        if (replayed)
        {
            context.Response.Headers[IdempotencyKeyHeader.ReplayedName] = "true";
        }

        return TypedResults.Accepted($"/v1/apps/{app.Value.Id}/events/{record.Event.Id}", EventAccounts.Recorded(record));
    }

    /// <returns>The new event and whether it had been begun before, or the problem.</returns>
    internal async Task<(EventRecord? Record, bool Replayed, ApiProblem? Problem)> ResendAsync(
        RequestedApp app, string eventId, CancellationToken cancellationToken)
    {
        if (await events.FindAsync(app.Key, eventId, cancellationToken) is not { } first)
        {
            return (null, false, EventEndpoints.Unknown());
        }

        var now = timeProvider.GetUtcNow();
        if (Refusal(first, now) is { } refusal)
        {
            return (null, false, refusal);
        }

        var again = first.Event.Again(now);
        var errors = new FieldErrors();
        rendering.Check(app.Value, again, errors);
        if (errors.Any)
        {
            return (null, false, errors.ToProblem());
        }

        var key = new IdempotencyKey(IdempotencyKeyHeader.OfResend(eventId), SHA256.HashData(Encoding.UTF8.GetBytes($"resend {eventId}")));
        var receipt = await publisher.PublishAsync(app.Key, again, key, cancellationToken);
        return receipt is { Status: PublishStatus.KeyReused } or { Event: null }
            ? (null, false, IdempotencyKeyHeader.Reused())
            : (receipt.Event, receipt.Status == PublishStatus.Replayed, null);
    }

    private static ApiProblem? Refusal(EventRecord first, DateTimeOffset now)
    {
        if (!first.State.IsFinal())
        {
            return ApiProblem.Conflict("event.stateConflict", $"An event that is {first.State.Name()} cannot be sent again: some of its devices still wait for their outcome.");
        }

        // Longer ago than that, nobody would know that it was sent again before.
        if (first.Timings.CompletedAt is { } completed && now - completed >= IdempotencyKey.Retention)
        {
            return ApiProblem.Conflict("event.tooOld", $"An event can be sent again within {IdempotencyKey.Retention.TotalDays:0} days of its end; this one ended {completed:u}.");
        }

        return first.Account.Counts.Expired > 0
            ? null
            : ApiProblem.Conflict("event.nothingExpired", "The event expired for no device: there is nobody to send it to again.");
    }
}
