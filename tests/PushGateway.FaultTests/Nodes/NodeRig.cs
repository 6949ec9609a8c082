using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.FaultTests.Runs;
using PushGateway.Server.Tests.EndToEnd;
using PushGateway.Simulator;
using PushGateway.Storage.Tests.Support;

namespace PushGateway.FaultTests.Nodes;

/// <summary>Several gateways on one PostgreSQL, each in a process of its own.</summary>
internal sealed class NodeRig : IAsyncDisposable
{
    /// <summary>Each gateway's own bound on what is sent twice after it was lost.</summary>
    public const int MaxInFlight = 200;

    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(3);

    private readonly string _database;
    private readonly string _keys = Directory.CreateTempSubdirectory("pushgateway-keys-").FullName;
    private readonly List<GatewayProcess> _nodes = [];
    private readonly List<ConcurrentQueue<string>> _logs = [];

    private readonly PostgreSqlServer _server;
    private readonly Func<int, string, IEnumerable<(string Setting, string Value)>> _settings;

    private NodeRig(ProviderSimulator simulator, PostgreSqlServer server, string database, Func<int, string, IEnumerable<(string Setting, string Value)>> settings) =>
        (Simulator, _server, _database, _settings) = (simulator, server, database, settings);

    public ProviderSimulator Simulator { get; }

    public IReadOnlyList<GatewayProcess> Nodes => _nodes;

    private string DatabaseName => new NpgsqlConnectionStringBuilder(_database).Database!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>As many gateways as wanted, at work with equal shares, and an app.</summary>
    /// <param name="settings">More of them, or others, by the number of a gateway and the connection string of the database.</param>
    public static async Task<NodeRig> StartAsync(PostgreSqlServer server, int nodes, Func<int, string, IEnumerable<(string Setting, string Value)>>? settings = null)
    {
        var database = await server.CreateDatabaseAsync();
        var rig = new NodeRig(await ProviderSimulator.StartAsync(new SimulatorOptions { RecentPushes = 0 }, ct: Cancelled), server, database, settings ?? ((_, _) => []));
        while (rig._nodes.Count < nodes)
        {
            await rig.AddNode().StartAgainAsync();
        }

        await Provisioning.SetUpAsync(rig.Nodes[0].Client, "app", rig.Simulator, rig.Simulator.ApnsEndpoint, rig.Simulator.FcmEndpoint);
        await rig.BalanceAsync(nodes);
        return rig;
    }

    /// <summary>One more gateway, which is still to be started.</summary>
    public GatewayProcess AddNode()
    {
        IEnumerable<(string Setting, string Value)> own =
        [
            ("PushGateway__Storage__Provider", "PostgreSql"),
            ("PushGateway__Storage__ConnectionString", _database),
            ("PushGateway__Storage__LeaseDuration", LeaseDuration.ToString()),
            ("PushGateway__Storage__NodeName", $"node-{_nodes.Count}"),
            ("PushGateway__DataProtection__KeysDirectory", _keys),
            ("PushGateway__Dispatch__PageSize", "50"),
            ("PushGateway__Dispatch__DeferredRetryDelay", "00:00:00.200"),
            ("PushGateway__Dispatch__DeferredRetryLimit", "00:00:01"),
            ("PushGateway__Fcm__MinimumRetryDelay", "00:00:00.200"),
            ("PushGateway__Dispatch__MaxDevicesInFlight", $"{MaxInFlight}"),
        ];
        var node = new GatewayProcess(_settings(_nodes.Count, _database).Concat(own).DistinctBy(static setting => setting.Setting));
        // All of it: what explains a failure may have been said long before.
        var log = new ConcurrentQueue<string>();
        node.OnLine = log.Enqueue;
        _logs.Add(log);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Ends every connection to the database; new ones are welcome.</summary>
    public Task CutConnectionsAsync() =>
        _server.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{DatabaseName}'");

    /// <summary>The database takes no connections, from anybody, until <see cref="OpenDatabaseAsync"/>.</summary>
    public async Task CloseDatabaseAsync()
    {
        await _server.ExecuteAsync($"ALTER DATABASE {DatabaseName} ALLOW_CONNECTIONS false");
        await CutConnectionsAsync();
    }

    public Task OpenDatabaseAsync() => _server.ExecuteAsync($"ALTER DATABASE {DatabaseName} ALLOW_CONNECTIONS true");

    /// <summary>How often gateways have said that their leases were over without having been given up.</summary>
    public int CountLapses() => _logs.Sum(static log => log.Count(static line => line.Contains("The store has not heard of this gateway", StringComparison.Ordinal)));

    /// <summary>What the statement's rows are, each as JSON on a line of its own.</summary>
    public async Task<IReadOnlyList<string>> QueryAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        await connection.OpenAsync(Cancelled);
#pragma warning disable CA2100 // Constants of the tests.
        await using var command = new NpgsqlCommand($"SELECT row_to_json(t)::text FROM ({sql}) t", connection);
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync(Cancelled);
        var rows = new List<string>();
        while (await reader.ReadAsync(Cancelled))
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    /// <summary>Puts the outputs of all gateways, and what the store has of unfinished events, into a folder that stays.</summary>
    /// <returns>The folder.</returns>
    public async Task<string> SaveAsync(string name)
    {
        var folder = Directory.CreateTempSubdirectory($"pushgateway-{name}-").FullName;
        foreach (var (number, log) in _logs.Index())
        {
            await File.WriteAllLinesAsync(Path.Combine(folder, $"node-{number}.log"), log, CancellationToken.None);
        }

        const string Unfinished = "SELECT EventKey FROM Events WHERE State < 3";
        await OpenDatabaseAsync();
        await File.WriteAllLinesAsync(
            Path.Combine(folder, "store.txt"),
            [
                .. await QueryAsync("SELECT * FROM Nodes"),
                .. await QueryAsync("SELECT * FROM ShardLeases ORDER BY Shard"),
                .. await QueryAsync($"SELECT * FROM Events WHERE EventKey IN ({Unfinished})"),
                .. await QueryAsync($"SELECT * FROM FanOutShards WHERE EventKey IN ({Unfinished}) ORDER BY EventKey, Shard"),
                .. await QueryAsync("SELECT * FROM Deferred LIMIT 1000"),
            ],
            CancellationToken.None);
        return folder;
    }

    public PushGatewayAppClient App(int node) => Nodes[node].Client.App("app");

    public async Task<Audience> ImportAsync(string channel, int count)
    {
        var audience = Audience.Plan(new Random(1), channel, 0, count, 0.01);
        await Provisioning.ImportAsync(App(0), audience.ToNdjson(0, count));
        return audience;
    }

    /// <summary>Waits until so many gateways have nearly the same number of shards, and all shards together.</summary>
    public Task BalanceAsync(int nodes) => EventuallyAsync(
        async () => await ShardsAsync() is var shards && shards.Count == nodes && shards.Values.Sum() == 64 && shards.Values.Max() - shards.Values.Min() <= 1,
        $"{nodes} gateways do not come to have equal shares.");

    /// <summary>How many shards each gateway has, by its number.</summary>
    public async Task<Dictionary<long, int>> ShardsAsync()
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        await connection.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand("SELECT NodeKey, count(*)::int FROM ShardLeases WHERE NodeKey > 0 GROUP BY NodeKey", connection);
        await using var reader = await command.ExecuteReaderAsync(Cancelled);
        var shards = new Dictionary<long, int>();
        while (await reader.ReadAsync(Cancelled))
        {
            shards[reader.GetInt64(0)] = reader.GetInt32(1);
        }

        return shards;
    }

    /// <summary>How many devices have come to their outcome in the gateway's process.</summary>
    public async Task<long> OutcomesAsync(GatewayProcess node)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Authorization = new("Bearer", GatewayProcess.AdminKey);
        using var response = await node.Http.SendAsync(request, Cancelled);
        var text = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Cancelled);
        return text.Split('\n').Where(line => line.StartsWith("pushgateway_dispatch_outcomes", StringComparison.Ordinal))
            .Sum(line => (long)double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
    }

    public Task AcceptedAsync(int atLeast) =>
        EventuallyAsync(() => Task.FromResult(Simulator.Control.Counters().Accepted >= atLeast), $"Not even {atLeast} are accepted.");

    public async Task<EventInfo> EndAsync(int node, string eventId)
    {
        EventInfo? found = null;
        await EventuallyAsync(async () => (found = await App(node).FindEventAsync(eventId, Cancelled)) is { IsFinal: true }, $"Event {eventId} does not end.");
        return found!;
    }

    /// <summary>Every device has its outcome, in the counts, in its receipt and at the provider.</summary>
    /// <returns>How many notifications were sent a second time.</returns>
    public async Task<int> CheckAsync(int node, string eventId, Audience audience)
    {
        var final = await EndAsync(node, eventId);
        long Count(string outcome) => audience.Devices.Count(device => device.Outcome == outcome);
        Assert.Equal("completed", final.State);
        Assert.Equal(
            new EventCounts { Targeted = audience.Devices.Count, Accepted = Count("accepted"), Unregistered = Count("unregistered"), Rejected = Count("rejected") },
            final.Counts);
        var (receipts, cursor) = (new Dictionary<string, string>(), default(string));
        do
        {
            var page = await App(node).ListReceiptsAsync(eventId, null, 1_000, cursor, Cancelled);
            foreach (var receipt in page.Items)
            {
                receipts[receipt.Device] = receipt.Outcome;
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null);
        var twice = 0;
        foreach (var device in audience.Devices)
        {
            var times = Simulator.Control.TimesAccepted(device.Provider, device.Token);
            Assert.Equal(device.Outcome, receipts[device.Id]);
            Assert.Equal(device.Outcome == "accepted", times > 0);
            twice += Math.Max(0, times - 1);
        }

        return twice;
    }

    public static async Task EventuallyAsync(Func<Task<bool>> condition, string otherwise)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(90), otherwise);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancelled);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"--- {node.Address}\n{node.Output}");
            await node.DisposeAsync();
        }

        await Simulator.DisposeAsync();
        Directory.Delete(_keys, recursive: true);
    }
}
