using Microsoft.AspNetCore.Http.HttpResults;
using PushGateway.Core.Devices;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Devices;

/// <summary><c>/v1/apps/{app}/devices/{device}</c> and a subscriber's devices.</summary>
internal sealed class DeviceEndpoints(IDeviceStore devices)
{
    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}").WithTags("Devices");
        group.MapPut("/devices/{device}", (DeviceEndpoints endpoints, RequestedApp requestedApp, string device, JsonBody<DeviceRequest> body, CancellationToken cancellationToken) =>
                endpoints.RegisterAsync(requestedApp, device, body, cancellationToken))
            .RequireScope(ApiKeyScopes.Devices)
            .WithName("RegisterDevice").WithSummary("Registers a device; repeating it is harmless and refreshes when it was last seen.");
        group.MapGet("/devices/{device}", (DeviceEndpoints endpoints, RequestedApp requestedApp, string device, Caller caller, CancellationToken cancellationToken) =>
                endpoints.GetAsync(requestedApp, device, caller, cancellationToken))
            .RequireScope(ApiKeyScopes.Devices | ApiKeyScopes.Read)
            .WithName("GetDevice").WithSummary("A device.");
        group.MapDelete("/devices/{device}", (DeviceEndpoints endpoints, RequestedApp requestedApp, string device, CancellationToken cancellationToken) =>
                endpoints.RemoveAsync(requestedApp, device, cancellationToken))
            .RequireScope(ApiKeyScopes.Devices)
            .WithName("RemoveDevice").WithSummary("Removes a device.");
        group.MapGet("/subscribers/{subscriber}/devices", (DeviceEndpoints endpoints, RequestedApp requestedApp, string subscriber, ListRequest page, Caller caller, CancellationToken cancellationToken) =>
                endpoints.ListAsync(requestedApp, subscriber, page, caller, cancellationToken))
            .RequireScope(ApiKeyScopes.Devices | ApiKeyScopes.Read)
            .WithName("ListSubscriberDevices").WithSummary("A subscriber's devices by id; none when the subscriber is unknown.");
    }

    internal async Task<Results<Created<RegistrationResponse>, Ok<RegistrationResponse>, ApiProblem>> RegisterAsync(
        RequestedApp app, string deviceId, JsonBody<DeviceRequest> body, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (DeviceRequestMapping.Map(deviceId, body.Value, errors) is not { } registration)
        {
            return errors.ToProblem();
        }

        var change = await devices.RegisterAsync(app.Key, registration, cancellationToken);
        var response = new RegistrationResponse(deviceId, registration.SubscriberId, ChangeName(change));
        return change == RegistrationChange.Created
            ? TypedResults.Created($"/v1/apps/{app.Value.Id}/devices/{deviceId}", response)
            : TypedResults.Ok(response);
    }

    private async Task<Results<Ok<DeviceResponse>, ApiProblem>> GetAsync(RequestedApp app, string deviceId, Caller caller, CancellationToken cancellationToken) =>
        await devices.FindAsync(app.Key, deviceId, cancellationToken) is { } device ? TypedResults.Ok(ToResponse(device, caller)) : Unknown();

    internal async Task<Results<NoContent, ApiProblem>> RemoveAsync(RequestedApp app, string deviceId, CancellationToken cancellationToken) =>
        await devices.RemoveAsync(app.Key, deviceId, cancellationToken) ? TypedResults.NoContent() : Unknown();

    private async Task<Ok<ListResponse<DeviceResponse>>> ListAsync(
        RequestedApp app, string subscriberId, ListRequest page, Caller caller, CancellationToken cancellationToken)
    {
        var owned = await devices.ListBySubscriberAsync(app.Key, subscriberId, cancellationToken);
        return TypedResults.Ok(ListResponse.Slice(owned, device => device.Registration.DeviceId, device => ToResponse(device, caller), page));
    }

    private static ApiProblem Unknown() => ApiProblem.NotFound("device.unknown", "There is no such device.");

    private static string ChangeName(RegistrationChange change) => change switch
    {
        RegistrationChange.Created => "created",
        RegistrationChange.Updated => "updated",
        RegistrationChange.Unchanged => "unchanged",
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "Unknown change."),
    };

    private static DeviceResponse ToResponse(Device device, Caller caller)
    {
        var registration = device.Registration;
        return new DeviceResponse
        {
            Id = registration.DeviceId,
            Provider = registration.Provider.Name(),
            Token = caller.HasAny(ApiKeyScopes.Devices) ? registration.Token : DeviceToken.Mask(registration.Token),
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
