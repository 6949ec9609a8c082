using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PushGateway.Benchmarks.Gateway;
using PushGateway.Benchmarks.Reporting;
using PushGateway.Benchmarks.Sink;
using PushGateway.Client;
using PushGateway.Client.Devices;
using PushGateway.Client.Events;

namespace PushGateway.Benchmarks;

/// <summary><c>latency</c>: from publishing an event for one device to its first byte at the provider, in an idle gateway and during a broadcast.</summary>
internal static class LatencyBenchmark
{
    private const string ProbeApp = "bench-probe";
    private const string ProbeDevice = "probe";
    private const int WarmUpProbes = 20;

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(5);

    public static Command CreateCommand()
    {
        var gateway = new GatewayOptions();
        var idle = CommonOptions.Number("--idle", "Events for one device, one after another, while nothing else is done", 200, 1, 100_000);
        var busy = CommonOptions.Number("--busy", "The same during a broadcast to all devices, at most: 0 leaves it out", 200, 0, 100_000);
        var json = CommonOptions.Json();
        var command = new Command("latency", "Time from a publish to the first byte of its push at the provider, idle and during a broadcast.") { idle, busy, json };
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            gateway.Read(parsed), parsed.GetValue(idle), parsed.GetValue(busy), new Report(parsed.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task RunAsync(GatewaySettings settings, int idle, int busy, Report report, CancellationToken cancellationToken)
    {
        using var store = BenchmarkStore.Open(settings);
        await using var bench = await GatewayBench.StartAsync(store, settings, isProfiled: false, cancellationToken);

        // A sink of its own: what reaches it is the probe's, whatever else is being sent.
        await using var sink = await SinkProcess.StartAsync(new SinkOptions(), hasTokenEndpoint: false, cancellationToken);
        await bench.Gateway.Client.PutAppAsync(ProbeApp, "Probe", cancellationToken);
        var app = bench.Gateway.Client.App(ProbeApp);
        await SinkCredentials.PutApnsAsync(app, sink.Address, cancellationToken);
        await app.PutDeviceAsync(ProbeDevice, new DeviceSpec { Provider = "apns", Token = new string('a', 64) }, cancellationToken);

        await ProbeAsync(app, sink, WarmUpProbes, waitsForEnd: true, CancellationToken.None, cancellationToken);
        Report.Progress($"{idle:N0} events while idle");
        var idleProbes = await ProbeAsync(app, sink, idle, waitsForEnd: true, CancellationToken.None, cancellationToken);
        var busyProbes = busy > 0 ? await ProbeDuringBroadcastAsync(bench, app, sink, settings.Devices, busy, cancellationToken) : [];
        var result = new LatencyResult { Devices = settings.Devices, Idle = Latencies.Of(idleProbes)!, DuringBroadcast = Latencies.Of(busyProbes) };
        report.Write(Format(result), result);
    }

    private static async Task<List<Probe>> ProbeDuringBroadcastAsync(
        GatewayBench bench, PushGatewayAppClient app, SinkProcess sink, int devices, int count, CancellationToken cancellationToken)
    {
        Report.Progress($"{count:N0} events during a broadcast to {devices:N0} devices");
        using var ended = new CancellationTokenSource();
        var broadcast = Broadcast.RunAsync(bench, Audience.Channel, devices, cancellationToken);
        var ending = EndAsync();

        // Not before the broadcast is under way.
        await bench.Sink.WaitForFirstAsync(cancellationToken);
        var probes = await ProbeAsync(app, sink, count, waitsForEnd: false, ended.Token, cancellationToken);
        await ending;
        return probes;

        async Task EndAsync()
        {
            try
            {
                await broadcast;
            }
            finally
            {
                await ended.CancelAsync();
            }
        }
    }

    /// <param name="waitsForEnd">Each event ends before the next is published.</param>
    /// <param name="until">No more once it fires; what was measured while it fired does not count.</param>
    private static async Task<List<Probe>> ProbeAsync(
        PushGatewayAppClient app, SinkProcess sink, int count, bool waitsForEnd, CancellationToken until, CancellationToken cancellationToken)
    {
        List<Probe> probes = [];
        while (probes.Count < count)
        {
            await sink.ResetAsync(cancellationToken);
            var begun = Stopwatch.GetTimestamp();
            var published = await app.PublishAsync(Broadcast.To(new EventAudience { Devices = [ProbeDevice] }), null, cancellationToken);
            var answered = Stopwatch.GetTimestamp();
            var arrived = await sink.WaitForFirstAsync(cancellationToken);
            if (until.IsCancellationRequested)
            {
                break;
            }

            probes.Add(new Probe(begun, answered, arrived));
            if (waitsForEnd)
            {
                await Broadcast.WaitForEndAsync(app, published.Event.Id, s_pollInterval, cancellationToken);
            }
        }

        return probes;
    }

    private static string Format(LatencyResult result)
    {
        var table = new TextTable("Milliseconds", "n", "p50", "p90", "p99", "max");
        Add("idle", result.Idle);
        Add("during a broadcast", result.DuringBroadcast);
        return table.ToString();

        void Add(string name, Latencies? latencies)
        {
            if (latencies is not null)
            {
                AddRow($"{name}: publish begun to first byte", latencies.BegunToFirstByte);
                AddRow($"{name}: publish answered to first byte", latencies.AnsweredToFirstByte);
                AddRow($"{name}: publish begun to answered", latencies.BegunToAnswered);
            }
        }

        void AddRow(string name, Percentiles values) =>
            table.Add(name, $"{values.Count}", Number(values.P50), Number(values.P90), Number(values.P99), Number(values.Max));
    }

    private static string Number(double value) => value.ToString("N2", CultureInfo.InvariantCulture);
}

/// <summary>Three instants of one event, on the machine's monotonic clock.</summary>
internal readonly record struct Probe(long Begun, long Answered, long Arrived);

/// <summary>In milliseconds.</summary>
internal sealed record Latencies(Percentiles BegunToFirstByte, Percentiles AnsweredToFirstByte, Percentiles BegunToAnswered)
{
    /// <returns><see langword="null"/> when there is no probe.</returns>
    public static Latencies? Of(IReadOnlyCollection<Probe> probes) => probes.Count == 0
        ? null
        : new Latencies(
            Percentiles.Of(probes.Select(probe => Between(probe.Begun, probe.Arrived))),
            Percentiles.Of(probes.Select(probe => Between(probe.Answered, probe.Arrived))),
            Percentiles.Of(probes.Select(probe => Between(probe.Begun, probe.Answered))));

    // Negative when the push had left before the publish was answered.
    private static double Between(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}

internal sealed record LatencyResult
{
    public string Benchmark { get; } = "latency";

    public MachineInfo Machine { get; } = Report.Machine;

    /// <summary>Of the broadcast.</summary>
    public required int Devices { get; init; }

    public required Latencies Idle { get; init; }

    /// <summary><see langword="null"/> when it was left out, or over before anything could be measured.</summary>
    public required Latencies? DuringBroadcast { get; init; }
}
