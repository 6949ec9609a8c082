using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PushGateway.Benchmarks.Gateway;
using PushGateway.Benchmarks.Reporting;
using PushGateway.Benchmarks.Sink;
using PushGateway.Client.Events;

namespace PushGateway.Benchmarks;

/// <summary><c>lanes</c>: what small events feel of a bulk broadcast to everybody, by the same app through the same providers.</summary>
internal static class LanesBenchmark
{
    private const int Members = 1_000;

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_highEvery = TimeSpan.FromMilliseconds(400);

    public static Command CreateCommand()
    {
        var gateway = new GatewayOptions();
        var rounds = CommonOptions.Number("--rounds", "Bulk broadcasts, one after the other", 3, 1, 100);
        var delay = CommonOptions.Number("--delay", "Milliseconds from a request to its answer", 0, 0, 10_000);
        var json = CommonOptions.Json();
        var command = new Command("lanes", "Events for one device and for 1,000 devices while a bulk broadcast runs: when they are answered, accepted, complete.")
        {
            rounds, delay, json,
        };
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            gateway.Read(parsed), parsed.GetValue(rounds), TimeSpan.FromMilliseconds(parsed.GetValue(delay)), new Report(parsed.GetValue(json)),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(GatewaySettings settings, int rounds, TimeSpan delay, Report report, CancellationToken cancellationToken)
    {
        using var store = BenchmarkStore.Open(settings);
        await using var bench = await GatewayBench.StartAsync(store, settings, isProfiled: false, new SinkOptions { Delay = delay }, cancellationToken);
        var run = new Run(bench, settings.Devices);
        for (var round = 1; round <= rounds; round++)
        {
            Report.Progress($"Bulk broadcast {round} of {rounds}");
            await run.BroadcastAsync(cancellationToken);
        }

        Report.Progress("A bulk broadcast that is cancelled");
        await run.CancelAsync(cancellationToken);
        var result = await run.ResultAsync(cancellationToken);
        report.Write(Format(result), result);
    }

    private static string Format(LanesResult result)
    {
        var table = new TextTable("Milliseconds, while a bulk broadcast runs", "n", "p50", "p90", "p99", "max");
        Add("publish for one device: begun to answered", result.Answered);
        Add("one device, high: created to accepted", result.OneHigh);
        Add("one device, normal: created to accepted", result.OneNormal);
        Add($"{Members:N0} devices, high: created to complete", result.ThousandHigh);
        var all = new TextTable("Bulk broadcasts", "");
        all.Add("devices", result.Devices.ToString("N0", CultureInfo.InvariantCulture));
        all.Add("s to the last outcome recorded (median)", Number(result.BroadcastSeconds.P50));
        all.Add("ms from a cancel in mid-send to the last request", Number(result.CancelToLastRequestMilliseconds));
        all.Add("ms from a cancel in mid-send to its answer: every device accounted for", Number(result.CancelMilliseconds));
        return $"{table}\n{all}";

        void Add(string name, Percentiles values) =>
            table.Add(name, $"{values.Count}", Number(values.P50), Number(values.P90), Number(values.P99), Number(values.Max));
    }

    private static string Number(double value) => value.ToString("N2", CultureInfo.InvariantCulture);

    private sealed class Run(GatewayBench bench, int devices)
    {
        private readonly List<double> _answered = [];
        private readonly Dictionary<Kind, List<string>> _published = Enum.GetValues<Kind>().ToDictionary(kind => kind, _ => new List<string>());
        private readonly List<double> _broadcasts = [];
        private double _cancelMs;
        private double _lastRequestMs;

        private enum Kind
        {
            OneHigh,
            OneNormal,
            ThousandHigh,
        }

        /// <summary>Publishes one small event after the other until the broadcast is over.</summary>
        public async Task BroadcastAsync(CancellationToken cancellationToken)
        {
            var bulk = await StartBulkAsync(cancellationToken);
            var ending = Broadcast.WaitForEndAsync(bench.App, bulk, TimeSpan.FromMilliseconds(200), cancellationToken);
            var lastHigh = Stopwatch.GetTimestamp();
            for (var number = 0; !ending.IsCompleted; number++)
            {
                if (Stopwatch.GetElapsedTime(lastHigh) > s_highEvery)
                {
                    lastHigh = Stopwatch.GetTimestamp();
                    var members = Enumerable.Range(0, Members).Select(member => $"u{(member * 7_919L) % devices}").Distinct().ToList();
                    _published[Kind.ThousandHigh].Add(await PublishAsync(members, "high", cancellationToken));
                }

                var begun = Stopwatch.GetTimestamp();
                var kind = number % 2 == 0 ? Kind.OneHigh : Kind.OneNormal;
                _published[kind].Add(await PublishAsync([$"u{(number * 104_729L) % devices}"], kind == Kind.OneHigh ? "high" : "normal", cancellationToken));
                _answered.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                await Task.Delay(s_pollInterval, TimeProvider.System, cancellationToken);
            }

            var final = await ending;
            if (final.Counts.Accepted != devices)
            {
                throw new BenchmarkException($"Of {devices} devices {final.Counts.Accepted} were accepted.");
            }

            _broadcasts.Add((final.Timings.CompletedAt!.Value - final.Timings.CreatedAt).TotalSeconds);
        }

        public async Task CancelAsync(CancellationToken cancellationToken)
        {
            var bulk = await StartBulkAsync(cancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellationToken);
            var begun = Stopwatch.GetTimestamp();
            var cancelling = bench.App.CancelAsync(bulk, cancellationToken);
            await WatchTheEndAsync(begun, cancelling, cancellationToken);
            var cancelled = await cancelling;
            if (cancelled is not { IsFinal: true } || cancelled.Counts.Accepted + cancelled.Counts.Cancelled != devices)
            {
                throw new BenchmarkException($"The cancelled broadcast does not add up: {cancelled}");
            }
        }

        private async Task WatchTheEndAsync(long begun, Task cancelling, CancellationToken cancellationToken)
        {
            var (requests, isAnswered) = (0L, false);
            while (!isAnswered)
            {
                // One look more than the answer, which is the last: what comes after that would have come before.
                isAnswered = cancelling.IsCompleted;
                var seen = (await bench.Sink.ReadStatsAsync(cancellationToken)).Requests;
                var elapsed = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
                (requests, _lastRequestMs) = seen == requests ? (requests, _lastRequestMs) : (seen, elapsed);
                _cancelMs = elapsed;
                await Task.Delay(s_lookInterval, TimeProvider.System, cancellationToken);
            }
        }

        /// <summary>Asks for the events' own times only now: asking meanwhile would be load too.</summary>
        public async Task<LanesResult> ResultAsync(CancellationToken cancellationToken) => new()
        {
            Devices = devices,
            Answered = Percentiles.Of(_answered),
            OneHigh = await TimesAsync(Kind.OneHigh, timings => timings.FirstAcceptedAt, cancellationToken),
            OneNormal = await TimesAsync(Kind.OneNormal, timings => timings.FirstAcceptedAt, cancellationToken),
            ThousandHigh = await TimesAsync(Kind.ThousandHigh, timings => timings.CompletedAt, cancellationToken),
            BroadcastSeconds = Percentiles.Of(_broadcasts),
            CancelMilliseconds = _cancelMs,
            CancelToLastRequestMilliseconds = _lastRequestMs,
        };

        private async Task<Percentiles> TimesAsync(Kind kind, Func<EventTimings, DateTimeOffset?> until, CancellationToken cancellationToken)
        {
            List<double> times = [];
            foreach (var id in _published[kind])
            {
                var final = await Broadcast.WaitForEndAsync(bench.App, id, s_pollInterval, cancellationToken);
                if (final.Counts.Accepted != final.Counts.Targeted || until(final.Timings) is not { } instant)
                {
                    throw new BenchmarkException($"A small event does not add up: {final}");
                }

                times.Add((instant - final.Timings.CreatedAt).TotalMilliseconds);
            }

            return Percentiles.Of(times);
        }

        private async Task<string> StartBulkAsync(CancellationToken cancellationToken)
        {
            await bench.Sink.ResetAsync(cancellationToken);
            var bulk = Broadcast.ToChannel(Audience.Channel);
            var published = await bench.App.PublishAsync(
                bulk with { Options = bulk.Options! with { Priority = "bulk" } }, null, cancellationToken);
            await bench.Sink.WaitForFirstAsync(cancellationToken);
            return published.Event.Id;
        }

        /// <summary>Each subscriber has one device.</summary>
        private async Task<string> PublishAsync(IReadOnlyList<string> ids, string priority, CancellationToken cancellationToken)
        {
            var request = Broadcast.To(new EventAudience { Subscribers = ids });
            return (await bench.App.PublishAsync(
                request with { Options = request.Options! with { Priority = priority } }, null, cancellationToken)).Event.Id;
        }
    }
}

internal sealed record LanesResult
{
    public string Benchmark { get; } = "lanes";

    public MachineInfo Machine { get; } = Report.Machine;

    /// <summary>Of each broadcast.</summary>
    public required int Devices { get; init; }

    /// <summary>In milliseconds, as all but the broadcasts.</summary>
    public required Percentiles Answered { get; init; }

    public required Percentiles OneHigh { get; init; }

    public required Percentiles OneNormal { get; init; }

    public required Percentiles ThousandHigh { get; init; }

    public required Percentiles BroadcastSeconds { get; init; }

    /// <summary>From the call to its answer: by then every device is accounted for.</summary>
    public required double CancelMilliseconds { get; init; }

    /// <summary>From the call to the last request that arrives at the provider.</summary>
    public required double CancelToLastRequestMilliseconds { get; init; }
}
