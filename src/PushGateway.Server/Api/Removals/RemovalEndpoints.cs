using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using PushGateway.Core.Events;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Removals;

/// <summary><c>/v1/apps/{app}/removals</c>: devices removed by feedback, and how to have them back.</summary>
internal sealed class RemovalEndpoints(IRemovalStore removals, IEventStore events, ILogger<RemovalEndpoints> logger)
{
    private static readonly string[] s_filters = ["reason", "device", "provider", "state", "event"];

    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}/removals").WithTags("Removals");
        group.MapGet("", (RemovalEndpoints endpoints, RequestedApp requestedApp, ListRequest page, HttpContext context, CancellationToken cancellationToken) =>
                endpoints.ListAsync(requestedApp, page, context.Request.Query, cancellationToken))
            .RequireScope(ApiKeyScopes.Devices | ApiKeyScopes.Read)
            .WithMetadata([.. s_filters.Select(name => new QueryParameterMetadata(name, $"Only removals with this {name}."))])
            .WithName("ListRemovals").WithSummary("Devices that were removed, set aside or held because of a provider's answer, newest first.");
        group.MapPost("/{removal}/undo", (RemovalEndpoints endpoints, RequestedApp requestedApp, string removal, CancellationToken cancellationToken) =>
                endpoints.UndoAsync(requestedApp, removal, cancellationToken))
            .RequireScope(ApiKeyScopes.Devices)
            .WithName("UndoRemoval").WithSummary("Brings a device back with its token, tags and subscriptions as they were. Repeating it changes nothing.");
        group.MapPost("/undo", (RemovalEndpoints endpoints, RequestedApp requestedApp, JsonBody<UndoRequest> body, CancellationToken cancellationToken) =>
                endpoints.UndoManyAsync(requestedApp, body.Value, cancellationToken))
            .RequireScope(ApiKeyScopes.Devices)
            .WithName("UndoRemovals").WithSummary("Brings back all devices removed in a time. When it breaks off, repeating it does the rest.");
        group.MapPost("/release", (RemovalEndpoints endpoints, RequestedApp requestedApp, JsonBody<ReleaseRequest> body, CancellationToken cancellationToken) =>
                endpoints.ReleaseAsync(requestedApp, body.Value, cancellationToken))
            .RequireScope(ApiKeyScopes.Admin)
            .Audited("removals.release", static context => (context.GetArgument<RequestedApp>(1).Value.Id, context.GetArgument<JsonBody<ReleaseRequest>>(2).Value is var request ? $"{request.Provider}: {request.Decision}" : null))
            .WithName("ReleaseRemovals")
            .WithSummary("Decides about held removals: applies or discards them. Without any, apply lets removals pass beforehand, as for a first import of old tokens.");
    }

    private async Task<Results<Ok<ListResponse<RemovalResponse>>, ApiProblem>> ListAsync(
        RequestedApp app, ListRequest page, IQueryCollection query, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var filter = RemovalRequestMapping.MapFilter(query, errors);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        RemovalPage found;
        try
        {
            found = await removals.ListAsync(app.Key, filter, page.Limit, page.Cursor, cancellationToken);
        }
        catch (ArgumentException) when (page.Cursor is not null)
        {
            return ListRequest.BadCursor;
        }

        return TypedResults.Ok(new ListResponse<RemovalResponse>
        {
            Items = [.. found.Items.Select(ToResponse)],
            NextCursor = found.NextCursor is { } cursor ? ListRequest.Seal(cursor) : null,
        });
    }

    internal async Task<Results<Ok<RemovalResponse>, ApiProblem>> UndoAsync(RequestedApp app, string removalId, CancellationToken cancellationToken)
    {
        if (!long.TryParse(removalId, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return Unknown();
        }

        var (change, removal) = await removals.UndoAsync(app.Key, id, cancellationToken);
        switch (change)
        {
            case RemovalChange.Done:
                ServerLog.RemovalUndone(logger, id, app.Value.Id);
                return TypedResults.Ok(ToResponse(removal!));
            case RemovalChange.DoneBefore:
                return TypedResults.Ok(ToResponse(removal!));
            case RemovalChange.TokenMoved:
                return ApiProblem.Conflict("removal.tokenMoved", "The device's token belongs to another device by now.");
            case RemovalChange.DeviceDeleted:
                return ApiProblem.Conflict("removal.deviceDeleted", "The device has been deleted on request since; nothing of it is left to bring back.");
            case RemovalChange.RegisteredAnew:
                return ApiProblem.Conflict("removal.registeredAnew", "The device has registered since, or has been removed again later: it is not as it was.");
            default:
                return Unknown();
        }
    }

    private async Task<Results<Ok<UndoResponse>, ApiProblem>> UndoManyAsync(RequestedApp app, UndoRequest request, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var filter = RemovalRequestMapping.Map(request, errors);
        if (filter.EventId is { } eventId && !errors.Any && await events.FindAsync(app.Key, eventId, cancellationToken) is null)
        {
            errors.Add("event", "event.unknown", "There is no such event.");
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var summary = await removals.UndoManyAsync(app.Key, filter, cancellationToken);
        ServerLog.RemovalsUndone(logger, summary.Done, app.Value.Id);
        return TypedResults.Ok(new UndoResponse(summary.Done, Skipped(summary)));
    }

    internal async Task<Results<Ok<ReleaseResponse>, ApiProblem>> ReleaseAsync(RequestedApp app, ReleaseRequest request, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (RemovalRequestMapping.Map(request, errors) is not var (provider, apply, allowFor) || errors.Any)
        {
            return errors.ToProblem();
        }

        var summary = await removals.ReleaseAsync(app.Key, provider, apply, allowFor, cancellationToken);
        return TypedResults.Ok(new ReleaseResponse(summary.Done, Skipped(summary), removals.FindHold(app.Key, provider)?.AllowedUntil));
    }

    private RemovalResponse ToResponse(Removal removal) => new(
        removal.Id.ToString(CultureInfo.InvariantCulture), removal.DeviceId, removal.SubscriberId, removal.Provider.Name(), removal.MaskedToken,
        removal.State.Name(), removal.Reason, removal.EventId, removal.At,
        removal.State is RemovalState.Removed or RemovalState.Quarantined && removal.MaskedToken is not null ? removal.At + removals.Retention : null);

    private static Dictionary<string, long> Skipped(RemovalSummary summary) => summary.Skipped.ToDictionary(entry => Name(entry.Key), entry => entry.Value);

    private static string Name(RemovalChange change) => change switch
    {
        RemovalChange.TokenMoved => "tokenMoved",
        RemovalChange.RegisteredAnew => "registeredAnew",
        RemovalChange.CredentialChanged => "credentialChanged",
        RemovalChange.DeviceDeleted => "deviceDeleted",
        RemovalChange.DoneBefore => "undoneBefore",
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "Not a reason to skip."),
    };

    private static ApiProblem Unknown() => ApiProblem.NotFound("removal.unknown", "There is no such removal, or it has been kept long enough.");
}
