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
    private readonly Func<int, string, IEnumerable<(string Setting, string Value)>> _settings;

    private NodeRig(ProviderSimulator simulator, string database, Func<int, string, IEnumerable<(string Setting, string Value)>> settings) =>
        (Simulator, _database, _settings) = (simulator, database, settings);

    public ProviderSimulator Simulator { get; }

    public IReadOnlyList<GatewayProcess> Nodes => _nodes;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>As many gateways as wanted, at work with equal shares, and an app.</summary>
    /// <param name="settings">More of them, or others, by the number of a gateway and the connection string of the database.</param>
    public static async Task<NodeRig> StartAsync(PostgreSqlServer server, int nodes, Func<int, string, IEnumerable<(string Setting, string Value)>>? settings = null)
    {
        var database = await server.CreateDatabaseAsync();
        var rig = new NodeRig(await ProviderSimulator.StartAsync(new SimulatorOptions { RecentPushes = 0 }, ct: Cancelled), database, settings ?? ((_, _) => []));
        while (rig._nodes.Count < nodes)
        {
            await rig.AddNodeAsync();
        }

        await Provisioning.SetUpAsync(rig.Nodes[0].Client, "app", rig.Simulator, rig.Simulator.ApnsEndpoint, rig.Simulator.FcmEndpoint);
        await rig.BalanceAsync(nodes);
        return rig;
    }

    public async Task<GatewayProcess> AddNodeAsync()
    {
        var settings = new Dictionary<string, string>
        {
            ["PushGateway__Storage__Provider"] = "PostgreSql",
            ["PushGateway__Storage__ConnectionString"] = _database,
            ["PushGateway__Storage__LeaseDuration"] = LeaseDuration.ToString(),
            ["PushGateway__Storage__NodeName"] = $"node-{_nodes.Count}",
            ["PushGateway__DataProtection__KeysDirectory"] = _keys,
            ["PushGateway__Dispatch__PageSize"] = "50",
            ["PushGateway__Dispatch__MaxDevicesInFlight"] = $"{MaxInFlight}",
        };
        foreach (var (setting, value) in _settings(_nodes.Count, _database))
        {
            settings[setting] = value;
        }

        var node = new GatewayProcess(settings.Select(setting => (setting.Key, setting.Value)));
        _nodes.Add(node);
        await node.StartAgainAsync();
        return node;
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
