using System.Globalization;
using Microsoft.AspNetCore.Http.Connections;
using Npgsql;
using PushGateway.Client;
using PushGateway.Client.Live;
using PushGateway.FaultTests.Network;
using PushGateway.FaultTests.Nodes;
using PushGateway.Server.Tests.EndToEnd;
using PushGateway.Server.Tests.RabbitMq;
using PushGateway.Storage.Tests.Support;

namespace PushGateway.FaultTests.Live;

/// <summary>Gateways on one PostgreSQL that take events from one broker, or one on SQLite; between them and everybody else stands a network that can be broken.</summary>
internal sealed class LiveFaultRig : IAsyncDisposable
{
    private const string App = "app";

    private static int s_queues;

    private readonly List<HttpClient> _clients = [];
    private readonly List<TcpProxy> _stores = [];
    private readonly List<TcpProxy> _http = [];
    private readonly List<TcpProxy> _rpc = [];
    private NodeRig? _nodes;
    private GatewayProcess? _sole;

    private LiveFaultRig(RabbitMqServer? broker, string queue) => (Broker, Queue) = (broker, queue);

    public RabbitMqServer? Broker { get; }

    public string Queue { get; }

    public IReadOnlyList<GatewayProcess> Nodes => _nodes?.Nodes ?? [_sole!];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<LiveFaultRig> StartAsync(LiveFaultPlan plan, PostgreSqlServer server, RabbitMqServer broker)
    {
        await server.StartAsync();
        var rig = new LiveFaultRig(broker, string.Create(CultureInfo.InvariantCulture, $"live-{Interlocked.Increment(ref s_queues)}"));
        try
        {
            rig._nodes = await NodeRig.StartAsync(server, plan.Nodes, (node, database) => rig.Settings(plan).Concat(rig.SharedSettings(database)));
            rig._http.AddRange(rig.Nodes.Select(node => new TcpProxy(node.Address)));
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>One gateway on SQLite, and no broker.</summary>
    public static async Task<LiveFaultRig> StartSoleAsync(LiveFaultPlan plan)
    {
        var rig = new LiveFaultRig(null, string.Empty);
        try
        {
            rig._sole = new GatewayProcess(rig.Settings(plan));
            await rig._sole.StartAgainAsync();
            await rig._sole.Client.PutAppAsync(App, App, Cancelled);
            rig._http.Add(new TcpProxy(rig._sole.Address));
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>The gateways as a client sees them, each through its network.</summary>
    public IReadOnlyList<PushGatewayAppClient> Clients(string key) => [.. _http.Select(proxy => Client(proxy.Address, key))];

    /// <summary>Past all networks.</summary>
    /// <inheritdoc cref="NodeRig.SaveAsync"/>
    public async Task<string> SaveAsync(string name)
    {
        if (_nodes is not null)
        {
            return await _nodes.SaveAsync(name);
        }

        var folder = Directory.CreateTempSubdirectory($"pushgateway-{name}-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "node-0.log"), _sole!.Output, CancellationToken.None);
        return folder;
    }

    public PushGatewayAppClient Direct(int node) => Nodes[node].Client.App(App);

    /// <summary>A client of each transport, as many as wanted of each, with names.</summary>
    public async Task<List<(string Name, ILiveClient Client)>> OpenClientsAsync(int ofEach)
    {
        List<Uri> http = [.. _http.Select(proxy => proxy.Address)];
        List<Uri> rpc = [.. _rpc.Select(proxy => proxy.Address)];
        List<(string, ILiveClient)> clients = [];
        for (var number = 0; number < ofEach; number++)
        {
            await AddAsync("sse", token => new SseClient(Clients(token)));
            await AddAsync("websocket", token => new WebSocketClient(http, App, token));
            await AddAsync("signalr", token => new SignalRClient(http, App, token, HttpTransportType.WebSockets));
            if (_sole is not null)
            {
                // Of these a gateway has a connection of its own, in memory, which its requests have to come to: one of several would not do.
                await AddAsync("signalr-sse", token => new SignalRClient(http, App, token, HttpTransportType.ServerSentEvents));
                await AddAsync("signalr-polling", token => new SignalRClient(http, App, token, HttpTransportType.LongPolling));
            }

            await AddAsync("poll", token => new PollClient(Clients(token)));
            await AddAsync("grpc", token => new RpcClient(rpc, App, token));

            // Each a subscriber of its own, as phones are: what one of them may ask for in a second is bounded.
            async Task AddAsync(string transport, Func<string, ILiveClient> open)
            {
                var spec = new SubscriberTokenSpec { TtlSeconds = 86_400, Listen = ["*"] };
                clients.Add(($"{transport} {number}", open((await Direct(0).CreateTokenAsync($"{transport}-{number}", spec, Cancelled)).Token)));
            }
        }

        return clients;
    }

    /// <summary>Returns when it is done and what was stopped is at work again.</summary>
    public async Task DoAsync(LiveMoment moment)
    {
        var network = new[] { _http[moment.Node], _rpc[moment.Node] };
        var duration = TimeSpan.FromMilliseconds(moment.Measure);
        switch (moment.Fault)
        {
            case LiveFault.Cut:
                Array.ForEach(network, proxy => proxy.Cut());
                break;
            case LiveFault.Truncate:
                Array.ForEach(network, proxy => proxy.Truncate(moment.Measure));
                break;
            case LiveFault.Stall:
                await Task.WhenAll(network.Select(proxy => proxy.StallAsync(duration, Cancelled)));
                break;
            case LiveFault.Down:
                await Task.WhenAll(network.Select(proxy => proxy.GoDownAsync(duration, Cancelled)));
                break;
            case LiveFault.CutStore:
                _stores[moment.Node].Cut();
                break;
            case LiveFault.StoreDown:
                await _stores[moment.Node].GoDownAsync(duration, Cancelled);
                break;
            case LiveFault.KillNode:
                await Nodes[moment.Node].KillAsync();
                await StartAgainAsync(Nodes[moment.Node]);
                break;
            case LiveFault.StopNode:
                await Nodes[moment.Node].StopAsync();
                await StartAgainAsync(Nodes[moment.Node]);
                break;
            case LiveFault.KillBroker:
                await Broker!.KillAsync();
                await Broker.StartAsync();
                break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _http.Concat(_rpc).Concat(_stores))
        {
            await proxy.DisposeAsync();
        }

        _clients.ForEach(client => client.Dispose());
        if (_nodes is not null)
        {
            await _nodes.DisposeAsync();
        }

        if (_sole is not null)
        {
            await _sole.DisposeAsync();
        }
    }

    private IEnumerable<(string Setting, string Value)> Settings(LiveFaultPlan plan)
    {
        var rpc = new Uri($"http://127.0.0.1:{GatewayProcess.FreePort()}");
        _rpc.Add(new TcpProxy(rpc));
        return
        [
            // Whoever polls asks anew for every message, and there may be more than 50 a second.
            ("PushGateway__Api__SubscriberRequestsPerSecond", "0"),
            ("PushGateway__Storage__LiveHistoryMessages", $"{plan.HistoryMessages}"),
            ("PushGateway__Grpc__Url", rpc.GetLeftPart(UriPartial.Authority)),
        ];
    }

    private IEnumerable<(string Setting, string Value)> SharedSettings(string database)
    {
        var store = new NpgsqlConnectionStringBuilder(database);
        var storeProxy = new TcpProxy(new UriBuilder("tcp", store.Host, store.Port).Uri);
        _stores.Add(storeProxy);
        store.Port = storeProxy.Address.Port;
        return
        [
            ("PushGateway__Storage__ConnectionString", store.ConnectionString),
            ("PushGateway__RabbitMq__Uri", Broker!.Address.ToString()),
            ("PushGateway__RabbitMq__RetryDelay", "00:00:00.200"),
            ("PushGateway__RabbitMq__Queues__0__Queue", Queue),
            ("PushGateway__RabbitMq__Queues__0__App", App),
        ];
    }

    private PushGatewayAppClient Client(Uri address, string key)
    {
        var http = new HttpClient { BaseAddress = address };
        _clients.Add(http);
        return new PushGatewayClient(http, key).App(App);
    }

    /// <summary>As a service manager does: one that ends while it starts, because it does not reach its store, is started again.</summary>
    private static async Task StartAgainAsync(GatewayProcess node)
    {
        const int Starts = 10;
        for (var start = 1; ; start++)
        {
            try
            {
                await node.StartAgainAsync();
                return;
            }
            catch (Exception) when (start < Starts && !node.IsRunning)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Cancelled);
            }
        }
    }
}
