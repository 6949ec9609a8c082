using Microsoft.AspNetCore.Http.HttpResults;
using PushGateway.Core.Engagement;
using PushGateway.Core.Keys;
using PushGateway.Server.Api.Events;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Engagement;

/// <summary>What the app says was opened: of one event, or, as a phone has it that was without a network, of several.</summary>
internal sealed class OpenEndpoints(IOpenStore opens)
{
    private const int MaxItems = 1_000;

    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}/events").WithTags("Engagement");
        group.MapPost("/{id}/opened", (OpenEndpoints endpoints, RequestedApp requestedApp, string id, JsonBody<OpenedDevicesRequest> body, HttpContext context, CancellationToken cancellationToken) =>
                endpoints.RecordAsync(requestedApp, id, body.Value, context, cancellationToken))
            .RequireSubscriber(ApiKeyScopes.Devices | ApiKeyScopes.Publish, TokenUse.Reports)
            .WithName("ReportOpened").WithSummary("The event's notification was opened on these devices. Each counts once, however often it is said.");
        group.MapPost("/opened", (OpenEndpoints endpoints, RequestedApp requestedApp, JsonBody<OpenedRequest> body, HttpContext context, CancellationToken cancellationToken) =>
                endpoints.RecordAsync(requestedApp, body.Value, context, cancellationToken))
            .RequireSubscriber(ApiKeyScopes.Devices | ApiKeyScopes.Publish, TokenUse.Reports)
            .WithName("ReportOpenedEvents").WithSummary("The same for notifications of several events at once, up to 1,000. One that is refused costs the others nothing.");
    }

    private async Task<Results<Ok<OpenedResponse>, ApiProblem>> RecordAsync(
        RequestedApp app, string eventId, OpenedDevicesRequest request, HttpContext context, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        CheckCount("devices", request.Devices?.Count, errors);
        OpenedNotification[] opened = errors.Any ? [] : [.. request.Devices!.Select((device, index) => new OpenedNotification(eventId, Given($"devices[{index}]", device, errors)))];
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var statuses = await RecordAsync(app, opened, context, cancellationToken);
        return statuses is null ? Forbidden() : statuses[0] == OpenStatus.UnknownEvent ? EventEndpoints.Unknown() : TypedResults.Ok(ToResponse(statuses));
    }

    private async Task<Results<Ok<OpenedResponse>, ApiProblem>> RecordAsync(RequestedApp app, OpenedRequest request, HttpContext context, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        CheckCount("opened", request.Opened?.Count, errors);
        OpenedNotification[] opened = errors.Any
            ? []
            : [.. request.Opened!.Select((item, index) => new OpenedNotification(Given($"opened[{index}].event", item?.Event, errors), Given($"opened[{index}].device", item?.Device, errors)))];
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var statuses = await RecordAsync(app, opened, context, cancellationToken);
        return statuses is null ? Forbidden() : TypedResults.Ok(ToResponse(statuses));
    }

    /// <returns><see langword="null"/> when the token is of an app that was deleted, and made anew since.</returns>
    private async Task<IReadOnlyList<OpenStatus>?> RecordAsync(
        RequestedApp app, OpenedNotification[] opened, HttpContext context, CancellationToken cancellationToken)
    {
        var grant = context.Features.Get<SubscriberGrant>();
        return grant is not null && grant.AppKey != app.Key ? null : await opens.RecordAsync(app.Key, grant?.SubscriberId, opened, cancellationToken);
    }

    private static ApiProblem Forbidden() =>
        ApiProblem.Of(StatusCodes.Status403Forbidden, ScopeAuthorizationHandler.AppForbidden, "The token is not for this app.");

    private static void CheckCount(string field, int? count, FieldErrors errors)
    {
        if (count is null)
        {
            errors.Add(field, "field.missing", "Must be given.");
        }
        else if (count is 0 or > MaxItems)
        {
            errors.Add(field, "batch.size", $"Must have 1 to {MaxItems} items; it has {count}.");
        }
    }

    private static string Given(string field, string? id, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(id))
        {
            errors.Add(field, "field.missing", "Must be given.");
        }

        return id ?? string.Empty;
    }

    private static OpenedResponse ToResponse(IReadOnlyList<OpenStatus> statuses)
    {
        var errors = new List<OpenedError>();
        for (var index = 0; index < statuses.Count; index++)
        {
            if (statuses[index] == OpenStatus.UnknownEvent)
            {
                errors.Add(new OpenedError(index, "event.unknown", "There is no such event."));
            }
            else if (statuses[index] == OpenStatus.UnknownDevice)
            {
                errors.Add(new OpenedError(index, "device.unknown", "There is no such device, or it is another subscriber's."));
            }
        }

        return new OpenedResponse(statuses.Count(status => status == OpenStatus.Counted), statuses.Count(status => status == OpenStatus.Repeated), errors);
    }
}
