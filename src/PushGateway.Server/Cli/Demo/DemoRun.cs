using System.Security.Cryptography;
using PushGateway.Client;
using PushGateway.Client.Devices;
using PushGateway.Client.Events;
using PushGateway.Server.Cli.Output;

namespace PushGateway.Server.Cli.Demo;

/// <summary>The demo from beginning to end.</summary>
internal sealed class DemoRun
{
    private const string AppId = "demo";
    private const string Channel = "mrbeast";
    private const string IdempotencyKey = "new-video-1";

    private readonly Terminal _terminal;
    private readonly DemoSettings _settings;
    private readonly DemoAudience _audience;
    private readonly SimulatorProcess _simulator;
    private readonly GatewayConnection _connection;
    private readonly PushGatewayAppClient _app;

    private DemoRun(Terminal terminal, DemoSettings settings, SimulatorProcess simulator, GatewayConnection connection)
    {
        (_terminal, _settings, _simulator, _connection) = (terminal, settings, simulator, connection);
        _audience = new DemoAudience(settings.Devices, Channel);
        _app = connection.Client.App(AppId);
    }

    /// <returns>The exit code: failure when a check did not pass; being stopped is no failure.</returns>
    public static async Task<int> RunAsync(Terminal terminal, DemoSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return await RunUntilEndAsync(terminal, settings, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await terminal.Output.WriteLineAsync("Stopped.");
            return ExitCodes.Success;
        }
    }

    private static async Task<int> RunUntilEndAsync(Terminal terminal, DemoSettings settings, CancellationToken cancellationToken)
    {
        // Disposed from the last to the first: the gateway drains while the simulator still answers it.
        using var folder = DemoFolder.Open(settings.DataDirectory);
        await using var simulator = await SimulatorProcess.StartAsync(terminal.Time, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, simulator.Ended);
        var adminKey = RandomNumberGenerator.GetHexString(40, lowercase: true);
        await using var gateway = await DemoGateway.StartAsync(terminal, settings.Port, folder, adminKey, AppId, simulator.Details, stop.Token);
        using var connection = new GatewayConnection(gateway.Url, adminKey, Timeout.InfiniteTimeSpan);
        try
        {
            var (eventId, passed) = await new DemoRun(terminal, settings, simulator, connection).BroadcastAsync(stop.Token);
            if (!passed)
            {
                folder.Keep();
                await terminal.Error.WriteLineAsync($"error: a check failed. The store and the log are kept in {folder.Path}.");
            }

            if (!settings.Exit)
            {
                await WriteAddressesAsync(terminal, gateway, adminKey, eventId, folder);
                await stop.Token.WaitForCancellationAsync();
            }

            if (simulator.Ended.IsCancellationRequested)
            {
                throw new CliException("The simulator ended unexpectedly.");
            }

            return passed ? ExitCodes.Success : ExitCodes.Failure;
        }
        catch (OperationCanceledException) when (simulator.Ended.IsCancellationRequested)
        {
            throw new CliException("The simulator ended unexpectedly.");
        }
    }

    /// <summary>Sets everything up, sends the event, reports and checks.</summary>
    private async Task<(string Id, bool Passed)> BroadcastAsync(CancellationToken cancellationToken)
    {
        await SetUpAsync(cancellationToken);
        await ImportAsync(cancellationToken);

        var processorTimeBefore = ProcessUsage.ProcessorTime();
        var published = await PublishAsync(cancellationToken);
        await _terminal.Output.WriteLineAsync($"Published event {published.Event.Id} to channel {Channel}.");
        var final = await EventWatch.RunAsync(_terminal, _app, published.Event.Id, cancellationToken);
        var processorTime = ProcessUsage.ProcessorTime() - processorTimeBefore;

        var counters = await _simulator.ReadCountersAsync(cancellationToken);
        OutcomeTable.Write(_terminal, final);
        DemoReport.Write(_terminal, final, processorTime);
        var checks = new DemoChecks(_audience, _app, _simulator);
        checks.CheckAccount(final);
        checks.CheckProviders(counters);
        await checks.CheckReceiptsAsync(final.Id, cancellationToken);
        await checks.CheckReplayAsync(final.Id, counters, () => PublishAsync(cancellationToken), cancellationToken);
        DemoReport.Write(_terminal, checks.Results);
        return (final.Id, checks.Passed);
    }

    private async Task SetUpAsync(CancellationToken cancellationToken)
    {
        await _connection.Client.PutAppAsync(AppId, "Demo", cancellationToken);
        await _app.PutApnsAsync(_simulator.Details.ToApnsCredentials(), cancellationToken);
        await _app.PutFcmAsync(_simulator.Details.ToFcmCredentials(_settings.FcmQuota), cancellationToken);
    }

    private async Task ImportAsync(CancellationToken cancellationToken)
    {
        var summary = await ProgressDisplay.RunAsync(_terminal, "Importing", async line =>
        {
            await using var lines = new DemoImportStream(_audience, _terminal.Time, line);
            return await _app.ImportAsync(lines, ImportFormat.Ndjson, cancellationToken);
        });
        if (summary.Created != _audience.Count)
        {
            var first = summary.Errors is [var error, ..] ? $" Line {error.Line}: {error.Code}: {error.Detail}" : string.Empty;
            throw new CliException($"{_audience.Count:N0} devices were imported, but {summary.Created:N0} created and {summary.Rejected:N0} rejected.{first}");
        }
    }

    private Task<PublishedEvent> PublishAsync(CancellationToken cancellationToken) => _app.PublishAsync(
        new EventRequest
        {
            Type = "video.published",
            Audience = new EventAudience { Channel = Channel },
            Notification = new EventNotification { Title = "New video", Body = "Just published. Be the first to see it." },
            Localizations = new Dictionary<string, EventNotification> { ["es"] = new() { Title = "Nuevo vídeo", Body = "Recién publicado. Sé de los primeros en verlo." } },
            Data = new Dictionary<string, string> { ["videoId"] = "abc123" },
            Options = new EventRequestOptions { Priority = "high", TtlSeconds = 3600 },
        },
        IdempotencyKey, cancellationToken);

    private static Task WriteAddressesAsync(Terminal terminal, DemoGateway gateway, string adminKey, string eventId, DemoFolder folder) => terminal.Output.WriteLineAsync(
        $"""

        Dashboard      {new Uri(gateway.Url, "admin")}
        First sign-in  {gateway.FirstSignIn}   (works once)
        API reference  {new Uri(gateway.Url, "docs")}
        OpenAPI        {new Uri(gateway.Url, "openapi/v1.json")}
        Chat           {new Uri(gateway.Url, "demo/chat")}   (open it in two tabs)
        gRPC           {gateway.Rpc.Authority}   (HTTP/2 without TLS; grpcurl -plaintext {gateway.Rpc.Authority} list)
        The event      {new Uri(gateway.Url, $"v1/apps/{AppId}/events/{eventId}")}
        Admin key      {adminKey}   (Authorization: Bearer …)
        Log            {folder.LogFile}
        Ctrl-C ends the demo.
        """);
}
