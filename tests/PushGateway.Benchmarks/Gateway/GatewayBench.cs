using System.Diagnostics;
using PushGateway.Benchmarks.Reporting;
using PushGateway.Benchmarks.Sink;
using PushGateway.Client;

namespace PushGateway.Benchmarks.Gateway;

/// <summary>A gateway that is ready to be measured: its store filled, its notifications sent to a sink, everything compiled and connected.</summary>
internal sealed class GatewayBench : IAsyncDisposable
{
    public const string AppId = "bench";

    private GatewayBench(GatewayProcess gateway, SinkProcess sink, int warmUpDevices) => (Gateway, Sink, WarmUpDevices) = (gateway, sink, warmUpDevices);

    public GatewayProcess Gateway { get; }

    public SinkProcess Sink { get; }

    /// <summary>Devices that the warming up has sent to.</summary>
    public int WarmUpDevices { get; }

    /// <summary>The app that all devices of the audience belong to.</summary>
    public PushGatewayAppClient App => Gateway.Client.App(AppId);

    public static Task<GatewayBench> StartAsync(BenchmarkStore store, GatewaySettings settings, bool isProfiled, CancellationToken cancellationToken) =>
        StartAsync(store, settings, isProfiled, new SinkOptions(), cancellationToken);

    /// <param name="store">Filled here when it is not.</param>
    /// <param name="isProfiled">As <see cref="GatewayProcess.StartAsync"/> has it.</param>
    public static async Task<GatewayBench> StartAsync(
        BenchmarkStore store, GatewaySettings settings, bool isProfiled, SinkOptions sinkOptions, CancellationToken cancellationToken)
    {
        var audience = new Audience(settings.Devices);
        if (!store.IsFilled)
        {
            await FillAsync(store, audience, settings, cancellationToken);
        }

        var sink = await SinkProcess.StartAsync(sinkOptions, hasTokenEndpoint: true, cancellationToken);
        GatewayProcess? gateway = null;
        try
        {
            gateway = await GatewayProcess.StartAsync(store.Folder, settings.Settings, isProfiled, cancellationToken);
            var bench = new GatewayBench(gateway, sink, audience.WarmUpDevices);
            await SinkCredentials.PutApnsAsync(bench.App, sink.Address, cancellationToken);
            await SinkCredentials.PutFcmAsync(bench.App, sink.Address, cancellationToken);
            Report.Progress($"Warming up with {audience.WarmUpDevices:N0} devices");
            await Broadcast.RunAsync(bench, Audience.WarmUpChannel, audience.WarmUpDevices, cancellationToken);
            return bench;
        }
        catch
        {
            await (gateway?.DisposeAsync() ?? ValueTask.CompletedTask);
            await sink.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Sink.DisposeAsync();
    }

    /// <summary>By a gateway of its own, so that the one measured has not just taken an import.</summary>
    private static async Task FillAsync(BenchmarkStore store, Audience audience, GatewaySettings settings, CancellationToken cancellationToken)
    {
        Report.Progress($"Importing {audience.Devices:N0} devices");
        await using var gateway = await GatewayProcess.StartAsync(store.Folder, settings.Settings, isProfiled: false, cancellationToken);
        await gateway.Client.PutAppAsync(AppId, "Benchmark", cancellationToken);
        var started = Stopwatch.GetTimestamp();
        await audience.ImportAsync(gateway.Client.App(AppId), cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        store.MarkFilled(audience.Devices);
        Report.Progress($"Imported in {elapsed.TotalSeconds:N1} s, {audience.Devices / elapsed.TotalSeconds:N0}/s");
    }
}
