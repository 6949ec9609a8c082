using Microsoft.AspNetCore.Http.HttpResults;
using PushGateway.Core.Events;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Events;

/// <summary>What came of an event, device by device.</summary>
internal sealed class ReceiptEndpoints(IEventStore events)
{
    private const string OutcomeParameter = "outcome";

    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}/events/{id}/receipts").WithTags("Events").RequireScope(ApiKeyScopes.Publish | ApiKeyScopes.Read);
        group.MapGet("", (ReceiptEndpoints endpoints, RequestedApp requestedApp, string id, ListRequest page, HttpContext context, CancellationToken cancellationToken) =>
                endpoints.ListAsync(requestedApp, id, page, context, cancellationToken))
            .WithMetadata(new QueryParameterMetadata(OutcomeParameter, "Only receipts with this outcome: accepted, unregistered, rejected, expired, cancelled, suppressed or live."))
            .WithName("ListReceipts").WithSummary("Final receipts of an event, in a stable order.");
        group.MapGet("/{device}", (ReceiptEndpoints endpoints, RequestedApp requestedApp, string id, string device, CancellationToken cancellationToken) =>
                endpoints.GetAsync(requestedApp, id, device, cancellationToken))
            .WithName("GetReceipt").WithSummary("What came of an event for one device, also when the device has been removed since.");
    }

    private async Task<Results<Ok<ListResponse<ReceiptResponse>>, ApiProblem>> ListAsync(
        RequestedApp app, string eventId, ListRequest page, HttpContext context, CancellationToken cancellationToken)
    {
        ReceiptOutcome? outcome = null;
        if (context.Request.Query[OutcomeParameter] is [{ } name, ..])
        {
            // A receipt is a final outcome: asking for pending ones would be answered with nothing, whatever is pending.
            if (!ReceiptOutcomes.TryParse(name, out var known) || known == ReceiptOutcome.Pending)
            {
                return ApiProblem.Invalid(
                    OutcomeParameter, "outcome.unknown",
                    "Must be accepted, unregistered, rejected, expired, cancelled, suppressed or live. A device that is still pending has no receipt yet; the event counts it.");
            }

            outcome = known;
        }

        if (await events.FindAsync(app.Key, eventId, cancellationToken) is not { } record)
        {
            return EventEndpoints.Unknown();
        }

        ReceiptPage receipts;
        try
        {
            receipts = await events.ListReceiptsAsync(record, outcome, page.Limit, page.Cursor, cancellationToken);
        }
        catch (Exception badCursor) when (page.Cursor is not null && badCursor is FormatException or ArgumentException)
        {
            return ListRequest.BadCursor;
        }

        return TypedResults.Ok(new ListResponse<ReceiptResponse>
        {
            Items = [.. receipts.Items.Select(ToResponse)],
            NextCursor = receipts.NextCursor is { } cursor ? ListRequest.Seal(cursor) : null,
        });
    }

    private async Task<Results<Ok<ReceiptResponse>, ApiProblem>> GetAsync(RequestedApp app, string eventId, string deviceId, CancellationToken cancellationToken)
    {
        if (await events.FindAsync(app.Key, eventId, cancellationToken) is not { } record)
        {
            return EventEndpoints.Unknown();
        }

        return await events.FindReceiptAsync(record, deviceId, cancellationToken) is { } receipt
            ? TypedResults.Ok(ToResponse(receipt))
            : ApiProblem.NotFound("receipt.unknown", "The event was not for this device, or has not reached it yet.");
    }

    private static ReceiptResponse ToResponse(Receipt receipt) =>
        new(receipt.DeviceId, receipt.Provider.Name(), receipt.Outcome.Name(), receipt.Reason, receipt.At);
}
