using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Keys;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api.Events;

/// <summary>Cancel, pause and resume of an event.</summary>
internal sealed class EventControlEndpoints(
    IEventStore events, IFanOutDispatcher dispatcher, EventAccounts accounts, TimeProvider timeProvider, IOptions<ApiOptions> options,
    ILogger<EventControlEndpoints> logger)
{
    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}/events/{id}").WithTags("Events").RequireScope(ApiKeyScopes.Publish);
        MapControl("cancel", EventControl.Cancel, "CancelEvent", "Stops an event for good, mid-send too; what was accepted stays counted.");
        MapControl("pause", EventControl.Pause, "PauseEvent", "Stops an event until it is resumed or its TTL ends.");
        MapControl("resume", EventControl.Run, "ResumeEvent", "Lets a paused event go on.");

        void MapControl(string verb, EventControl control, string name, string summary) =>
            group.MapPost($"/{verb}", (EventControlEndpoints endpoints, RequestedApp requestedApp, string id, CancellationToken cancellationToken) =>
                    endpoints.ControlAsync(requestedApp, id, control, cancellationToken))
                .WithName(name).WithSummary(summary);
    }

    internal async Task<Results<Ok<EventResponse>, ApiProblem>> ControlAsync(
        RequestedApp app, string eventId, EventControl control, CancellationToken cancellationToken)
    {
        if (await events.ControlAsync(app.Key, eventId, control, cancellationToken) is not var (record, allowed))
        {
            return EventEndpoints.Unknown();
        }

        if (!allowed)
        {
            return ApiProblem.Conflict("event.stateConflict", $"An event that is {record.State.Name()} cannot be asked for this.");
        }

        await ApplyAsync(record);
        return TypedResults.Ok(await accounts.FindAsync(app.Key, eventId, cancellationToken) ?? EventAccounts.Recorded(record));
    }

    /// <summary>The wish is recorded: it takes effect however long the fan-out needs, also when the caller has gone.</summary>
    private async Task ApplyAsync(EventRecord record)
    {
        using var limit = new CancellationTokenSource(options.Value.ControlTimeout, timeProvider);
        try
        {
            await dispatcher.ApplyControlAsync(record, limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            ServerLog.ControlUnderWay(logger, record.Event.Id);
        }
    }
}
