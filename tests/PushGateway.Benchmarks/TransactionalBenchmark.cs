using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using PushGateway.Benchmarks.Gateway;
using PushGateway.Benchmarks.Load;
using PushGateway.Benchmarks.Reporting;
using PushGateway.Benchmarks.Sink;
using PushGateway.Benchmarks.Transactional;

namespace PushGateway.Benchmarks;

/// <summary><c>transactional</c>: events for one subscriber each, published at a fixed rate over the API, alone or in batches.</summary>
internal static partial class TransactionalBenchmark
{
    private const int DefaultDevices = 100_000;

    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(100);

    public static Command CreateCommand()
    {
        var gateway = new GatewayOptions(DefaultDevices);
        var rate = CommonOptions.Number("--rate", "Events a second", 5_000, 1, 1_000_000);
        var seconds = CommonOptions.Number("--seconds", "How long", 60, 1, 3_600);
        var warmUp = CommonOptions.Number("--warm-up", "Seconds of the same before, which do not count: the runtime compiles what is used most", 30, 0, 600);
        var batch = CommonOptions.Number("--batch", "Events in a call; 1 posts each alone", 1, 1, 1_000);
        var connections = CommonOptions.Number("--connections", "Keep-alive connections of the publisher, each with one call at a time", 200, 1, 1_000);
        var profile = new Option<bool>("--profile") { Description = "Sample the gateway with Linux perf, which makes it slower: its processor time by step" };
        var json = CommonOptions.Json();
        var command = new Command("transactional", "Events for one subscriber each at a fixed rate: rate kept, time to the provider, processor time, commits, bytes.")
        {
            rate, seconds, warmUp, batch, connections, profile, json,
        };
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new Plan(
                parsed.GetValue(rate), parsed.GetValue(seconds), parsed.GetValue(warmUp), parsed.GetValue(batch), parsed.GetValue(connections),
                parsed.GetValue(profile)),
            gateway.Read(parsed), new Report(parsed.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task RunAsync(Plan plan, GatewaySettings settings, Report report, CancellationToken cancellationToken)
    {
        if (plan.IsProfiled && !CpuProfile.IsAvailable)
        {
            throw new BenchmarkException("--profile needs Linux perf (Debian: apt-get install linux-perf).");
        }

        using var store = BenchmarkStore.Open(settings);
        TransactionalResult result;
        long bytes;
        await using (var bench = await GatewayBench.StartAsync(
            store, settings, plan.IsProfiled, new SinkOptions { Arrivals = plan.AllEvents }, cancellationToken))
        {
            bytes = store.DatabaseBytes;
            result = await MeasureAsync(bench, plan, settings, cancellationToken);
        }

        // The gateway has said how often it committed, and has copied its log into the database.
        var commits = CommitsIn(await File.ReadAllTextAsync(store.GatewayLog, cancellationToken));
        result = result with
        {
            EventsPerCommit = (double)plan.AllEvents / commits,
            StoreBytesPerEvent = (double)(store.DatabaseBytes - bytes) / plan.AllEvents,
        };
        report.Write(Format(result), result);
    }

    private static async Task<TransactionalResult> MeasureAsync(GatewayBench bench, Plan plan, GatewaySettings settings, CancellationToken cancellationToken)
    {
        var calls = new PublishCalls(
            bench.Gateway.Address, GatewayBench.AppId, GatewayProcess.AdminKey, plan.Batch, settings.Devices,
            TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        var load = new OpenLoop(bench.Gateway.Address, calls, plan.Connections);
        if (plan.WarmUpEvents > 0)
        {
            Report.Progress($"Warming up: {plan.WarmUpEvents:N0} events at {plan.Rate:N0}/s");
            load.Run(0, plan.WarmUpEvents / plan.Batch, (double)plan.Rate / plan.Batch, cancellationToken);
        }

        await using var profile = plan.IsProfiled ? CpuProfile.Start(bench.Gateway.Id) : null;
        Report.Progress($"Measuring: {plan.Events:N0} events at {plan.Rate:N0}/s");
        var sinkBefore = await bench.Sink.ReadStatsAsync(cancellationToken);
        var (gatewayCpu, loadCpu) = (bench.Gateway.ProcessorTime, Environment.CpuUsage.TotalTime);
        var times = load.Run(plan.WarmUpEvents / plan.Batch, plan.Events / plan.Batch, (double)plan.Rate / plan.Batch, cancellationToken);
        await WaitForPushesAsync(bench, plan.AllEvents, cancellationToken);
        (gatewayCpu, loadCpu) = (bench.Gateway.ProcessorTime - gatewayCpu, Environment.CpuUsage.TotalTime - loadCpu);
        var sinkCpu = (await bench.Sink.ReadStatsAsync(cancellationToken)).CpuSeconds - sinkBefore.CpuSeconds;
        IReadOnlyList<ProfileStep> steps = profile is null ? [] : await profile.StopAsync(cancellationToken);
        var arrivedAt = await ReadArrivalsAsync(bench, plan, cancellationToken);
        await CheckEventsAsync(bench, plan, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(times.DueAt[0], arrivedAt.Max());
        return new TransactionalResult
        {
            RequestedPerSecond = plan.Rate,
            EventsPerCall = plan.Batch,
            Connections = plan.Connections,
            Events = plan.Events,
            KeptPerSecond = plan.Events / elapsed.TotalSeconds,
            Sent = Since(times, plan.Batch, times.SentAt, perCall: true),
            Answered = Since(times, plan.Batch, times.AnsweredAt, perCall: true),
            Arrived = Since(times, plan.Batch, arrivedAt, perCall: false),
            GatewayCpuMicrosecondsPerEvent = gatewayCpu.TotalMicroseconds / plan.Events,
            SinkCpuMicrosecondsPerEvent = sinkCpu * 1e6 / plan.Events,
            LoadCpuMicrosecondsPerEvent = loadCpu.TotalMicroseconds / plan.Events,
            MachineShare = (gatewayCpu.TotalSeconds + sinkCpu + loadCpu.TotalSeconds) / elapsed.TotalSeconds / Environment.ProcessorCount,
            PeakMemoryMegabytes = bench.Gateway.PeakMemoryBytes / (1024d * 1024),
            EventsPerCommit = 0,
            StoreBytesPerEvent = 0,
            Steps = [.. steps.Select(step => new ProfileStepShare(step.Name, step.Share))],
        };
    }

    private static Percentiles Since(CallTimes times, int eventsPerCall, long[] instants, bool perCall) => Percentiles.Of(
        Enumerable.Range(0, times.Calls * eventsPerCall).Select(index =>
            Stopwatch.GetElapsedTime(times.DueAt[index / eventsPerCall], instants[perCall ? index / eventsPerCall : index]).TotalMilliseconds));

    private static async Task WaitForPushesAsync(GatewayBench bench, int events, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var expected = events + bench.WarmUpDevices;
        while ((await bench.Sink.ReadStatsAsync(cancellationToken)).Requests < expected && Stopwatch.GetElapsedTime(started) < s_endLimit)
        {
            await Task.Delay(s_pollInterval, TimeProvider.System, cancellationToken);
        }
    }

    /// <returns>When each of the events that count arrived.</returns>
    /// <exception cref="BenchmarkException">One did not come, or came twice.</exception>
    private static async Task<long[]> ReadArrivalsAsync(GatewayBench bench, Plan plan, CancellationToken cancellationToken)
    {
        var file = Path.GetTempFileName();
        try
        {
            await bench.Sink.WriteArrivalsAsync(file, cancellationToken);
            var (unknown, firstAt, counts) = Arrivals.Read(file, plan.AllEvents);
            var (missing, repeated) = (counts.Count(count => count == 0), counts.Count(count => count > 1));
            return missing == 0 && repeated == 0 && unknown == bench.WarmUpDevices
                ? firstAt[plan.WarmUpEvents..]
                : throw new BenchmarkException($"Of {plan.AllEvents} events {missing} did not reach the sink and {repeated} came more than once; {unknown} pushes had no number.");
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <exception cref="BenchmarkException">One is missing, not completed, or its one device not accepted.</exception>
    private static async Task CheckEventsAsync(GatewayBench bench, Plan plan, CancellationToken cancellationToken)
    {
        Report.Progress("Reading the account of every event");
        var started = Stopwatch.GetTimestamp();
        HashSet<string> completed = [];
        string? cursor = null;
        while (completed.Count < plan.AllEvents)
        {
            var page = await bench.App.ListEventsAsync(cursor, cancellationToken);
            if (page.Items.FirstOrDefault(info => !info.IsFinal) is { } unfinished)
            {
                if (Stopwatch.GetElapsedTime(started) > s_endLimit)
                {
                    throw new BenchmarkException($"Event {unfinished.Id} does not end: {unfinished.State}, {unfinished.Counts}.");
                }

                await Task.Delay(s_pollInterval, TimeProvider.System, cancellationToken);
                continue;
            }

            foreach (var info in page.Items)
            {
                if (info is not { State: "completed", Counts: { Targeted: 1, Accepted: 1 }, Attempts: 1, Timings: { StartedAt: not null, FirstAcceptedAt: not null, CompletedAt: not null } } &&
                    info.Counts.Targeted != bench.WarmUpDevices)
                {
                    throw new BenchmarkException($"Event {info.Id} is {info.State} with {info.Counts}.");
                }

                if (info.Counts.Targeted == 1)
                {
                    completed.Add(info.Id);
                }
            }

            cursor = page.NextCursor ?? throw new BenchmarkException($"Of {plan.AllEvents} events the gateway knows {completed.Count}.");
        }
    }

    private static long CommitsIn(string log) => ClosedAfter().Match(log) is { Success: true } match
        ? long.Parse(match.Groups[1].ValueSpan, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)
        : throw new BenchmarkException("The gateway did not say how often it committed.");

    [GeneratedRegex("The store is closed after ([0-9]+) commits")]
    private static partial Regex ClosedAfter();

    private static string Format(TransactionalResult result)
    {
        var times = new TextTable("Milliseconds since due", "n", "p50", "p90", "p99", "max");
        Add("sent", result.Sent);
        Add("answered", result.Answered);
        Add("first byte at the provider", result.Arrived);
        var costs = new TextTable("Figure", "value");
        costs.Add("events a second, asked for", Number(result.RequestedPerSecond, "N0"));
        costs.Add("events a second, kept", Number(result.KeptPerSecond, "N0"));
        costs.Add("events a call", $"{result.EventsPerCall}");
        costs.Add("connections", $"{result.Connections}");
        costs.Add("gateway CPU µs/event", Number(result.GatewayCpuMicrosecondsPerEvent, "N1"));
        costs.Add("sink CPU µs/event", Number(result.SinkCpuMicrosecondsPerEvent, "N1"));
        costs.Add("load CPU µs/event", Number(result.LoadCpuMicrosecondsPerEvent, "N1"));
        costs.Add("of the machine's processors, together", result.MachineShare.ToString("P0", CultureInfo.InvariantCulture));
        costs.Add("gateway peak MiB", Number(result.PeakMemoryMegabytes, "N0"));
        costs.Add("events a commit", Number(result.EventsPerCommit, "N1"));
        costs.Add("store B/event", Number(result.StoreBytesPerEvent, "N0"));
        foreach (var step in result.Steps)
        {
            costs.Add($"  {step.Name}", step.Share.ToString("P1", CultureInfo.InvariantCulture));
        }

        return $"{times}\n{costs}\nEvery event reached the sink exactly once and is completed with its one device accepted.\n";

        void Add(string name, Percentiles values) => times.Add(
            name, $"{values.Count}", Number(values.P50, "N2"), Number(values.P90, "N2"), Number(values.P99, "N2"), Number(values.Max, "N2"));
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>What is asked of the gateway. Whole calls only, so both numbers of events are multiples of a batch.</summary>
    private sealed record Plan(int Rate, int Seconds, int WarmUpSeconds, int Batch, int Connections, bool IsProfiled)
    {
        public int Events => Rate * Seconds / Batch * Batch;

        public int WarmUpEvents => Rate * WarmUpSeconds / Batch * Batch;

        public int AllEvents => Events + WarmUpEvents;
    }
}
