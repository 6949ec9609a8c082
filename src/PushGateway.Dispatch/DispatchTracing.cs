using System.Diagnostics;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>The traces of an event: publish, fan-out, page, and what was sent to one provider of a page.</summary>
/// <remarks>
/// <para>Never one span a device, and no device token, text or key in any of them: a trace leaves the machine.</para>
/// <para>Spans are not made current. What runs below them opens connections that outlive them, and asks for access tokens over HTTP, which
/// would tell the provider the trace's id.</para>
/// </remarks>
internal static class DispatchTracing
{
    public const string SourceName = "PushGateway.Dispatch";

    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>The commit of events, within the request that publishes them. Is current, so that the store's own spans can be below it.</summary>
    public static Activity? StartPublish(string? appId, IReadOnlyList<EventToPublish> batch)
    {
        var activity = s_source.StartActivity("pushgateway.publish", ActivityKind.Producer);
        activity?.SetTag("pushgateway.app", appId);
        activity?.SetTag("pushgateway.events", batch.Count);
        if (batch.Count == 1)
        {
            activity?.SetTag("pushgateway.event.id", batch[0].Event.Id);
        }

        return activity;
    }

    /// <summary>What the fan-out goes on from, to be kept with the event; <see langword="null"/> while nobody listens, so that events take no more room.</summary>
    public static string? ContextToKeep(Activity? publish)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }

        // Also of a request that is not recorded: its fan-out must not be either.
        return (publish ?? Activity.Current) is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;
    }

    /// <summary>From the first turn of an event until it ends or is let go of. One that is taken up again has a second span in the same trace.</summary>
    public static Activity? StartFanOut(PushEvent pushEvent)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }

        ActivityContext.TryParse(pushEvent.TraceParent, null, isRemote: true, out var parent);
        var activity = Start("pushgateway.fan_out", ActivityKind.Consumer, parent);
        activity?.SetTag("pushgateway.app", pushEvent.AppId);
        activity?.SetTag("pushgateway.event.id", pushEvent.Id);
        activity?.SetTag("pushgateway.event.type", pushEvent.Type);
        activity?.SetTag("pushgateway.priority", pushEvent.Options.Priority switch
        {
            EventPriority.High => "high",
            EventPriority.Bulk => "bulk",
            _ => "normal",
        });
        return activity;
    }

    /// <param name="turn">Of an event whose fan-out is recorded; for others there is nothing to go below.</param>
    public static Activity? StartPage(Turn turn)
    {
        if (turn.FanOut.Span is not { } fanOut)
        {
            return null;
        }

        var activity = Start("pushgateway.page", ActivityKind.Internal, fanOut.Context);
        activity?.SetTag("pushgateway.shard", turn.Shard.Shard);
        activity?.SetTag("pushgateway.deferred", turn.IsDeferred);
        return activity;
    }

    public static Activity? StartSend(Turn turn, ProviderKind provider, bool isRepeat)
    {
        if (turn.Span is not { } page)
        {
            return null;
        }

        var activity = Start("pushgateway.send", ActivityKind.Client, page.Context);
        activity?.SetTag("pushgateway.provider", provider.Name());
        activity?.SetTag("pushgateway.repeat", isRepeat);
        return activity;
    }

    private static Activity? Start(string name, ActivityKind kind, ActivityContext parent)
    {
        var current = Activity.Current;
        Activity.Current = null;
        var activity = s_source.StartActivity(name, kind, parent);
        Activity.Current = current;
        return activity;
    }
}
