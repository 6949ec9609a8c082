using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PushGateway.Benchmarks.Audiences;
using PushGateway.Benchmarks.Gateway;
using PushGateway.Benchmarks.Load;
using PushGateway.Benchmarks.Reporting;
using PushGateway.Benchmarks.Sink;
using PushGateway.Client.Audiences;
using PushGateway.Client.Events;
using PushGateway.Storage;

namespace PushGateway.Benchmarks;

/// <summary><c>audience</c>: filling a store, reading an audience from it, counting selections, registering one by one during broadcasts.</summary>
internal static class AudienceBenchmark
{
    private const int CopiedDevices = 1_000_000;
    private const int ImportBatch = 2_000;
    private const int Connections = 200;
    private const int NamedIds = 1_000;
    private const string RegisteringAppId = "registering";

    public static Command CreateCommand()
    {
        var gateway = new GatewayOptions();
        var connection = new Option<string?>("--connection") { Description = "A PostgreSQL database beside SQLite: an empty one, or that of a run before with as many devices", HelpName = "string" };
        var rounds = CommonOptions.Number("--rounds", "How often the audience is read, each time by the database alone too", 3, 1, 100);
        var rate = CommonOptions.Number("--registrations", "Registrations a second during broadcasts; 0 for none", 5_000, 0, 100_000);
        var seconds = CommonOptions.Number("--seconds", "How long they come", 20, 1, 600);
        var json = CommonOptions.Json();
        var command = new Command("audience", "Devices: imported, read as an audience, selected, registered one by one during broadcasts; on SQLite and PostgreSQL.")
        {
            connection, rounds, rate, seconds, json,
        };
        gateway.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new Plan(gateway.Read(parsed), parsed.GetValue(rounds), parsed.GetValue(rate), parsed.GetValue(seconds)), parsed.GetValue(connection),
            new Report(parsed.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task RunAsync(Plan plan, string? connection, Report report, CancellationToken cancellationToken)
    {
        using var store = BenchmarkStore.Open(plan.Settings);
        List<AudienceStoreResult> stores =
        [
            await MeasureAsync(plan, store, new StorePlace(StorageOptions.Sqlite, $"Data Source={Path.Combine(store.Folder, "store.db")}"), cancellationToken),
        ];
        if (connection is not null)
        {
            stores.Add(await MeasureAsync(plan, store, new StorePlace(StorageOptions.PostgreSql, connection), cancellationToken));
        }

        var result = new AudienceResult { Devices = plan.Devices, Stores = stores };
        report.Write(Format(result), result);
    }

    private static async Task<AudienceStoreResult> MeasureAsync(Plan plan, BenchmarkStore store, StorePlace place, CancellationToken cancellationToken)
    {
        var folder = place.IsPostgreSql ? Directory.CreateDirectory(Path.Combine(store.Folder, "postgresql")).FullName : store.Folder;
        var ingest = await IngestAsync(plan, store, folder, place, cancellationToken);
        List<StreamRound> streams = [];
        List<StreamRound> loops = [];
        await using (var reader = await StoreReader.OpenAsync(place, cancellationToken))
        {
            // Not counted: fetches what the page cache does not have, and compiles.
            Report.Progress($"{place.Provider}: reading the audience");
            await reader.StreamAsync(GatewayBench.AppId, Audience.Channel, cancellationToken);
            for (var round = 0; round < plan.Rounds; round++)
            {
                loops.Add(DatabaseLoop.Stream(place, GatewayBench.AppId, Audience.Channel));
                streams.Add(await reader.StreamAsync(GatewayBench.AppId, Audience.Channel, cancellationToken));
                Check(plan, "the database itself read", loops[^1].Devices);
                Check(plan, "the store read", streams[^1].Devices);
            }
        }

        await using var gateway = await GatewayProcess.StartAsync(folder, [.. place.Settings, .. plan.Settings.Settings], isProfiled: false, cancellationToken);
        var selects = await SelectAsync(plan, place, gateway, cancellationToken);
        return new AudienceStoreResult
        {
            Store = place.Provider,
            Ingest = ingest,
            Streams = streams,
            Loops = loops,
            Selects = selects,
            Registrations = plan.RegistrationsPerSecond > 0 ? await RegisterAsync(plan, place, gateway, cancellationToken) : null,
        };
    }

    private static async Task<IngestResult?> IngestAsync(Plan plan, BenchmarkStore store, string folder, StorePlace place, CancellationToken cancellationToken)
    {
        IngestResult ingest;
        await using (var gateway = await GatewayProcess.StartAsync(folder, [.. place.Settings, .. plan.Settings.Settings], isProfiled: false, cancellationToken))
        {
            await gateway.Client.PutAppAsync(GatewayBench.AppId, "Benchmark", cancellationToken);
            var app = gateway.Client.App(GatewayBench.AppId);
            if ((await app.GetChannelAsync(Audience.Channel, cancellationToken)).Subscribers == plan.Devices)
            {
                return null;
            }

            Report.Progress($"{place.Provider}: importing {plan.Devices:N0} devices");
            var audience = new Audience(plan.Devices);
            var cpu = gateway.ProcessorTime;
            var started = Stopwatch.GetTimestamp();
            await audience.ImportAsync(app, cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            ingest = new IngestResult(
                plan.Devices / seconds,
                plan.Devices / 10d / Stopwatch.GetElapsedTime(started, audience.TenthWrittenAt[0]).TotalSeconds,
                plan.Devices / 10d / (seconds - Stopwatch.GetElapsedTime(started, audience.TenthWrittenAt[8]).TotalSeconds),
                (gateway.ProcessorTime - cpu).TotalMicroseconds / plan.Devices,
                gateway.PeakMemoryBytes / (1024d * 1024), 0, null);
        }

        if (place.IsPostgreSql)
        {
            return ingest;
        }

        store.MarkFilled(plan.Devices);
        var copied = Math.Min(CopiedDevices, plan.Devices);
        Report.Progress($"SQLite alone: copying {copied:N0} devices");
        var copy = Path.Combine(store.Folder, "copy.db");
        var copying = DatabaseLoop.CopySqlite(Path.Combine(store.Folder, "store.db"), copy, copied, ImportBatch);
        foreach (var file in Directory.GetFiles(store.Folder, "copy.db*"))
        {
            File.Delete(file);
        }

        return ingest with { BytesPerDevice = (double)store.DatabaseBytes / plan.Devices, CopyPerSecond = copied / copying };
    }

    private static async Task<IReadOnlyList<SelectResult>> SelectAsync(Plan plan, StorePlace place, GatewayProcess gateway, CancellationToken cancellationToken)
    {
        var app = gateway.Client.App(GatewayBench.AppId);
        var warmUp = new Audience(plan.Devices).WarmUpDevices;
        var everybody = new EventAudience { Channel = Audience.Channel };
        var named = Math.Min(NamedIds, plan.Devices);
        var step = plan.Devices / named;
        (string Name, EventAudience Audience, EventFilter? Filter, long Expected)[] cases =
        [
            ("channel", everybody, null, plan.Devices),
            ("2 channels, each device once", new EventAudience { Channels = [Audience.Channel, Audience.WarmUpChannel] }, null, plan.Devices),
            ("condition: in one and not in another", new EventAudience { Condition = $"'{Audience.Channel}' in channels && !('{Audience.WarmUpChannel}' in channels)" }, null, plan.Devices - warmUp),
            ("all", new EventAudience { All = true }, null, plan.Devices),
            ("channel, provider apns", everybody, new EventFilter { Providers = ["apns"] }, (plan.Devices + 1) / 2),
            ("channel, locale de", everybody, new EventFilter { Locales = ["de"] }, (plan.Devices + 2) / 5),
            ("channel, last seen within a year", everybody, new EventFilter { LastSeen = new LastSeen { WithinDays = 365 } }, plan.Devices),
            ("channel, a tag nobody has", everybody, new EventFilter { Tags = new Dictionary<string, TagMatch> { ["plan"] = "pro" } }, 0),
            ($"{named:N0} subscribers", new EventAudience { Subscribers = [.. Enumerable.Range(0, named).Select(index => $"u{index * step}")] }, null, named),
            ($"{named:N0} devices", new EventAudience { Devices = [.. Enumerable.Range(0, named).Select(index => $"d{index * step}")] }, null, named),
        ];
        List<SelectResult> results = [];
        // Not counted: the first compiles and opens connections.
        await app.CountAudienceAsync(new AudienceSpec { Audience = everybody }, cancellationToken);
        foreach (var (name, audience, filter, expected) in cases)
        {
            Report.Progress($"{place.Provider}: counting {name}");
            var started = Stopwatch.GetTimestamp();
            var count = await app.CountAudienceAsync(new AudienceSpec { Audience = audience, Filter = filter }, cancellationToken);
            if (count.Devices != expected)
            {
                throw new BenchmarkException($"{name}: {count.Devices} devices were counted, {expected} are there.");
            }

            results.Add(new SelectResult(name, count.Devices, Stopwatch.GetElapsedTime(started).TotalSeconds));
        }

        return results;
    }

    private static async Task<RegistrationResult> RegisterAsync(Plan plan, StorePlace place, GatewayProcess gateway, CancellationToken cancellationToken)
    {
        await using var sink = await SinkProcess.StartAsync(new SinkOptions(), hasTokenEndpoint: true, cancellationToken);
        var app = gateway.Client.App(GatewayBench.AppId);
        await SinkCredentials.PutApnsAsync(app, sink.Address, cancellationToken);
        await SinkCredentials.PutFcmAsync(app, sink.Address, cancellationToken);
        // An app of their own, so that the audience of the next run is as it was.
        await gateway.Client.PutAppAsync(RegisteringAppId, "Registering", cancellationToken);
        var load = new OpenLoop(gateway.Address, new RegistrationCalls(gateway.Address, RegisteringAppId, GatewayProcess.AdminKey), Connections);
        var count = plan.RegistrationsPerSecond * plan.Seconds;
        var warmUp = Math.Min(count, plan.RegistrationsPerSecond * 10);
        Report.Progress($"{place.Provider}: warming up, then {count:N0} registrations at {plan.RegistrationsPerSecond:N0}/s during broadcasts");
        await BroadcastAsync(app, Audience.WarmUpChannel, cancellationToken);
        await Task.Run(() => load.Run(0, warmUp, plan.RegistrationsPerSecond, cancellationToken), cancellationToken);
        var registering = Task.Run(() => load.Run(warmUp, count, plan.RegistrationsPerSecond, cancellationToken), cancellationToken);
        var started = Stopwatch.GetTimestamp();
        var (broadcasts, pushes) = (0, 0L);
        while (!registering.IsCompleted)
        {
            pushes += await BroadcastAsync(app, Audience.Channel, cancellationToken);
            broadcasts++;
        }

        var pushesPerSecond = pushes / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var times = await registering;
        await gateway.Client.DeleteAppAsync(RegisteringAppId, cancellationToken);
        return new RegistrationResult(
            plan.RegistrationsPerSecond, count / Stopwatch.GetElapsedTime(times.DueAt[0], times.AnsweredAt.Max()).TotalSeconds,
            Percentiles.Of(times.AnsweredAt.Select((answered, call) => Stopwatch.GetElapsedTime(times.DueAt[call], answered).TotalMilliseconds)), broadcasts, pushesPerSecond);
    }

    private static async Task<long> BroadcastAsync(Client.PushGatewayAppClient app, string channel, CancellationToken cancellationToken)
    {
        var published = await app.PublishAsync(Broadcast.ToChannel(channel), null, cancellationToken);
        var final = await Broadcast.WaitForEndAsync(app, published.Event.Id, TimeSpan.FromMilliseconds(200), cancellationToken);
        return final.Counts.Accepted == final.Counts.Targeted
            ? final.Counts.Accepted
            : throw new BenchmarkException($"A broadcast to {final.Counts.Targeted} devices was accepted for {final.Counts.Accepted}.");
    }

    private static void Check(Plan plan, string what, long devices)
    {
        if (devices != plan.Devices)
        {
            throw new BenchmarkException($"Of {plan.Devices} devices {what} {devices}.");
        }
    }

    private static string Format(AudienceResult result)
    {
        var table = new TextTable([$"{result.Devices.ToString("N0", CultureInfo.InvariantCulture)} devices", .. result.Stores.Select(static store => store.Store)]);
        Add("imported devices/s", "N0", static store => store.Ingest?.PerSecond);
        Add("  the first tenth", "N0", static store => store.Ingest?.FirstTenthPerSecond);
        Add("  the last tenth", "N0", static store => store.Ingest?.LastTenthPerSecond);
        Add("  the same rows by SQLite alone", "N0", static store => store.Ingest?.CopyPerSecond);
        Add("  gateway CPU µs/device", "N1", static store => store.Ingest?.CpuMicroseconds);
        Add("  gateway peak MiB", "N0", static store => store.Ingest?.PeakMemoryMegabytes);
        Add("  database B/device", "N0", static store => store.Ingest?.BytesPerDevice is > 0 and var bytes ? bytes : null);
        Add("read as an audience, devices/s", "N0", static store => Spread.Of(store.Streams.Select(static round => round.Devices / round.Seconds)).Median);
        Add("  by the database alone", "N0", static store => Spread.Of(store.Loops.Select(static round => round.Devices / round.Seconds)).Median);
        Add("  ratio, least", "N2", static store => Spread.Of(store.Ratios).Min);
        Add("  ratio, median", "N2", static store => Spread.Of(store.Ratios).Median);
        Add("  CPU µs/device, this process", "N2", static store => Spread.Of(store.Streams.Select(static round => round.CpuSeconds * 1e6 / round.Devices)).Median);
        Add("  allocated B/page", "N0", static store => Spread.Of(store.Streams.Select(static round => round.AllocatedBytesPerPage)).Median);
        for (var index = 0; index < result.Stores[0].Selects.Count; index++)
        {
            var at = index;
            Add($"ms to count: {result.Stores[0].Selects[at].Selector}", "N1", store => store.Selects[at].Seconds * 1000);
        }

        Add("registrations/s during broadcasts", "N0", static store => store.Registrations?.KeptPerSecond);
        Add("  p50 ms", "N1", static store => store.Registrations?.Milliseconds.P50);
        Add("  p99 ms", "N1", static store => store.Registrations?.Milliseconds.P99);
        Add("  max ms", "N1", static store => store.Registrations?.Milliseconds.Max);
        Add("  pushes/s meanwhile", "N0", static store => store.Registrations?.PushesPerSecond);
        return table.ToString();

        void Add(string name, string format, Func<AudienceStoreResult, double?> figure) =>
            table.Add([name, .. result.Stores.Select(store => figure(store)?.ToString(format, CultureInfo.InvariantCulture) ?? "–")]);
    }

    private sealed record Plan(GatewaySettings Settings, int Rounds, int RegistrationsPerSecond, int Seconds)
    {
        public int Devices => Settings.Devices;
    }
}
