using PushGateway.Client;
using PushGateway.Client.Events;

namespace PushGateway.Benchmarks.Gateway;

/// <summary>One event to a channel, from publishing it to its end, with what that took.</summary>
internal static class Broadcast
{
    // Seldom enough not to be noticed in the gateway's processor time.
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(200);

    public static EventRequest ToChannel(string channel) => To(new EventAudience { Channel = channel });

    public static EventRequest To(EventAudience audience) => new()
    {
        Type = "video.published",
        Audience = audience,
        Notification = new EventNotification { Title = "New video", Body = "Just published. Be the first to see it." },
        Localizations = new Dictionary<string, EventNotification> { ["es"] = new() { Title = "Nuevo vídeo", Body = "Recién publicado. Sé de los primeros en verlo." } },
        Data = new Dictionary<string, string> { ["videoId"] = "abc123" },
        Options = new EventRequestOptions { TtlSeconds = 3600 },
    };

    /// <exception cref="BenchmarkException">The account does not add up: not every device was accepted, or the sink saw another number of requests.</exception>
    public static async Task<BroadcastResult> RunAsync(GatewayBench bench, string channel, int devices, CancellationToken cancellationToken)
    {
        await bench.Sink.ResetAsync(cancellationToken);
        var isPeakReset = bench.Gateway.TryResetPeakMemory();
        var cpu = bench.Gateway.ProcessorTime;
        var published = await bench.App.PublishAsync(ToChannel(channel), null, cancellationToken);
        var final = await WaitForEndAsync(bench.App, published.Event.Id, s_pollInterval, cancellationToken);
        cpu = bench.Gateway.ProcessorTime - cpu;
        var sink = await bench.Sink.ReadStatsAsync(cancellationToken);
        Check(final, sink.Requests, devices);
        var timings = final.Timings;
        return new BroadcastResult
        {
            Devices = devices,
            PushesPerSecond = devices / Since(timings.CompletedAt),
            CpuMicrosecondsPerPush = cpu.TotalMicroseconds / devices,
            SinkCpuMicrosecondsPerPush = sink.CpuSeconds * 1e6 / devices,
            WireBytesPerPush = (double)(sink.WireBytesIn + sink.WireBytesOut) / devices,
            PeakMemoryMegabytes = bench.Gateway.PeakMemoryBytes / (1024d * 1024),
            IsPeakOfBroadcast = isPeakReset,
            Connections = sink.OpenConnections,
            SecondsToFirst = Since(timings.FirstAcceptedAt),
            SecondsTo50Percent = Since(timings.Accepted50At),
            SecondsTo90Percent = Since(timings.Accepted90At),
            SecondsTo99Percent = Since(timings.Accepted99At),
            SecondsToEnd = Since(timings.CompletedAt),
        };

        double Since(DateTimeOffset? instant) => instant is { } value ? (value - timings.CreatedAt).TotalSeconds : double.NaN;
    }

    /// <returns>The event, final.</returns>
    public static async Task<EventInfo> WaitForEndAsync(PushGatewayAppClient app, string eventId, TimeSpan pollInterval, CancellationToken cancellationToken)
    {
        while (true)
        {
            var info = await app.FindEventAsync(eventId, cancellationToken) ?? throw new BenchmarkException($"The gateway has lost event {eventId}.");
            if (info.IsFinal)
            {
                return info;
            }

            await Task.Delay(pollInterval, TimeProvider.System, cancellationToken);
        }
    }

    private static void Check(EventInfo final, long requests, int devices)
    {
        var counts = final.Counts;
        if (final.State != "completed" || counts.Targeted != devices || counts.Accepted != devices || counts.Pending != 0 || requests != devices)
        {
            throw new BenchmarkException(
                $"The account does not add up: {devices} devices, event {final.State}, {counts.Targeted} targeted, {counts.Accepted} accepted, {counts.Pending} pending, {requests} requests at the sink.");
        }
    }
}
