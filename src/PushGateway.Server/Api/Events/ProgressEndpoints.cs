using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PushGateway.Core.Events;
using PushGateway.Core.Keys;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api.Events;

/// <summary>The account of a running event as server-sent events.</summary>
internal sealed class ProgressEndpoints(
    IEventStore events, EventAccounts accounts, IHostApplicationLifetime lifetime, TimeProvider timeProvider, IOptions<ApiOptions> options)
{
    /// <summary>How often a change is shown.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Intervals passed over while nothing changes: shown every third one, a late timer still keeps within the second.</summary>
    private const int QuietIntervals = 2;

    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(5);

    private int _open;

    public static void Map(RouteGroupBuilder v1) =>
        v1.MapGet("/apps/{app}/events/{id}/progress", (ProgressEndpoints endpoints, RequestedApp requestedApp, string id, HttpContext context) => endpoints.WatchAsync(requestedApp, id, context))
            .RequireScope(ApiKeyScopes.Publish | ApiKeyScopes.Read)
            .WithTags("Events").WithName("WatchEvent")
            .WithSummary("Server-sent events: progress at once and then at least every second, end when the event is final. Data is the event.");

    private async Task<Results<ServerSentEventsResult<EventResponse>, ApiProblem>> WatchAsync(RequestedApp app, string eventId, HttpContext context)
    {
        if (await events.FindAsync(app.Key, eventId, context.RequestAborted) is not { } record)
        {
            return EventEndpoints.Unknown();
        }

        if (Volatile.Read(ref _open) >= options.Value.MaxProgressStreams)
        {
            return ApiProblem.Later(
                StatusCodes.Status503ServiceUnavailable, "progress.tooMany", $"{options.Value.MaxProgressStreams} progress streams are open already.", s_retryAfter);
        }

        // Proxies such as nginx would gather the stream otherwise.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(HttpMethods.IsHead(context.Request.Method)
            ? AsyncEnumerable.Empty<SseItem<EventResponse>>()
            : StreamAsync(record, lifetime.ApplicationStopping, context.RequestAborted));
    }

    private async IAsyncEnumerable<SseItem<EventResponse>> StreamAsync(
        EventRecord record, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _open);
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
            using var timer = new PeriodicTimer(s_interval, timeProvider);
            EventResponse? shown = null;
            var quiet = 0;
            while (true)
            {
                // An account under way is in memory; one that is not is read from the store, at the slower pace.
                var current = accounts.FindRunning(record);
                if (current is null && (shown is null || quiet >= QuietIntervals || shown.State == EventState.Dispatching.Name()))
                {
                    current = await ReadAsync(record, linked.Token);
                    if (current is null)
                    {
                        yield break;
                    }
                }

                if (current is not null && EventAccounts.IsFinal(current))
                {
                    yield return new SseItem<EventResponse>(current, "end");
                    yield break;
                }

                if (current is not null && (shown is null || quiet >= QuietIntervals || IsChanged(shown, current)))
                {
                    yield return new SseItem<EventResponse>(current, "progress");
                    (shown, quiet) = (current, 0);
                }
                else
                {
                    quiet++;
                }

                if (!await TickAsync(timer, linked.Token))
                {
                    yield break;
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private static async ValueTask<bool> TickAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The client has gone or the gateway stops: the stream just ends.
            return false;
        }
    }

    private async Task<EventResponse?> ReadAsync(EventRecord record, CancellationToken cancellationToken)
    {
        try
        {
            return await accounts.FindAsync(record.AppKey, record.Event.Id, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static bool IsChanged(EventResponse before, EventResponse now) =>
        before.State != now.State || before.Counts != now.Counts || before.Attempts != now.Attempts;
}
