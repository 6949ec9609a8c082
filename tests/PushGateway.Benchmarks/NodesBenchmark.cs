using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using PushGateway.Benchmarks.Gateway;
using PushGateway.Benchmarks.Processes;
using PushGateway.Benchmarks.Reporting;
using PushGateway.Benchmarks.Sink;
using PushGateway.Client.Events;

namespace PushGateway.Benchmarks;

/// <summary><c>nodes</c>: several gateways on one PostgreSQL share broadcasts; in the last one is killed and another frozen.</summary>
internal static class NodesBenchmark
{
    private const string AppId = "bench";

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(200);

    public static Command CreateCommand()
    {
        var gateway = new GatewayOptions();
        var connection = new Option<string>("--connection") { Description = "A PostgreSQL database: an empty one, or that of a run before", HelpName = "string", Required = true };
        var nodes = CommonOptions.Number("--nodes", "Gateways", 3, 1, 16);
        var rounds = CommonOptions.Number("--rounds", "Broadcasts that nothing happens to", 2, 1, 100);
        var frozen = CommonOptions.Number("--frozen", "Seconds that one gateway stands still in the last broadcast; 0 for no such broadcast", 30, 0, 600);
        var json = CommonOptions.Json();
        var command = new Command("nodes", "Several gateways on one PostgreSQL share a broadcast; then again while one is killed and another frozen.")
        {
            connection, nodes, rounds, frozen, json,
        };
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            gateway.Read(parsed), parsed.GetValue(connection)!, parsed.GetValue(nodes), parsed.GetValue(rounds), parsed.GetValue(frozen), new Report(parsed.GetValue(json)),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        GatewaySettings settings, string connection, int nodes, int rounds, int frozenSeconds, Report report, CancellationToken cancellationToken)
    {
        using var store = BenchmarkStore.Open(settings);
        await using var sink = await SinkProcess.StartAsync(new SinkOptions(), hasTokenEndpoint: true, cancellationToken);
        var gateways = new List<GatewayProcess>();
        try
        {
            for (var node = 0; node < nodes; node++)
            {
                gateways.Add(await GatewayProcess.StartAsync(Directory.CreateDirectory(Path.Combine(store.Folder, $"node{node}")).FullName,
                [
                    "PushGateway:Storage:Provider=PostgreSql", $"PushGateway:Storage:ConnectionString={connection}", $"PushGateway:Storage:NodeName=node{node}",
                    $"PushGateway:DataProtection:KeysDirectory={Path.Combine(store.Folder, "keys")}", .. settings.Settings,
                ], isProfiled: false, cancellationToken));
            }

            await PrepareAsync(gateways[0], sink, settings.Devices, cancellationToken);
            var results = new List<NodesRound>();
            for (var round = 0; round < rounds; round++)
            {
                Report.Progress($"Broadcast {round + 1} of {rounds}");
                results.Add(await BroadcastAsync(gateways, sink, settings.Devices, static (_, _) => Task.CompletedTask, cancellationToken));
            }

            if (frozenSeconds > 0 && nodes > 2)
            {
                Report.Progress($"Broadcast with one gateway killed and one frozen for {frozenSeconds} s");
                results.Add(await BroadcastAsync(
                    gateways, sink, settings.Devices, (accepted, stop) => DisturbAsync(gateways, accepted, settings.Devices, frozenSeconds, stop), cancellationToken));
            }

            var result = new NodesResult { Nodes = nodes, Devices = settings.Devices, Settings = settings.Settings, Rounds = results };
            report.Write(Format(result), result);
        }
        finally
        {
            foreach (var gateway in gateways)
            {
                await gateway.DisposeAsync();
            }
        }
    }

    private static async Task PrepareAsync(GatewayProcess gateway, SinkProcess sink, int devices, CancellationToken cancellationToken)
    {
        var audience = new Audience(devices);
        await gateway.Client.PutAppAsync(AppId, "Benchmark", cancellationToken);
        var app = gateway.Client.App(AppId);
        await SinkCredentials.PutApnsAsync(app, sink.Address, cancellationToken);
        await SinkCredentials.PutFcmAsync(app, sink.Address, cancellationToken);
        if ((await app.GetChannelAsync(Audience.Channel, cancellationToken)).Subscribers != devices)
        {
            Report.Progress($"Importing {devices:N0} devices");
            await audience.ImportAsync(app, cancellationToken);
        }

        Report.Progress($"Warming up with {audience.WarmUpDevices:N0} devices");
        var published = await app.PublishAsync(Broadcast.ToChannel(Audience.WarmUpChannel), null, cancellationToken);
        await Broadcast.WaitForEndAsync(app, published.Event.Id, s_pollInterval, cancellationToken);
    }

    private static async Task<NodesRound> BroadcastAsync(
        List<GatewayProcess> gateways, SinkProcess sink, int devices, Func<Func<Task<long>>, CancellationToken, Task> disturb, CancellationToken cancellationToken)
    {
        await sink.ResetAsync(cancellationToken);
        var before = await OutcomesAsync(gateways, cancellationToken);
        var app = gateways[0].Client.App(AppId);
        var published = await app.PublishAsync(Broadcast.ToChannel(Audience.Channel), null, cancellationToken);
        var disturbing = disturb(async () => (await app.FindEventAsync(published.Event.Id, cancellationToken))!.Counts.Accepted, cancellationToken);
        var final = await Broadcast.WaitForEndAsync(app, published.Event.Id, s_pollInterval, cancellationToken);
        await disturbing;
        var after = await OutcomesAsync(gateways, cancellationToken);
        var stats = await sink.ReadStatsAsync(cancellationToken);
        if (final.State != "completed" || final.Counts.Targeted != devices || final.Counts.Accepted != devices || final.Counts.Pending != 0 || stats.Requests < devices)
        {
            throw new BenchmarkException(
                $"The account does not add up: {devices} devices, event {final.State}, {final.Counts.Targeted} targeted, {final.Counts.Accepted} accepted, {final.Counts.Pending} pending, {stats.Requests} requests at the sink.");
        }

        return new NodesRound
        {
            SecondsToEnd = Since(final, final.Timings.CompletedAt),
            SecondsToFirst = Since(final, final.Timings.FirstAcceptedAt),
            SentTwice = stats.Requests - devices,
            Shares = [.. after.Zip(before, (now, then) => now is null || then is null ? double.NaN : (double)(now.Value - then.Value) / devices)],
        };
    }

    private static double Since(EventInfo final, DateTimeOffset? instant) => instant is { } value ? (value - final.Timings.CreatedAt).TotalSeconds : double.NaN;

    /// <summary>The second gateway is killed when a quarter is accepted, the third stands still from a third on.</summary>
    private static async Task DisturbAsync(List<GatewayProcess> gateways, Func<Task<long>> accepted, int devices, int frozenSeconds, CancellationToken cancellationToken)
    {
        await UntilAsync(devices / 4);
        using (var victim = Process.GetProcessById(gateways[1].Id))
        {
            victim.Kill();
        }

        await UntilAsync(devices / 3);
        await ProcessSignal.SendAsync("-STOP", gateways[2].Id, cancellationToken);
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(frozenSeconds), TimeProvider.System, cancellationToken);
        }
        finally
        {
            await ProcessSignal.SendAsync("-CONT", gateways[2].Id, CancellationToken.None);
        }

        async Task UntilAsync(int wanted)
        {
            while (await accepted() < wanted)
            {
                await Task.Delay(s_pollInterval, TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <summary>Devices that came to their outcome in each gateway since its start; <see langword="null"/> of one that is gone.</summary>
    private static async Task<List<long?>> OutcomesAsync(List<GatewayProcess> gateways, CancellationToken cancellationToken)
    {
        var outcomes = new List<long?>();
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", GatewayProcess.AdminKey);
        foreach (var gateway in gateways)
        {
            try
            {
                var text = await http.GetStringAsync(new Uri(gateway.Address, "/metrics"), cancellationToken);
                outcomes.Add(text.Split('\n').Where(static line => line.StartsWith("pushgateway_dispatch_outcomes", StringComparison.Ordinal))
                    .Sum(static line => (long)double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture)));
            }
            catch (HttpRequestException)
            {
                outcomes.Add(null);
            }
        }

        return outcomes;
    }

    private static string Format(NodesResult result)
    {
        var table = new TextTable(["Broadcast", .. Enumerable.Range(1, result.Rounds.Count).Select(round => $"{round}")]);
        Add("s to first accepted", "N3", round => round.SecondsToFirst);
        Add("s to last outcome recorded", "N2", round => round.SecondsToEnd);
        Add("pushes/s", "N0", round => result.Devices / round.SecondsToEnd);
        Add("sent twice", "N0", round => round.SentTwice);
        for (var node = 0; node < result.Nodes; node++)
        {
            var number = node;
            Add($"part of gateway {node + 1}", "P1", round => round.Shares[number]);
        }

        return table.ToString();

        void Add(string name, string format, Func<NodesRound, double> figure) =>
            table.Add([name, .. result.Rounds.Select(round => figure(round).ToString(format, CultureInfo.InvariantCulture))]);
    }
}
