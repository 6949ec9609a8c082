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
        MapHistories(v1);
    }

    private static void MapHistories(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}").WithTags("Devices").RequireScope(ApiKeyScopes.Publish | ApiKeyScopes.Read);
        group.MapGet("/devices/{device}/receipts", (ReceiptEndpoints endpoints, RequestedApp requestedApp, string device, ListRequest page, CancellationToken cancellationToken) =>
                endpoints.HistoryAsync(requestedApp, HistoryOwner.Device(device), page, cancellationToken))
            .WithName("ListDeviceReceipts")
            .WithSummary("What a device was sent and what came of it, newest event first, for as long as events are kept; also of a device that has been removed. A page may be short, even empty, without being the last.");
        group.MapGet("/subscribers/{subscriber}/receipts", (ReceiptEndpoints endpoints, RequestedApp requestedApp, string subscriber, ListRequest page, CancellationToken cancellationToken) =>
                endpoints.HistoryAsync(requestedApp, HistoryOwner.Subscriber(subscriber), page, cancellationToken))
            .WithName("ListSubscriberReceipts")
            .WithSummary("The same for all devices that a subscriber has now; none when the subscriber is unknown.");
    }

    private async Task<Results<Ok<HistoryResponse>, ApiProblem>> HistoryAsync(
        RequestedApp app, HistoryOwner owner, ListRequest page, CancellationToken cancellationToken)
    {
        ReceiptHistoryPage? history;
        try
        {
            history = await events.ReadHistoryAsync(app.Key, owner, page.Limit, page.Cursor, cancellationToken);
        }
        catch (ArgumentException) when (page.Cursor is not null)
        {
            return ListRequest.BadCursor;
        }

        return history is null
            ? ApiProblem.NotFound("device.unknown", "There is no such device, and none was removed that an event could name.")
            : TypedResults.Ok(new HistoryResponse
            {
                Items = [.. history.Items.Select(ToResponse)],
                LookedBackTo = history.LookedBackTo,
                NextCursor = history.NextCursor is { } cursor ? ListRequest.Seal(cursor) : null,
            });
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

    private static HistoryItemResponse ToResponse(HistoryItem item) => new()
    {
        Event = item.Event.Id,
        Type = item.Event.Type,
        PublishedAt = item.Event.CreatedAt,
        Device = item.Receipt.DeviceId,
        Provider = item.Receipt.Provider.Name(),
        Outcome = item.Receipt.Outcome.Name(),
        Reason = item.Receipt.Reason,
        At = item.Receipt.At,
    };
}
