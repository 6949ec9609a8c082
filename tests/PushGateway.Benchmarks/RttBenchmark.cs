using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PushGateway.Benchmarks.Clients;
using PushGateway.Benchmarks.Reporting;
using PushGateway.Benchmarks.Sink;

namespace PushGateway.Benchmarks;

/// <summary><c>rtt</c>: when the provider takes its time, how much of connections × streams / round trip is reached.</summary>
internal sealed class RttBenchmark(RttSettings settings)
{
    private const int WarmUpRoundTrips = 20;

    // What is left out at the beginning, while connections fill, and at the end, while they empty.
    private const double SteadyFrom = 0.2;
    private const double SteadyTo = 0.9;

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(20);

    public static Command CreateCommand()
    {
        var delay = CommonOptions.Number("--delay", "Milliseconds from a request to its answer", 50, 1, 10_000);
        var connections = CommonOptions.Number("--connections", "Connections the pool is to use", 2, 1, 64);
        var streams = CommonOptions.Number("--streams", "Streams on each, as the sink announces and the pool may use", 1_000, 1, 2_000);
        var seconds = CommonOptions.Number("--seconds", "How long the run would last if all were reached", 10, 1, 3_600);
        var json = CommonOptions.Json();
        var command = new Command("rtt", "Our transport against a provider that answers late: the share of connections × streams / round trip that is reached.")
        {
            delay, connections, streams, seconds, json,
        };
        command.SetAction((parsed, cancellationToken) => new RttBenchmark(new RttSettings(
            parsed.GetValue(delay), parsed.GetValue(connections), parsed.GetValue(streams), parsed.GetValue(seconds)))
            .RunAsync(new Report(parsed.GetValue(json)), cancellationToken));
        return command;
    }

    private async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        var sinkOptions = new SinkOptions { Streams = settings.Streams, Delay = TimeSpan.FromMilliseconds(settings.DelayMs) };
        await using var sink = await SinkProcess.StartAsync(sinkOptions, hasTokenEndpoint: false, cancellationToken);
        long perRoundTrip = settings.Connections * settings.Streams;
        var job = new ClientJob
        {
            Endpoint = sink.Address.Endpoint,
            Certificate = sink.Address.Certificate,
            Connections = settings.Connections,
            Streams = settings.Streams,
            BodyBytes = 200,
            WarmUp = perRoundTrip * WarmUpRoundTrips,
            Requests = perRoundTrip * 1_000 / settings.DelayMs * settings.Seconds,
        };
        await using var client = await ClientProcess.StartAsync(job, cancellationToken);
        await sink.ResetAsync(cancellationToken);
        Report.Progress("Measuring");
        var run = client.MeasureAsync(cancellationToken);
        var start = await WaitForAsync(SteadyFrom);
        var end = await WaitForAsync(SteadyTo);
        var usage = await run;
        var result = RttResult.Of(settings, start, end, usage);
        report.Write(Format(result), result);

        async Task<SinkStats> WaitForAsync(double share)
        {
            while (true)
            {
                var stats = await sink.ReadStatsAsync(cancellationToken);
                if (stats.Requests >= share * job.Requests)
                {
                    return stats;
                }

                if (run.IsCompleted)
                {
                    await run;
                    throw new BenchmarkException("The run was too short to have a steady part; give more --seconds.");
                }

                await Task.Delay(s_pollInterval, TimeProvider.System, cancellationToken);
            }
        }
    }

    private static string Format(RttResult result)
    {
        var table = new TextTable("Steady part of the run", "");
        table.Add("connections asked for", Number(result.Settings.Connections, "N0"));
        table.Add("connections open", Number(result.Connections, "N0"));
        table.Add("streams on each", Number(result.Settings.Streams, "N0"));
        table.Add("answer after, ms (mean, at the sink)", Number(result.MeanDelayMs, "N2"));
        table.Add("possible requests/s", Number(result.PossibleRequestsPerSecond, "N0"));
        table.Add("reached requests/s", Number(result.RequestsPerSecond, "N0"));
        table.Add("share reached", result.Share.ToString("P1", CultureInfo.InvariantCulture));
        table.Add("share of what was asked for", result.ShareOfAskedFor.ToString("P1", CultureInfo.InvariantCulture));
        table.Add("client CPU µs/request", Number(result.CpuMicroseconds, "N2"));
        return table.ToString();
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

internal sealed record RttSettings(int DelayMs, int Connections, int Streams, int Seconds);

internal sealed record RttResult
{
    public string Benchmark { get; } = "rtt";

    public MachineInfo Machine { get; } = Report.Machine;

    public required RttSettings Settings { get; init; }

    /// <summary>Open at the sink, which may be fewer or more than asked for.</summary>
    public required int Connections { get; init; }

    /// <summary>From a request's last byte to its answer, as the sink did it; the delay asked for is what shares are taken of.</summary>
    public required double MeanDelayMs { get; init; }

    public required double PossibleRequestsPerSecond { get; init; }

    public required double RequestsPerSecond { get; init; }

    /// <summary>Of what the connections open could do; 0 to 1.</summary>
    public required double Share { get; init; }

    /// <summary>Of what the connections asked for could do; above 1 when more are open.</summary>
    public required double ShareOfAskedFor { get; init; }

    /// <summary>Of the client, over the whole run.</summary>
    public required double CpuMicroseconds { get; init; }

    public static RttResult Of(RttSettings settings, SinkStats start, SinkStats end, ClientResult usage)
    {
        var rate = (end.Requests - start.Requests) / Stopwatch.GetElapsedTime(start.TakenAt, end.TakenAt).TotalSeconds;
        var possible = end.OpenConnections * settings.Streams * 1_000d / settings.DelayMs;
        return new RttResult
        {
            Settings = settings,
            Connections = end.OpenConnections,
            MeanDelayMs = end.MeanDelayMs,
            PossibleRequestsPerSecond = possible,
            RequestsPerSecond = rate,
            Share = rate / possible,
            ShareOfAskedFor = rate * settings.DelayMs / 1_000 / (settings.Connections * settings.Streams),
            CpuMicroseconds = usage.CpuSeconds * 1e6 / usage.Requests,
        };
    }
}
