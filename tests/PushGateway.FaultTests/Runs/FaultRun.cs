using System.Diagnostics;
using System.Net;
using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.FaultTests.Network;
using PushGateway.Server.Tests.EndToEnd;
using PushGateway.Simulator;

namespace PushGateway.FaultTests.Runs;

/// <summary>Plays a plan against the real executable, as its publisher, its operator and its bad luck; then compares what everybody says.</summary>
internal sealed class FaultRun : IAsyncDisposable
{
    private readonly FaultPlan _plan;
    private readonly GatewayProcess _gateway;
    private readonly ProviderSimulator _simulator;
    private readonly TcpProxy _apns;
    private readonly TcpProxy _fcm;
    private readonly PersistentCaller _caller;
    private readonly PushGatewayAppClient _app;
    private readonly PushGatewayAppClient _deletedApp;
    private readonly List<PublishedRecord> _events = [];
    private readonly FaultReport _report;
    private bool _isAppDeleted;

    private FaultRun(FaultPlan plan, ProviderSimulator simulator)
    {
        (_plan, _simulator) = (plan, simulator);
        _gateway = new GatewayProcess(plan.Settings());
        _apns = new TcpProxy(simulator.ApnsEndpoint);
        _fcm = new TcpProxy(simulator.FcmEndpoint);
        _app = _gateway.Client.App("app");
        _deletedApp = _gateway.Client.App("deleted");
        _caller = new PersistentCaller();
        _report = new FaultReport(plan);
    }

    public string Output => _gateway.Output;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<FaultRun> PrepareAsync(FaultPlan plan)
    {
        var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions { RecentPushes = 0 }, ct: Cancelled);
        foreach (var rule in plan.Rules)
        {
            simulator.Control.AddRule(rule);
        }

        return new FaultRun(plan, simulator);
    }

    public async Task<FaultReport> PlayAsync()
    {
        var started = Stopwatch.GetTimestamp();
        await StartAsync(_plan.FirstStartKills);
        await _caller.CallAsync(() => Provisioning.SetUpAsync(_gateway.Client, "app", _simulator, _apns.Address, _fcm.Address));
        await ImportAsync();
        await ImportDeletedAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var conversation = new Conversation(() => _app, _caller, 2_000_000);
        var watch = new AccountWatch(() => _app, _simulator.Control);
        var background = Task.WhenAll(conversation.RunAsync(stop.Token), watch.RunAsync(stop.Token));
        try
        {
            await PublishAsync();
            foreach (var moment in _plan.Moments)
            {
                await AwaitAsync(moment, background);
                await DoAsync(moment);
            }

            await ResumeAllAsync();
        }
        finally
        {
            await stop.CancelAsync();
            await background;
        }

        var check = new RunCheck(_plan, _app, _caller, _simulator.Control, _report);
        await check.EventsAsync(_events);
        await check.ConversationAsync(conversation);
        await check.DeletedAppAsync(_isAppDeleted, _gateway.Client);
        check.Duplicates(conversation);
        _report.Polls = watch.Polls;
        _report.Duration = Stopwatch.GetElapsedTime(started);
        return _report;
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _apns.DisposeAsync();
        await _fcm.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    /// <summary>Starts the gateway until it is ready; the first tries are killed on the way.</summary>
    private async Task StartAsync(IReadOnlyList<int> killsMs)
    {
        foreach (var killMs in killsMs)
        {
            _gateway.Begin();
            await Task.Delay(TimeSpan.FromMilliseconds(killMs), TimeProvider.System, Cancelled);
            await _gateway.KillAsync();
            _report.Kills++;
        }

        var started = Stopwatch.GetTimestamp();
        await _gateway.StartAgainAsync();
        _report.Readiness.Add(Stopwatch.GetElapsedTime(started));
    }

    private async Task CrashAsync(Crash crash)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(crash.DelayMs), TimeProvider.System, Cancelled);
        if (crash.IsKill)
        {
            await _gateway.KillAsync();
            _report.Kills++;
        }
        else
        {
            await _gateway.StopAsync();
            _report.Stops++;
        }

        await StartAsync(crash.StartKills);
    }

    /// <summary>A request that the gateway may die over, repeated as a publisher would until it is answered.</summary>
    private async Task<T> CallAsync<T>(Func<Task<T>> request, Crash? crash)
    {
        if (crash is null)
        {
            return await _caller.CallAsync(request);
        }

        var first = _caller.TryAsync(request);
        await CrashAsync(crash);
        return await first is (true, { } answer) ? answer : await _caller.CallAsync(request);
    }

    private async Task ImportAsync()
    {
        foreach (var (number, (audience, from, count)) in _plan.ImportCalls().Index())
        {
            var lines = audience.ToNdjson(from, count);
            var summary = await CallAsync(() => Provisioning.ImportAsync(_app, lines), _plan.ImportCrashes.GetValueOrDefault(number));
            Assert.Equal(0, summary.Rejected);
        }
    }

    private async Task ImportDeletedAsync()
    {
        await _caller.CallAsync(() => Provisioning.SetUpAsync(_gateway.Client, "deleted", _simulator, _apns.Address, _fcm.Address));
        var lines = _plan.Deleted.ToNdjson(0, _plan.Deleted.Devices.Count);
        await CallAsync(() => Provisioning.ImportAsync(_deletedApp, lines), null);
    }

    private async Task PublishAsync()
    {
        foreach (var (number, audience) in _plan.Audiences.Index())
        {
            var key = $"key-{audience.Channel}";
            var request = Samples.Event(new EventAudience { Channel = audience.Channel }, _plan.Rates[number]);
            var published = await CallAsync(() => _app.PublishAsync(request, key, Cancelled), _plan.PublishCrashes.GetValueOrDefault(number));
            _events.Add(new PublishedRecord(audience, request, key, published.Event.Id));
        }

        var gone = Samples.Event(new EventAudience { Channel = _plan.Deleted.Channel }, 200);
        await _caller.CallAsync(() => _deletedApp.PublishAsync(gone, "key-deleted", Cancelled));
    }

    /// <summary>Until so many are accepted, or until no more will be.</summary>
    private async Task AwaitAsync(PlannedMoment moment, Task background)
    {
        var lookedAt = Stopwatch.GetTimestamp();
        while (_simulator.Control.Counters().Accepted < moment.AfterAccepted)
        {
            if (background.IsFaulted)
            {
                await background;
            }

            if (Stopwatch.GetElapsedTime(lookedAt) > TimeSpan.FromMilliseconds(100))
            {
                if (await AreQuietAsync())
                {
                    break;
                }

                lookedAt = Stopwatch.GetTimestamp();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancelled);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(moment.ThenMs), TimeProvider.System, Cancelled);
    }

    private async Task<bool> AreQuietAsync()
    {
        foreach (var published in _events)
        {
            if (await _caller.CallAsync(() => _app.FindEventAsync(published.Id, Cancelled)) is not ({ IsFinal: true } or { State: "paused" }))
            {
                return false;
            }
        }

        return true;
    }

    private async Task DoAsync(PlannedMoment moment)
    {
        var proxy = moment.Measure % 2 == 0 ? _apns : _fcm;
        switch (moment.Kind)
        {
            case FaultKind.Crash:
                await CrashAsync(moment.Crash!);
                break;
            case FaultKind.Pause:
                await PauseAsync(moment);
                break;
            case FaultKind.Cancel:
                await CancelAsync(moment);
                break;
            case FaultKind.DeleteApp:
                await CallAsync(() => _gateway.Client.DeleteAppAsync("deleted", Cancelled), moment.Crash);
                _isAppDeleted = true;
                break;
            case FaultKind.Cut:
                proxy.Cut();
                break;
            case FaultKind.Stall:
                await proxy.StallAsync(TimeSpan.FromMilliseconds(moment.Measure), Cancelled);
                break;
            case FaultKind.Truncate:
                proxy.Truncate(moment.Measure);
                break;
            case FaultKind.ProviderDown:
                await proxy.GoDownAsync(TimeSpan.FromMilliseconds(moment.Measure), Cancelled);
                break;
            default:
                throw new InvalidOperationException($"{moment.Kind} is not played.");
        }
    }

    private async Task PauseAsync(PlannedMoment moment)
    {
        var published = _events[moment.Event];
        var paused = await CallAsync(() => ControlAsync(() => _app.PauseAsync(published.Id, Cancelled)), moment.Crash);
        if (paused is null || _plan.HasNetworkFaults)
        {
            return;
        }

        // What is paused stays so over a crash, and sends nothing.
        var before = Sent(published);
        await CrashAsync(new Crash(IsKill: _plan.HasCrashes, 20, []));
        var found = await _caller.CallAsync(() => _app.FindEventAsync(published.Id, Cancelled));

        // What is in flight is still sent, of a gateway that was just stopping also after its answer: if that was all there was, nothing is left to pause.
        var nothingWasLeft = found is { State: "completed", Counts.Pending: 0 };
        if (!nothingWasLeft)
        {
            Assert.Equal("paused", found!.State);
        }

        if (!nothingWasLeft || moment.Crash is null)
        {
            Assert.Equal(before, Sent(published));
        }
    }

    private async Task CancelAsync(PlannedMoment moment)
    {
        var published = _events[moment.Event];
        var cancelled = await CallAsync(() => ControlAsync(() => _app.CancelAsync(published.Id, Cancelled)), moment.Crash);
        published.CancelledAs = cancelled is { IsFinal: true } ? cancelled.Counts : null;
        published.IsCancelAsked = true;
    }

    private async Task ResumeAllAsync()
    {
        foreach (var published in _events)
        {
            await _caller.CallAsync(() => ControlAsync(() => _app.ResumeAsync(published.Id, Cancelled)));
        }
    }

    /// <returns><see langword="null"/> when the event's state does not allow it.</returns>
    private static async Task<EventInfo?> ControlAsync(Func<Task<EventInfo>> control)
    {
        try
        {
            return await control();
        }
        catch (PushGatewayApiException refused) when (refused.Status == HttpStatusCode.Conflict)
        {
            return null;
        }
    }

    private int Sent(PublishedRecord published) =>
        published.Audience.Devices.Sum(device => _simulator.Control.TimesAccepted(device.Provider, device.Token));
}
