using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.Keys;
using PushGateway.Server.Api.Audiences;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Events;

/// <summary><c>POST /v1/apps/{app}/events/batch</c>: many events, one request, one durable commit.</summary>
/// <remarks>Each event gets the answer it would have got alone; one that is refused costs the others nothing.</remarks>
internal sealed class BatchEndpoint(IEventPublisher publisher, EventIntake intake)
{
    private const string KeyField = "idempotencyKey";

    public static void Map(RouteGroupBuilder v1) => v1.MapGroup("/apps/{app}/events").WithTags("Events")
        .MapPost("/batch", (BatchEndpoint endpoint, RequestedApp requestedApp, BatchBody body, HttpContext context, CancellationToken cancellationToken) =>
            endpoint.PublishAsync(requestedApp, body, context, cancellationToken))
        .RequireScope(ApiKeyScopes.Publish)
        .WithName("PublishEvents")
        .WithSummary("Publishes up to 1,000 events with one durable commit; each has its own idempotency key and its own answer.")
        .WithDescription(
            "An event that is refused costs the others nothing. The whole request is refused only when its envelope is: no JSON, too large, too many events. " +
            "The limit of a body's size is that of every request.");

    private async Task<Ok<BatchResponse>> PublishAsync(RequestedApp app, BatchBody body, HttpContext context, CancellationToken cancellationToken)
    {
        var items = new BatchItemResponse[body.Count];
        List<EventToPublish> accepted = new(items.Length);
        List<int> places = new(items.Length);
        var place = 0;
        var lookup = intake.LookupFor(app.Value);
        foreach (var element in body.Events)
        {
            var (item, problem) = await AcceptAsync(app.Value, element, lookup, cancellationToken);
            if (item is not null)
            {
                accepted.Add(item);
                places.Add(place);
            }
            else
            {
                items[place] = Refused(problem!, context);
            }

            place++;
        }

        if (accepted.Count > 0)
        {
            var receipts = await publisher.PublishBatchAsync(app.Key, accepted, cancellationToken);
            for (var index = 0; index < receipts.Count; index++)
            {
                items[places[index]] = Answer(receipts[index], context);
            }
        }

        return TypedResults.Ok(new BatchResponse(items));
    }

    /// <returns>The event, or why it is refused.</returns>
    private async ValueTask<(EventToPublish? Event, ApiProblem? Problem)> AcceptAsync(
        App app, JsonElement element, SavedAudienceLookup lookup, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var request = JsonBody<BatchEventRequest>.Bind(element, errors);
        string? key = null;
        if (request?.IdempotencyKey is { } text)
        {
            IdempotencyKeyHeader.TryRead(text, KeyField, errors, out key);
        }

        if (request is null || errors.Any)
        {
            return (null, errors.ToProblem());
        }

        var (pushEvent, problem) = await intake.AcceptAsync(app, request, lookup, defaultType: null, cancellationToken);
        if (pushEvent is null)
        {
            return (null, problem);
        }

        // Without the key: under it, the same event is the same request, whether it is posted alone or in a batch.
        return (new EventToPublish(pushEvent, key is null ? null : new IdempotencyKey(key, RequestHash.Of(element, request.Type, without: KeyField))), null);
    }

    private static BatchItemResponse Answer(PublishReceipt receipt, HttpContext context) =>
        receipt is { Status: PublishStatus.KeyReused } or { Event: null }
            ? Refused(IdempotencyKeyHeader.Reused(), context)
            : new BatchItemResponse
            {
                Status = StatusCodes.Status202Accepted,
                Event = EventAccounts.Recorded(receipt.Event),
                Replayed = receipt.Status == PublishStatus.Replayed ? true : null,
            };

    private static BatchItemResponse Refused(ApiProblem problem, HttpContext context) =>
        new() { Status = problem.Status, Problem = problem.ToDocument(context.TraceIdentifier) };
}
