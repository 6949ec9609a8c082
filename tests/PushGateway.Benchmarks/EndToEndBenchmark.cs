using System.CommandLine;
using System.Globalization;
using PushGateway.Benchmarks.Gateway;
using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks;

/// <summary><c>endtoend</c>: devices in a real store, one event published over the API, until every outcome is recorded.</summary>
internal static class EndToEndBenchmark
{
    public static Command CreateCommand()
    {
        var gateway = new GatewayOptions();
        var rounds = CommonOptions.Number("--rounds", "Broadcasts, one after the other, to the same devices", 3, 1, 100);
        var profile = new Option<bool>("--profile") { Description = "One broadcast more, sampled with Linux perf: the gateway's processor time by step" };
        var json = CommonOptions.Json();
        var command = new Command("endtoend", "Broadcast to devices in a real store through the real gateway: rate, processor time per push, memory, times.")
        {
            rounds, profile, json,
        };
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            gateway.Read(parsed), parsed.GetValue(rounds), parsed.GetValue(profile), new Report(parsed.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task RunAsync(GatewaySettings settings, int rounds, bool isProfiled, Report report, CancellationToken cancellationToken)
    {
        if (isProfiled && !CpuProfile.IsAvailable)
        {
            throw new BenchmarkException("--profile needs Linux perf (Debian: apt-get install linux-perf).");
        }

        using var store = BenchmarkStore.Open(settings);
        List<BroadcastResult> broadcasts = [];
        await using (var bench = await GatewayBench.StartAsync(store, settings, isProfiled: false, cancellationToken))
        {
            for (var round = 1; round <= rounds; round++)
            {
                Report.Progress($"Broadcast {round} of {rounds}");
                broadcasts.Add(await Broadcast.RunAsync(bench, Audience.Channel, settings.Devices, cancellationToken));
            }
        }

        var profile = isProfiled ? await ProfileAsync(store, settings, cancellationToken) : [];
        var result = EndToEndResult.Of(settings, broadcasts, profile);
        report.Write(Format(result), result);
    }

    /// <summary>With a gateway of its own: naming compiled code for perf makes it slower.</summary>
    private static async Task<IReadOnlyList<ProfileStep>> ProfileAsync(BenchmarkStore store, GatewaySettings settings, CancellationToken cancellationToken)
    {
        Report.Progress("Broadcast under perf");
        await using var bench = await GatewayBench.StartAsync(store, settings, isProfiled: true, cancellationToken);
        await using var profile = CpuProfile.Start(bench.Gateway.Id);
        await Broadcast.RunAsync(bench, Audience.Channel, settings.Devices, cancellationToken);
        return await profile.StopAsync(cancellationToken);
    }

    private static string Format(EndToEndResult result)
    {
        var table = new TextTable(["Broadcast", .. Enumerable.Range(1, result.Broadcasts.Count).Select(round => $"{round}")]);
        Add("devices", "N0", broadcast => broadcast.Devices);
        Add("pushes/s, published to recorded", "N0", broadcast => broadcast.PushesPerSecond);
        Add("gateway CPU µs/push", "N2", broadcast => broadcast.CpuMicrosecondsPerPush);
        Add("sink CPU µs/push", "N2", broadcast => broadcast.SinkCpuMicrosecondsPerPush);
        Add("wire B/push", "N1", broadcast => broadcast.WireBytesPerPush);
        Add(result.Broadcasts.All(broadcast => broadcast.IsPeakOfBroadcast) ? "gateway peak MiB" : "gateway peak MiB since its start", "N0", broadcast => broadcast.PeakMemoryMegabytes);
        Add("connections", "N0", broadcast => broadcast.Connections);
        Add("s to first accepted", "N3", broadcast => broadcast.SecondsToFirst);
        Add("s to 50 %", "N2", broadcast => broadcast.SecondsTo50Percent);
        Add("s to 90 %", "N2", broadcast => broadcast.SecondsTo90Percent);
        Add("s to 99 %", "N2", broadcast => broadcast.SecondsTo99Percent);
        Add("s to last outcome recorded", "N2", broadcast => broadcast.SecondsToEnd);
        if (result.Steps.Count == 0)
        {
            return table.ToString();
        }

        var steps = new TextTable("Step", "share", "gateway CPU µs/push");
        foreach (var step in result.Steps)
        {
            steps.Add(step.Name, step.Share.ToString("P1", CultureInfo.InvariantCulture), step.CpuMicrosecondsPerPush.ToString("N2", CultureInfo.InvariantCulture));
        }

        return $"{table}\n{steps}\nShares are those of a broadcast under perf, times those shares of the median above.\n";

        void Add(string name, string format, Func<BroadcastResult, double> figure) =>
            table.Add([name, .. result.Broadcasts.Select(broadcast => figure(broadcast).ToString(format, CultureInfo.InvariantCulture))]);
    }
}
