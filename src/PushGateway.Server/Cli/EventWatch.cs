using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.Server.Cli.Output;

namespace PushGateway.Server.Cli;

/// <summary>Shows an event's progress until it is final.</summary>
internal static class EventWatch
{
    /// <summary>Times in a row the stream may break off, as when the gateway restarts, before it is a failure.</summary>
    private const int MaxReconnects = 10;

    private static readonly TimeSpan s_reconnectDelay = TimeSpan.FromSeconds(1);

    /// <returns>The event, final.</returns>
    public static Task<EventInfo> RunAsync(Terminal terminal, PushGatewayAppClient app, string eventId, CancellationToken cancellationToken) =>
        ProgressDisplay.RunAsync(terminal, "Sending", line => FollowAsync(terminal.Time, app, eventId, line, cancellationToken));

    private static async Task<EventInfo> FollowAsync(
        TimeProvider time, PushGatewayAppClient app, string eventId, IProgressLine line, CancellationToken cancellationToken)
    {
        var rate = new RateMeter(time);
        for (var failures = 0; ;)
        {
            try
            {
                await foreach (var info in app.WatchAsync(eventId, cancellationToken))
                {
                    failures = 0;
                    line.Report(Fraction(info), Describe(info, rate.Observe(info.Counts.Accepted)));
                    if (info.IsFinal)
                    {
                        return info;
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException && failures < MaxReconnects)
            {
                failures++;
                line.Report(null, $"the connection broke off, trying again ({failures} of {MaxReconnects})");
                await Task.Delay(s_reconnectDelay, time, cancellationToken);
            }
        }
    }

    /// <summary>Of the audience while it is still being read, of those targeted in the end.</summary>
    private static double? Fraction(EventInfo info)
    {
        if (info.IsFinal)
        {
            return 1;
        }

        var whole = Math.Max(info.Counts.Targeted, info.EstimatedAudience);
        return whole == 0 ? null : (double)(info.Counts.Targeted - info.Counts.Pending) / whole;
    }

    private static string Describe(EventInfo info, double acceptedPerSecond)
    {
        var counts = info.Counts;
        var text = $"{info.State}, {counts.Accepted:N0} accepted, {acceptedPerSecond:N0}/s";
        Add(counts.Unregistered, "unregistered");
        Add(counts.Rejected, "rejected");
        Add(counts.Expired, "expired");
        Add(counts.Cancelled, "cancelled");
        Add(counts.Suppressed, "suppressed");
        Add(counts.Live, "live");
        Add(counts.Pending, "pending");
        return text;

        void Add(long count, string name)
        {
            if (count > 0)
            {
                text += $", {count:N0} {name}";
            }
        }
    }
}
