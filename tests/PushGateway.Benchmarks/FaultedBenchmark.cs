using System.CommandLine;
using System.Globalization;
using PushGateway.Benchmarks.Gateway;
using PushGateway.Benchmarks.Reporting;
using PushGateway.Benchmarks.Sink;
using PushGateway.Client.Events;

namespace PushGateway.Benchmarks;

/// <summary>
/// <c>faulted</c>: the same broadcast by the same gateway, to providers that take everything and to providers that do not: 1 % of the tokens are dead, 1 % of the
/// answers are 429 with Retry-After, 0.5 % are 503, and connections end with a GOAWAY every 50,000 streams.
/// </summary>
/// <remarks>
/// Goodput is accepted notifications per second from the publish until 90 % of them had been accepted: those that were told to wait come later, however fast the gateway
/// is. What the faults cost it is the processor time per device, over the whole event.
/// </remarks>
internal static class FaultedBenchmark
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(100);

    public static Command CreateCommand()
    {
        var gateway = new GatewayOptions();
        var rounds = CommonOptions.Number("--rounds", "Broadcasts of each kind, in turn", 3, 1, 100);
        var json = CommonOptions.Json();
        var command = new Command("faulted", "Broadcast to providers with faults against one to providers without: goodput, attempts, processor time; nothing lost.") { rounds, json };
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(gateway.Read(parsed), parsed.GetValue(rounds), new Report(parsed.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task RunAsync(GatewaySettings settings, int rounds, Report report, CancellationToken cancellationToken)
    {
        using var store = BenchmarkStore.Open(settings);
        List<FaultedRound> clean = [];
        List<FaultedRound> faulted = [];
        await using (var bench = await GatewayBench.StartAsync(store, settings, isProfiled: false, cancellationToken))
        await using (var cleanApns = await SinkProcess.StartAsync(new SinkOptions(), hasTokenEndpoint: false, cancellationToken))
        await using (var cleanFcm = await SinkProcess.StartAsync(new SinkOptions(), hasTokenEndpoint: true, cancellationToken))
        await using (var apns = await SinkProcess.StartAsync(new SinkOptions { Faults = FaultKind.Apns }, hasTokenEndpoint: false, cancellationToken))
        await using (var fcm = await SinkProcess.StartAsync(new SinkOptions { Faults = FaultKind.Fcm }, hasTokenEndpoint: true, cancellationToken))
        {
            var (settled, troubled) = (new Side(cleanApns, cleanFcm, HasFaults: false), new Side(apns, fcm, HasFaults: true));
            // The first of each does not count: the runtime compiles the code of the faults with it.
            for (var round = 0; round <= rounds; round++)
            {
                var name = round == 0 ? "Warming up" : $"Round {round} of {rounds}";
                Report.Progress($"{name}, clean");
                await UseAsync(bench, settled, cancellationToken);
                // Nor does this one: what has idled, as all of it has during the last repeats, is slower at first.
                await BroadcastAsync(bench, settled, settings.Devices, cancellationToken);
                var withoutFaults = await BroadcastAsync(bench, settled, settings.Devices, cancellationToken);
                Report.Progress($"{name}, with faults");
                await UseAsync(bench, troubled, cancellationToken);
                var withFaults = await BroadcastAsync(bench, troubled, settings.Devices, cancellationToken);
                if (round > 0)
                {
                    clean.Add(withoutFaults);
                    faulted.Add(withFaults);
                }
            }
        }

        var result = new FaultedResult { Devices = settings.Devices, Settings = settings.Settings, Clean = clean, Faulted = faulted };
        report.Write(Format(result), result);
    }

    /// <summary>A short broadcast after the change: connections are made, and the credentials are proved. It is ended before its repeats, which nobody is to wait for.</summary>
    private static async Task UseAsync(GatewayBench bench, Side side, CancellationToken cancellationToken)
    {
        await SinkCredentials.PutApnsAsync(bench.App, side.Apns.Address, cancellationToken);
        await SinkCredentials.PutFcmAsync(bench.App, side.Fcm.Address, cancellationToken);
        var published = await bench.App.PublishAsync(Broadcast.ToChannel(Audience.WarmUpChannel), null, cancellationToken);
        await WaitForAcceptedAsync(bench, published.Event.Id, 0.9 * side.Accepting(bench.WarmUpDevices), cancellationToken);
        if (side.HasFaults)
        {
            await bench.App.CancelAsync(published.Event.Id, cancellationToken);
        }

        await Broadcast.WaitForEndAsync(bench.App, published.Event.Id, s_pollInterval, cancellationToken);
    }

    private static async Task<FaultedRound> BroadcastAsync(GatewayBench bench, Side side, int devices, CancellationToken cancellationToken)
    {
        foreach (var sink in side.Sinks)
        {
            await sink.ResetAsync(cancellationToken);
        }

        var cpu = bench.Gateway.ProcessorTime;
        var published = await bench.App.PublishAsync(Broadcast.ToChannel(Audience.Channel), null, cancellationToken);
        await WaitForAcceptedAsync(bench, published.Event.Id, 0.9 * side.Accepting(devices), cancellationToken);
        var (gatewayTo90, sinksTo90) = (bench.Gateway.ProcessorTime - cpu, (await ReadStatsAsync(side, cancellationToken)).Sum(static sink => sink.CpuSeconds));
        var final = await Broadcast.WaitForEndAsync(bench.App, published.Event.Id, s_pollInterval, cancellationToken);
        cpu = bench.Gateway.ProcessorTime - cpu;
        return Judge(final, cpu, await ReadStatsAsync(side, cancellationToken)) with { GatewaySecondsTo90Percent = gatewayTo90.TotalSeconds, SinkSecondsTo90Percent = sinksTo90 };
    }

    private static async Task WaitForAcceptedAsync(GatewayBench bench, string eventId, double accepted, CancellationToken cancellationToken)
    {
        while (await bench.App.FindEventAsync(eventId, cancellationToken) is { IsFinal: false } running && running.Counts.Accepted < accepted)
        {
            await Task.Delay(s_pollInterval, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task<List<SinkStats>> ReadStatsAsync(Side side, CancellationToken cancellationToken)
    {
        List<SinkStats> stats = [];
        foreach (var sink in side.Sinks)
        {
            stats.Add(await sink.ReadStatsAsync(cancellationToken));
        }

        return stats;
    }

    /// <exception cref="BenchmarkException">A device is lost, or the gateway's account is not that of the providers.</exception>
    private static FaultedRound Judge(EventInfo final, TimeSpan cpu, List<SinkStats> stats)
    {
        var (counts, timings) = (final.Counts, final.Timings);
        var requests = stats.Sum(sink => sink.Requests);
        var gone = stats.Sum(sink => sink.Gone);
        var passing = stats.Sum(sink => sink.Throttled + sink.Unavailable);
        var taken = requests - gone - passing;
        if (final.State != "completed" || counts.Pending != 0 || counts.Targeted != counts.Accepted + counts.Unregistered || counts.Accepted != taken ||
            counts.Unregistered != gone || final.Attempts != requests)
        {
            throw new BenchmarkException(
                $"The account does not add up: event {final.State}, {counts}, {final.Attempts} attempts; at the providers {requests} requests, {taken} accepted, {gone} dead, {passing} to come again.");
        }

        var to90 = (timings.Accepted90At!.Value - timings.CreatedAt).TotalSeconds;
        return new FaultedRound
        {
            Devices = counts.Targeted,
            Accepted = counts.Accepted,
            GoodputPerSecond = 0.9 * counts.Accepted / to90,
            SecondsTo90Percent = to90,
            SecondsTo99Percent = (timings.Accepted99At!.Value - timings.CreatedAt).TotalSeconds,
            SecondsToEnd = (timings.CompletedAt!.Value - timings.CreatedAt).TotalSeconds,
            CpuMicrosecondsPerDevice = cpu.TotalMicroseconds / counts.Targeted,
            Attempts = final.Attempts,
            AttemptsPerNeeded = final.Attempts / (double)(counts.Targeted + passing),
            Gone = gone,
            ToComeAgain = passing,
            GoAways = stats.Sum(sink => sink.GoAwaysSent),
        };
    }

    private static string Format(FaultedResult result)
    {
        var table = new TextTable("Broadcast", "clean", "with faults", "ratio");
        Add("goodput, accepted/s until 90 %", "N0", round => round.GoodputPerSecond);
        Add("gateway CPU µs/device", "N2", round => round.CpuMicrosecondsPerDevice);
        Add("gateway CPU s to 90 %", "N2", round => round.GatewaySecondsTo90Percent);
        Add("sinks' CPU s to 90 %", "N2", round => round.SinkSecondsTo90Percent);
        Add("s to 90 % accepted", "N2", round => round.SecondsTo90Percent);
        Add("s to 99 % accepted", "N2", round => round.SecondsTo99Percent);
        Add("s to last outcome recorded", "N2", round => round.SecondsToEnd);
        Add("attempts", "N0", round => round.Attempts);
        Add("attempts / needed", "N4", round => round.AttemptsPerNeeded);
        Add("tokens dead", "N0", round => round.Gone);
        Add("429 and 503", "N0", round => round.ToComeAgain);
        Add("GOAWAYs", "N0", round => round.GoAways);
        return $"{table}\nMedians of {result.Clean.Count} rounds. In each, every device has its outcome, and the account is that of the providers: none lost, none doubled.\n";

        void Add(string name, string format, Func<FaultedRound, double> figure)
        {
            var (clean, faulted) = (Spread.Of(result.Clean.Select(figure)).Median, Spread.Of(result.Faulted.Select(figure)).Median);
            table.Add(
                name, clean.ToString(format, CultureInfo.InvariantCulture), faulted.ToString(format, CultureInfo.InvariantCulture),
                clean == 0 ? "" : (faulted / clean).ToString("N3", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Both providers of one kind.</summary>
    private sealed record Side(SinkProcess Apns, SinkProcess Fcm, bool HasFaults)
    {
        /// <summary>How many of so many devices they accept in the end.</summary>
        public double Accepting(int devices) => HasFaults ? devices * (1 - FaultAnswers.GoneShare) : devices;

        public IReadOnlyList<SinkProcess> Sinks => [Apns, Fcm];
    }
}
