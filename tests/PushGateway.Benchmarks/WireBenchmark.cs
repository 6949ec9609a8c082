using System.CommandLine;
using System.Globalization;
using PushGateway.Benchmarks.Clients;
using PushGateway.Benchmarks.Reporting;
using PushGateway.Benchmarks.Sink;

namespace PushGateway.Benchmarks;

/// <summary><c>wire</c>: what one push costs on its way into TLS, for our transport, the platform's, and h2load.</summary>
internal sealed class WireBenchmark(WireSettings settings)
{
    private const string Ours = "PushGateway.Http2";
    private const string H2LoadName = "h2load";
    private const int MaxBaselineStreams = 2_000;

    private static readonly int[] s_baselineHandlers = [1, 2, 4];
    private static readonly int[] s_checkedStreams = [100, 300, 1_000];

    public static Command CreateCommand()
    {
        var rounds = CommonOptions.Number("--rounds", "Rounds; in each every client runs once", 5, 1, 100);
        var requests = CommonOptions.Number("--requests", "Requests of our transport and of h2load in a round", 500_000, 1_000, 100_000_000);
        var baselineRequests = CommonOptions.Number("--baseline-requests", "Requests of each SocketsHttpHandler run in a round", 100_000, 1_000, 100_000_000);
        var connections = CommonOptions.Number("--connections", "Connections of our transport and of h2load", 2, 1, 64);
        var streams = CommonOptions.Number("--streams", "Requests at once on each connection", 500, 1, 2_000);
        var baselineStreams = CommonOptions.Number("--baseline-streams", "Requests at once on each SocketsHttpHandler", 200, 1, MaxBaselineStreams);
        var body = CommonOptions.Number("--body", "Bytes of a body", 200, 80, 4_096);
        var literal = new Option<bool>("--literal-authorization") { Description = "Our transport sends the authorization as a literal with every request, as Apple's archived advice has it" };
        var json = CommonOptions.Json();
        var command = new Command("wire", "Processor time, rate, garbage and bytes of one request over TLS: our transport, SocketsHttpHandler, h2load.")
        {
            rounds, requests, baselineRequests, connections, streams, baselineStreams, body, literal, json,
        };
        command.SetAction((parsed, cancellationToken) => new WireBenchmark(new WireSettings
        {
            Rounds = parsed.GetValue(rounds),
            Requests = parsed.GetValue(requests),
            BaselineRequests = parsed.GetValue(baselineRequests),
            Connections = parsed.GetValue(connections),
            Streams = parsed.GetValue(streams),
            BaselineStreams = parsed.GetValue(baselineStreams),
            BodyBytes = parsed.GetValue(body),
            IsAuthorizationLiteral = parsed.GetValue(literal),
        }).RunAsync(new Report(parsed.GetValue(json)), cancellationToken));
        return command;
    }

    private async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        var traffic = new WireTraffic(settings.BodyBytes, settings.IsAuthorizationLiteral);
        await using var sink = await SinkProcess.StartAsync(new SinkOptions(), hasTokenEndpoint: false, cancellationToken);
        using var h2load = H2Load.Find(traffic);
        var sinkCheck = h2load is null ? [] : await CheckSinkAsync(sink, h2load, cancellationToken);
        List<WireRun> runs = [];
        for (var round = 1; round <= settings.Rounds; round++)
        {
            Report.Progress($"Round {round} of {settings.Rounds}");
            runs.Add(await RunOursAsync(sink, cancellationToken));
            if (h2load is not null)
            {
                runs.Add(await MeasureAsync(
                    H2LoadName, sink, () => h2load.RunAsync(sink.Address.Endpoint, settings.Connections, settings.Streams, settings.Requests, cancellationToken), cancellationToken));
            }

            foreach (var handlers in s_baselineHandlers)
            {
                runs.Add(await RunBaselineAsync(sink, handlers, cancellationToken));
            }
        }

        var result = WireResult.Of(settings, sinkCheck, runs, Ours, H2LoadName);
        report.Write(Format(result), result);
    }

    private static async Task<WireRun> MeasureAsync(string name, SinkProcess sink, Func<Task<ClientResult>> run, CancellationToken cancellationToken)
    {
        await sink.ResetAsync(cancellationToken);
        var client = await run();
        var stats = await sink.ReadStatsAsync(cancellationToken);
        return stats.Requests == client.Requests
            ? WireRun.Of(name, client, stats)
            : throw new BenchmarkException($"{name} sent {client.Requests} requests, and {stats.Requests} reached the sink.");
    }

    private Task<WireRun> RunOursAsync(SinkProcess sink, CancellationToken cancellationToken) =>
        RunAsync(Ours, sink, Job(sink, 0, settings.Connections, settings.Streams, settings.Requests), cancellationToken);

    private Task<WireRun> RunBaselineAsync(SinkProcess sink, int handlers, CancellationToken cancellationToken) =>
        RunAsync(BaselineName(handlers), sink, Job(sink, handlers, handlers, settings.BaselineStreams, settings.BaselineRequests), cancellationToken);

    private static string BaselineName(int handlers) => $"SocketsHttpHandler x {handlers}";

    private static async Task<WireRun> RunAsync(string name, SinkProcess sink, ClientJob job, CancellationToken cancellationToken)
    {
        await using var client = await ClientProcess.StartAsync(job, cancellationToken);
        return await MeasureAsync(name, sink, () => client.MeasureAsync(cancellationToken), cancellationToken);
    }

    private ClientJob Job(SinkProcess sink, int handlers, int connections, int streams, int requests) => new()
    {
        Endpoint = sink.Address.Endpoint,
        Certificate = sink.Address.Certificate,
        BaselineHandlers = handlers,
        Connections = connections,
        Streams = streams,
        BodyBytes = settings.BodyBytes,
        IsAuthorizationLiteral = settings.IsAuthorizationLiteral,
        // Half a run: long enough for the runtime to have compiled everything for the second time.
        WarmUp = Math.Max(50_000, requests / 2),
        Requests = requests,
    };

    /// <summary>Is the meter faster than what it measures? The first run warms the sink up.</summary>
    private async Task<IReadOnlyList<SinkCheck>> CheckSinkAsync(SinkProcess sink, H2Load h2load, CancellationToken cancellationToken)
    {
        Report.Progress("Checking the sink");
        await h2load.RunAsync(sink.Address.Endpoint, 2, 100, settings.Requests, cancellationToken);
        List<SinkCheck> checks = [];
        foreach (var streams in s_checkedStreams)
        {
            var run = await MeasureAsync(
                H2LoadName, sink, () => h2load.RunAsync(sink.Address.Endpoint, 2, streams, settings.Requests, cancellationToken), cancellationToken);
            checks.Add(new SinkCheck(2, streams, run.RequestsPerSecond, run.CpuMicroseconds, run.SinkCpuMicroseconds, run.CpuMicroseconds / run.SinkCpuMicroseconds));
        }

        return checks;
    }

    private static string Format(WireResult result)
    {
        var text = "";
        if (result.SinkCheck.Count > 0)
        {
            var check = new TextTable("Sink, checked with h2load", "requests/s", "client µs", "sink µs", "client / sink");
            foreach (var line in result.SinkCheck)
            {
                check.Add($"-c {line.Connections} -m {line.Streams}", Number(line.RequestsPerSecond, "N0"), Number(line.ClientCpuMicroseconds, "N2"),
                    Number(line.SinkCpuMicroseconds, "N2"), Number(line.Ratio, "N2"));
            }

            text = $"{check}\n";
        }

        var table = new TextTable("Client", "CPU µs/request (min / median / max)", "requests/s (median)", "allocated B", "wire B", "sink µs", "client / sink");
        foreach (var client in result.Clients)
        {
            table.Add(client.Name, client.CpuMicroseconds.ToText("N2"), Number(client.RequestsPerSecond.Median, "N0"),
                client.AllocatedBytes is { } allocated ? Number(allocated.Median, "N1") : "-", Number(client.WireBytes, "N1"), Number(client.SinkCpuMicroseconds.Median, "N2"),
                Number(client.CpuMicroseconds.Median / client.SinkCpuMicroseconds.Median, "N2"));
        }

        text += $"{table}\n";
        foreach (var ratio in result.Ratios)
        {
            text += $"{ratio.Name}: {ratio.Value.ToText("N2")}\n";
        }

        return result.SinkCheck.Count > 0 ? text : text + "h2load is not installed (Debian: apt-get install nghttp2-client), so nothing is compared with it.\n";
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
