using PushGateway.Core.Keys;
using PushGateway.Core.Live;
using PushGateway.Server.Api.Events;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Live;

/// <summary>Connected clients say that they have an event's live message, by whatever transport it came: their devices are not sent the notification then.</summary>
internal sealed class LiveConfirmEndpoint(ILiveConfirmationStore confirmations)
{
    private const int MaxDevices = 100;

    public static void Map(RouteGroupBuilder v1) =>
        v1.MapPost("/apps/{app}/events/{id}/confirm", (LiveConfirmEndpoint endpoint, RequestedApp requestedApp, string id, JsonBody<ConfirmRequest> body, HttpContext context, CancellationToken cancellationToken) =>
                endpoint.ConfirmAsync(requestedApp, id, body.Value, context, cancellationToken))
            .RequireSubscriber(ApiKeyScopes.Devices | ApiKeyScopes.Publish, TokenUse.Reports)
            .WithTags("Live").WithName("ConfirmLive")
            .WithSummary("The live message of an event with options.live first has arrived: devices that it is said for, and that have not been sent to yet, are not. May be repeated.")
            .Produces(StatusCodes.Status204NoContent);

    private async Task<IResult> ConfirmAsync(RequestedApp app, string eventId, ConfirmRequest request, HttpContext context, CancellationToken cancellationToken)
    {
        var grant = context.Features.Get<SubscriberGrant>();
        if (grant is not null && grant.AppKey != app.Key)
        {
            return ApiProblem.Of(StatusCodes.Status403Forbidden, ScopeAuthorizationHandler.AppForbidden, "The token is not for this app.");
        }

        var errors = new FieldErrors();
        if (request.Devices is null && grant is null)
        {
            errors.Add("devices", "field.missing", "Must be given: only a subscriber's token says whose devices are meant.");
        }
        else if (request.Devices?.Count is 0 or > MaxDevices)
        {
            errors.Add("devices", "batch.size", $"Must have 1 to {MaxDevices} items; it has {request.Devices.Count}.");
        }

        for (var index = 0; !errors.Any && index < request.Devices?.Count; index++)
        {
            FieldRules.RequireId(request.Devices[index], $"devices[{index}]", errors);
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        return await confirmations.ConfirmAsync(app.Key, eventId, grant?.SubscriberId, request.Devices is { } devices ? [.. devices.Select(device => device!)] : null, cancellationToken) switch
        {
            ConfirmStatus.UnknownEvent => EventEndpoints.Unknown(),
            ConfirmStatus.UnknownDevice => ApiProblem.NotFound("device.unknown", "There is no such device, or it is another subscriber's."),
            ConfirmStatus.NotAwaited => ApiProblem.Conflict("event.notFirst", "The event does not wait for confirmations: it was not published with options.live first."),
            _ => TypedResults.NoContent(),
        };
    }
}
