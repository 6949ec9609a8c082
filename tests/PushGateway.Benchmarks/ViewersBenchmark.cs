using System.CommandLine;
using System.Net;
using PushGateway.Benchmarks.Dashboard;
using PushGateway.Benchmarks.Gateway;
using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks;

/// <summary><c>viewers</c>: what open pages of the dashboard take from broadcasts. The same ones without any, with many on the overview, with many on an event's own page, in turn.</summary>
/// <remarks>Several broadcasts at once: one alone may be over before the dashboard has drawn anything anew.</remarks>
internal static class ViewersBenchmark
{
    private const int Shows = 3;

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(200);

    // Long enough to pause the events before they begin.
    private static readonly TimeSpan s_delay = TimeSpan.FromSeconds(3);

    private readonly record struct Load(string Channel, int Devices, int Events);

    public static Command CreateCommand()
    {
        var gateway = new GatewayOptions();
        var viewers = CommonOptions.Number("--viewers", "Open pages", 100, 1, 10_000);
        var events = CommonOptions.Number("--events", "Broadcasts to all devices at the same time", 8, 1, 100);
        var rounds = CommonOptions.Number("--rounds", "Times that each kind takes its turn", 3, 1, 100);
        var json = CommonOptions.Json();
        var command = new Command("viewers", "Open pages of the dashboard during broadcasts: what these lose in rate, what they cost more.")
        {
            viewers, events, rounds, json,
        };
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            gateway.Read(parsed), parsed.GetValue(viewers), parsed.GetValue(events), parsed.GetValue(rounds), new Report(parsed.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task RunAsync(GatewaySettings settings, int viewers, int events, int rounds, Report report, CancellationToken cancellationToken)
    {
        using var store = BenchmarkStore.Open(settings);
        await using var bench = await GatewayBench.StartAsync(store, settings, isProfiled: false, cancellationToken);
        var cookies = await DashboardSignIn.SignInAsync(bench.Gateway.Address, store.GatewayLog, cancellationToken);

        Report.Progress("Warming up with pages");
        foreach (var show in Enum.GetValues<ViewersShow>())
        {
            await RunAsync(bench, new Load(Audience.WarmUpChannel, bench.WarmUpDevices, events), show, Math.Min(viewers, 10), cookies, mustSee: false, cancellationToken);
        }

        List<ViewersRound> results = [];
        for (var round = 0; round < rounds; round++)
        {
            for (var turn = 0; turn < Shows; turn++)
            {
                // Each kind comes first, in the middle and last as often as the others.
                var show = (ViewersShow)((turn + round) % Shows);
                Report.Progress($"Round {round + 1} of {rounds}: {Words(show)}");
                var result = await RunAsync(bench, new Load(Audience.Channel, settings.Devices, events), show, viewers, cookies, mustSee: true, cancellationToken);
                results.Add(result with { Round = round });
            }
        }

        var all = new ViewersResult { Devices = settings.Devices, Events = events, Viewers = viewers, Settings = settings.Settings, Rounds = results };
        report.Write(Format(all), all);
    }

    /// <summary>The events are published, paused before they begin, the pages are opened, and they go on: what is counted is the broadcasts, not the opening of pages.</summary>
    private static async Task<ViewersRound> RunAsync(
        GatewayBench bench, Load load, ViewersShow show, int viewers, CookieContainer cookies, bool mustSee, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        var startsAt = TimeProvider.System.GetUtcNow() + s_delay;
        for (var number = 0; number < load.Events; number++)
        {
            var request = Broadcast.ToChannel(load.Channel);
            ids.Add((await bench.App.PublishAsync(request with { Options = request.Options! with { SendAt = startsAt } }, null, cancellationToken)).Event.Id);
            await bench.App.PauseAsync(ids[^1], cancellationToken);
        }

        var (path, expected) = show == ViewersShow.Event ? ($"/admin/events/{GatewayBench.AppId}/{ids[^1]}", "Accepted over time") : ("/admin", "Accepted a second");
        await using var pages = await DashboardViewers.OpenAsync(
            show == ViewersShow.Nobody ? 0 : viewers, bench.Gateway.Address, path, expected, cookies, cancellationToken);
        var early = startsAt - TimeProvider.System.GetUtcNow();
        await Task.Delay(early > TimeSpan.Zero ? early : TimeSpan.Zero, TimeProvider.System, cancellationToken);

        pages.Mark();
        var cpu = bench.Gateway.ProcessorTime;
        var own = Environment.CpuUsage.TotalTime;
        var started = TimeProvider.System.GetUtcNow();
        foreach (var id in ids)
        {
            await bench.App.ResumeAsync(id, cancellationToken);
        }

        var ended = started;
        foreach (var id in ids)
        {
            var final = await Broadcast.WaitForEndAsync(bench.App, id, s_pollInterval, cancellationToken);
            ended = final.Timings.CompletedAt is { } completed && completed > ended ? completed : ended;
            if (final.Counts.Accepted != load.Devices)
            {
                throw new BenchmarkException($"{final.Counts.Accepted} of {load.Devices} were accepted.");
            }
        }

        (cpu, own) = (bench.Gateway.ProcessorTime - cpu, Environment.CpuUsage.TotalTime - own);
        var (batches, bytes) = (pages.Batches, pages.Bytes);
        if (mustSee)
        {
            pages.CheckAllWereShown();
        }

        var pushes = (double)load.Devices * load.Events;
        return new ViewersRound
        {
            Show = show,
            Seconds = (ended - started).TotalSeconds,
            PushesPerSecond = pushes / (ended - started).TotalSeconds,
            CpuMicrosecondsPerPush = cpu.TotalMicroseconds / pushes,
            ViewersCpuMicrosecondsPerPush = own.TotalMicroseconds / pushes,
            Batches = batches,
            Bytes = bytes,
        };
    }

    private static string Words(ViewersShow show) => show switch
    {
        ViewersShow.Nobody => "nobody looks",
        ViewersShow.Overview => "all on the overview",
        _ => "all on one event's page",
    };

    private static string Format(ViewersResult result)
    {
        var table = new TextTable([$"{result.Viewers} viewers", .. Enum.GetValues<ViewersShow>().Select(Words)]);
        Add("seconds", "N1", round => round.Seconds);
        Add("pushes/s, min / median / max", "N0", round => round.PushesPerSecond);
        Add("rate / rate without, of each round", "N3", round => round.PushesPerSecond / Without(round).PushesPerSecond);
        Add("gateway CPU µs/push", "N2", round => round.CpuMicrosecondsPerPush);
        Add("its ratio, of each round", "N3", round => round.CpuMicrosecondsPerPush / Without(round).CpuMicrosecondsPerPush);
        Add("viewers' CPU µs/push", "N2", round => round.ViewersCpuMicrosecondsPerPush);
        Add("changes received", "N0", round => round.Batches);
        Add("KiB received", "N0", round => round.Bytes / 1024d);
        return table.ToString();

        ViewersRound Without(ViewersRound round) => result.Rounds.Single(other => other.Round == round.Round && other.Show == ViewersShow.Nobody);

        void Add(string name, string format, Func<ViewersRound, double> figure) => table.Add(
            [name, .. Enum.GetValues<ViewersShow>().Select(show => Spread.Of(result.Rounds.Where(round => round.Show == show).Select(figure)).ToText(format))]);
    }
}

/// <summary>What the viewers look at. Written out in <c>--json</c>.</summary>
internal enum ViewersShow
{
    Nobody,
    Overview,
    Event,
}

internal sealed record ViewersResult
{
    public string Benchmark { get; } = "viewers";

    public MachineInfo Machine { get; } = Report.Machine;

    public required int Devices { get; init; }

    public required int Events { get; init; }

    public required int Viewers { get; init; }

    public required IReadOnlyList<string> Settings { get; init; }

    public required IReadOnlyList<ViewersRound> Rounds { get; init; }
}

/// <summary>Broadcasts at the same time, once.</summary>
internal sealed record ViewersRound
{
    public int Round { get; init; }

    public required ViewersShow Show { get; init; }

    /// <summary>From the first resume until the last outcome was recorded.</summary>
    public required double Seconds { get; init; }

    public required double PushesPerSecond { get; init; }

    /// <summary>User and system time of the gateway, what it draws for the viewers included.</summary>
    public required double CpuMicrosecondsPerPush { get; init; }

    /// <summary>Of the process that the viewers are in: it shares the machine with the gateway.</summary>
    public required double ViewersCpuMicrosecondsPerPush { get; init; }

    /// <summary>Changes to what is shown, received by all viewers during the broadcasts.</summary>
    public required long Batches { get; init; }

    public required long Bytes { get; init; }
}
