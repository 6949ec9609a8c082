using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PushGateway.Core.Devices;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api.Devices;

/// <summary><c>/v1/apps/{app}/devices/{device}</c> and a subscriber's devices.</summary>
internal sealed class DeviceEndpoints(IDeviceStore devices, ISubscriberDevices own, IOptions<ApiOptions> options)
{
    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}").WithTags("Devices");
        group.MapPut("/devices/{device}", (DeviceEndpoints endpoints, RequestedApp requestedApp, string device, JsonBody<DeviceRequest> body, HttpContext context, CancellationToken cancellationToken) =>
                endpoints.RegisterAsync(requestedApp, device, body, context.Features.Get<SubscriberGrant>(), cancellationToken))
            .RequireSubscriber(ApiKeyScopes.Devices, TokenUse.Devices)
            .WithName("RegisterDevice").WithSummary("Registers a device; repeating it is harmless and refreshes when it was last seen. With a subscriber's token, one of the subscriber's own.");
        group.MapGet("/devices/{device}", (DeviceEndpoints endpoints, RequestedApp requestedApp, string device, HttpContext context, CancellationToken cancellationToken) =>
                endpoints.GetAsync(requestedApp, device, context, cancellationToken))
            .RequireSubscriber(ApiKeyScopes.Devices | ApiKeyScopes.Read, TokenUse.Devices)
            .WithName("GetDevice").WithSummary("A device.");
        group.MapDelete("/devices/{device}", (DeviceEndpoints endpoints, RequestedApp requestedApp, string device, HttpContext context, CancellationToken cancellationToken) =>
                endpoints.RemoveAsync(requestedApp, device, context.Features.Get<SubscriberGrant>(), cancellationToken))
            .RequireSubscriber(ApiKeyScopes.Devices, TokenUse.Devices)
            .WithName("RemoveDevice").WithSummary("Removes a device.");
        group.MapGet("/subscribers/{subscriber}/devices", (DeviceEndpoints endpoints, RequestedApp requestedApp, string subscriber, ListRequest page, HttpContext context, CancellationToken cancellationToken) =>
                endpoints.ListAsync(requestedApp, subscriber, page, context, cancellationToken))
            .RequireSubscriber(ApiKeyScopes.Devices | ApiKeyScopes.Read, TokenUse.Devices)
            .WithName("ListSubscriberDevices").WithSummary("A subscriber's devices by id; none when the subscriber is unknown.");
    }

    /// <param name="grant">Of a subscriber's token; <see langword="null"/> for an API key, and for the dashboard.</param>
    internal async Task<Results<Created<RegistrationResponse>, Ok<RegistrationResponse>, ApiProblem>> RegisterAsync(
        RequestedApp app, string deviceId, JsonBody<DeviceRequest> body, SubscriberGrant? grant, CancellationToken cancellationToken)
    {
        var request = body.Value;
        if (grant is not null)
        {
            if (request.Subscriber is { } named && named != grant.SubscriberId)
            {
                return ApiProblem.Of(StatusCodes.Status403Forbidden, LiveAuthorizationHandler.SubscriberForbidden, "The token is another subscriber's.");
            }

            request = request with { Subscriber = grant.SubscriberId };
        }

        var errors = new FieldErrors();
        if (DeviceRequestMapping.Map(deviceId, request, errors) is not { } registration)
        {
            return errors.ToProblem();
        }

        var (status, change) = grant is null
            ? new OwnRegistration(OwnChangeStatus.Done, await devices.RegisterAsync(app.Key, registration, cancellationToken))
            : await own.RegisterOwnAsync(app.Key, registration, options.Value.MaxDevicesOfSubscriber, grant.IssuedAt, cancellationToken);
        if (status != OwnChangeStatus.Done)
        {
            return status == OwnChangeStatus.SubscriberDeleted ? TokenReading.Deleted.Refusal!
                : status == OwnChangeStatus.Taken
                ? ApiProblem.Conflict("device.taken", "The device is another subscriber's, and its token is another one: remove it there first, or register under a new id.")
                : ApiProblem.Conflict("devices.tooMany", $"A subscriber registers at most {options.Value.MaxDevicesOfSubscriber} devices with its token: remove one first.");
        }

        var response = new RegistrationResponse(deviceId, registration.SubscriberId, ChangeName(change));
        return change == RegistrationChange.Created
            ? TypedResults.Created($"/v1/apps/{app.Value.Id}/devices/{deviceId}", response)
            : TypedResults.Ok(response);
    }

    private async Task<Results<Ok<DeviceResponse>, ApiProblem>> GetAsync(RequestedApp app, string deviceId, HttpContext context, CancellationToken cancellationToken) =>
        // Another subscriber's looks like none.
        await devices.FindAsync(app.Key, deviceId, cancellationToken) is { } device &&
        (context.Features.Get<SubscriberGrant>() is not { } grant || device.Registration.SubscriberId == grant.SubscriberId)
            ? TypedResults.Ok(ToResponse(device, MaySeeToken(context)))
            : Unknown();

    /// <inheritdoc cref="RegisterAsync" path="/param[@name='grant']"/>
    internal async Task<Results<NoContent, ApiProblem>> RemoveAsync(RequestedApp app, string deviceId, SubscriberGrant? grant, CancellationToken cancellationToken) =>
        await (grant is null ? devices.RemoveAsync(app.Key, deviceId, cancellationToken) : own.RemoveOwnAsync(app.Key, grant.SubscriberId, deviceId, cancellationToken))
            ? TypedResults.NoContent()
            : Unknown();

    private async Task<Ok<ListResponse<DeviceResponse>>> ListAsync(
        RequestedApp app, string subscriberId, ListRequest page, HttpContext context, CancellationToken cancellationToken)
    {
        var owned = await devices.ListBySubscriberAsync(app.Key, subscriberId, cancellationToken);
        return TypedResults.Ok(ListResponse.Slice(owned, device => device.Registration.DeviceId, device => ToResponse(device, MaySeeToken(context)), page));
    }

    private static ApiProblem Unknown() => ApiProblem.NotFound("device.unknown", "There is no such device.");

    private static string ChangeName(RegistrationChange change) => change switch
    {
        RegistrationChange.Created => "created",
        RegistrationChange.Updated => "updated",
        RegistrationChange.Unchanged => "unchanged",
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "Unknown change."),
    };

    /// <summary>Whoever registers devices knows their tokens; whoever only reads need not.</summary>
    private static bool MaySeeToken(HttpContext context) => context.Features.Get<Caller>() is not { } caller || caller.HasAny(ApiKeyScopes.Devices);

    internal static DeviceResponse ToResponse(Device device, bool isTokenWhole)
    {
        var registration = device.Registration;
        return new DeviceResponse
        {
            Id = registration.DeviceId,
            Provider = registration.Provider.Name(),
            Token = isTokenWhole ? registration.Token : DeviceToken.Mask(registration.Token),
            Subscriber = registration.SubscriberId,
            Environment = EnvironmentNames.Of(registration.Environment),
            Locale = registration.Locale,
            TimeZone = registration.TimeZone,
            AppVersion = registration.AppVersion,
            Tags = registration.Tags,
            CreatedAt = device.CreatedAt,
            LastSeenAt = device.LastSeenAt,
            Quarantined = device.IsQuarantined,
        };
    }
}
