using PushGateway.Benchmarks.Clients;
using PushGateway.Benchmarks.Reporting;
using PushGateway.Benchmarks.Sink;

namespace PushGateway.Benchmarks;

internal sealed record WireSettings
{
    public required int Rounds { get; init; }

    public required int Requests { get; init; }

    public required int BaselineRequests { get; init; }

    public required int Connections { get; init; }

    public required int Streams { get; init; }

    public required int BaselineStreams { get; init; }

    public required int BodyBytes { get; init; }

    public required bool IsAuthorizationLiteral { get; init; }
}

/// <summary>One client in one round; per request unless the name says otherwise.</summary>
internal sealed record WireRun(
    string Name, double CpuMicroseconds, double RequestsPerSecond, double? AllocatedBytes, double WireBytes, double SinkCpuMicroseconds)
{
    public static WireRun Of(string name, ClientResult client, SinkStats sink)
    {
        double requests = client.Requests;
        return new WireRun(
            name, client.CpuSeconds * 1e6 / requests, requests / client.Seconds, client.AllocatedBytes / requests,
            (sink.WireBytesIn + sink.WireBytesOut) / requests, sink.CpuSeconds * 1e6 / requests);
    }
}

/// <summary>The sink measured with h2load.</summary>
/// <param name="Ratio">How many times as much processor time the client needs: how much faster the sink is.</param>
internal sealed record SinkCheck(int Connections, int Streams, double RequestsPerSecond, double ClientCpuMicroseconds, double SinkCpuMicroseconds, double Ratio);

/// <summary>One client over all rounds, per request.</summary>
internal sealed record WireClientResult
{
    public required string Name { get; init; }

    public required Spread CpuMicroseconds { get; init; }

    public required Spread RequestsPerSecond { get; init; }

    /// <summary>On the managed heap; <see langword="null"/> for a client without one.</summary>
    public Spread? AllocatedBytes { get; init; }

    /// <summary>Bytes of TLS in both directions.</summary>
    public required double WireBytes { get; init; }

    public required Spread SinkCpuMicroseconds { get; init; }

    public static WireClientResult Of(string name, IReadOnlyCollection<WireRun> runs) => new()
    {
        Name = name,
        CpuMicroseconds = Spread.Of(runs.Select(run => run.CpuMicroseconds)),
        RequestsPerSecond = Spread.Of(runs.Select(run => run.RequestsPerSecond)),
        AllocatedBytes = runs.All(run => run.AllocatedBytes is not null) ? Spread.Of(runs.Select(run => run.AllocatedBytes!.Value)) : null,
        WireBytes = Spread.Of(runs.Select(run => run.WireBytes)).Median,
        SinkCpuMicroseconds = Spread.Of(runs.Select(run => run.SinkCpuMicroseconds)),
    };
}

/// <summary>How the processor times of two clients compare, round by round.</summary>
internal sealed record WireRatio(string Name, Spread Value);

internal sealed record WireResult
{
    public string Benchmark { get; } = "wire";

    public required WireSettings Settings { get; init; }

    public MachineInfo Machine { get; } = Report.Machine;

    public required IReadOnlyList<SinkCheck> SinkCheck { get; init; }

    public required IReadOnlyList<WireClientResult> Clients { get; init; }

    public required IReadOnlyList<WireRatio> Ratios { get; init; }

    public static WireResult Of(WireSettings settings, IReadOnlyList<SinkCheck> sinkCheck, IReadOnlyCollection<WireRun> runs, string ours, string h2load)
    {
        var byName = runs.GroupBy(run => run.Name).ToDictionary(group => group.Key, group => group.ToList());
        WireClientResult[] clients = [.. byName.Select(pair => WireClientResult.Of(pair.Key, pair.Value))];
        var best = clients.Where(client => client.Name != ours && client.Name != h2load).MinBy(client => client.CpuMicroseconds.Median)!.Name;
        List<WireRatio> ratios = [Ratio($"{best} (the best of them) / {ours}", best, ours)];
        if (byName.ContainsKey(h2load))
        {
            ratios.Insert(0, Ratio($"{ours} / {h2load}", ours, h2load));
        }

        return new WireResult { Settings = settings, SinkCheck = sinkCheck, Clients = clients, Ratios = ratios };

        WireRatio Ratio(string name, string above, string below) =>
            new(name, Spread.Of(byName[above].Zip(byName[below], (first, second) => first.CpuMicroseconds / second.CpuMicroseconds)));
    }
}
