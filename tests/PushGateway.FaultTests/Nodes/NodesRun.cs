using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.FaultTests.Runs;
using PushGateway.Server.Tests.EndToEnd;
using PushGateway.Simulator;
using PushGateway.Storage.Tests.Support;
using Xunit.Sdk;

namespace PushGateway.FaultTests.Nodes;

/// <summary>Plays a plan against several gateways, as their publisher, their operator and their bad luck; then compares what everybody says.</summary>
internal sealed class NodesRun : IAsyncDisposable
{
    private const int FirstNodes = 3;

    /// <summary>At least one gateway is always left alone.</summary>
    private readonly HashSet<int> _inTrouble = [];

    private readonly Lock _gate = new();
    private readonly NodesPlan _plan;
    private readonly NodeRig _rig;
    private readonly Random _choice;
    private readonly PersistentCaller _caller = new();
    private readonly NodesReport _report;
    private readonly ConcurrentDictionary<int, PublishedRecord> _events = new();
    private readonly List<Task> _consequences = [];
    private readonly ConcurrentQueue<string> _diary = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private volatile bool _isDatabaseClosed;
    private volatile int _disturbances;

    private NodesRun(NodesPlan plan, NodeRig rig) => (_plan, _rig, _choice, _report) = (plan, rig, new Random(plan.Seed), new NodesReport(plan));

    public NodeRig Rig => _rig;

    /// <summary>What was done when.</summary>
    public string Diary => string.Join('\n', _diary);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<NodesRun> PrepareAsync(NodesPlan plan, PostgreSqlServer server)
    {
        var rig = await NodeRig.StartAsync(server, FirstNodes, (_, _) => plan.Settings());
        if (plan.AnswerDelayMs > 0)
        {
            rig.Simulator.Control.AddRule(new FaultRule { Action = new FaultAction { DelayMilliseconds = plan.AnswerDelayMs } });
        }

        return new NodesRun(plan, rig);
    }

    public async Task<string> PlayAsync()
    {
        foreach (var planned in _plan.Events)
        {
            await Provisioning.ImportAsync(_rig.App(0), planned.Audience.ToNdjson(0, planned.Audience.Devices.Count));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var conversation = new Conversation(AppAtWork, _caller, 2_000_000, 50);
        var watch = new AccountWatch(AppAtWork, _rig.Simulator.Control);
        var background = Task.WhenAll(conversation.RunAsync(stop.Token), watch.RunAsync(stop.Token));
        try
        {
            var publishing = Task.WhenAll(_plan.Events.Index().Select(entry => PublishAsync(entry.Index, entry.Item)));
            foreach (var fault in _plan.Faults)
            {
                await WaitAsync(fault.AfterMs);
                _consequences.Add(DoAsync(fault));
            }

            await publishing;
            await Task.WhenAll(_consequences);
            foreach (var published in _events.Values)
            {
                await _caller.CallAsync(() => ControlAsync(() => AppAtWork().ResumeAsync(published.Id, Cancelled)));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await background;
        }

        Note("nothing more is done");
        var check = new NodesCheck(_plan, _rig, AppAtWork, _caller, _report);
        await check.AllAsync([.. _events.OrderBy(entry => entry.Key).Select(entry => (_plan.Events[entry.Key], entry.Value))], conversation);
        await _rig.BalanceAsync(_rig.Nodes.Count);
        _report.Duration = Stopwatch.GetElapsedTime(_started);
        return _report.ToLine(_rig.Nodes.Count);
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    private static Task WaitAsync(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, Cancelled);

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

    private void Note(string what) => _diary.Enqueue($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {what}");

    /// <summary>Of any gateway that nothing is done to.</summary>
    private PushGatewayAppClient AppAtWork()
    {
        lock (_gate)
        {
            var atWork = Enumerable.Range(0, _rig.Nodes.Count).Where(node => !_inTrouble.Contains(node)).ToList();
            return _rig.App(atWork[_choice.Next(atWork.Count)]);
        }
    }

    private async Task PublishAsync(int number, PlannedEvent planned)
    {
        await WaitAsync(planned.PublishAfterMs);
        var sample = Samples.Event(new EventAudience { Channel = planned.Audience.Channel }, planned.Rate);
        var request = sample with
        {
            Options = sample.Options! with
            {
                ResendUnknown = planned.ResendUnknown ? null : false,
                SendAt = planned.SendAfterMs is { } later ? TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(later) : null,
            },
        };
        var key = $"key-{planned.Audience.Channel}";
        var published = await _caller.CallAsync(() => AppAtWork().PublishAsync(request, key, Cancelled));
        Note($"{planned.Audience.Channel} is published: {published.Event.Id}");
        _events[number] = new PublishedRecord(planned.Audience, request, key, published.Event.Id);
    }

    private Task DoAsync(PlannedNodeFault fault) => fault.Kind switch
    {
        NodeFault.Stop or NodeFault.Kill or NodeFault.Freeze => TakeNode(fault.Number) is { } node ? TroubleAsync(node, fault) : Task.CompletedTask,
        NodeFault.Join => JoinAsync(),
        NodeFault.Pause or NodeFault.Resume or NodeFault.Cancel => _events.TryGetValue(fault.Number % _plan.Events.Count, out var published)
            ? WishAsync(fault.Kind, published) : Task.CompletedTask,
        NodeFault.CutConnections => CutAsync(),
        NodeFault.CloseDatabase => _isDatabaseClosed ? Task.CompletedTask : CloseAsync(fault.LastsMs),
        _ => throw new InvalidOperationException($"{fault.Kind} is not played."),
    };

    private int? TakeNode(int wanted)
    {
        lock (_gate)
        {
            for (var tried = 0; tried < _rig.Nodes.Count && _inTrouble.Count < _rig.Nodes.Count - 1; tried++)
            {
                var node = (wanted + tried) % _rig.Nodes.Count;
                if (_inTrouble.Add(node))
                {
                    return node;
                }
            }

            return null;
        }
    }

    private void Release(int node)
    {
        lock (_gate)
        {
            _inTrouble.Remove(node);
        }
    }

    private async Task TroubleAsync(int number, PlannedNodeFault fault)
    {
        var node = _rig.Nodes[number];
        Note($"node {number}: {fault.Kind}");
        switch (fault.Kind)
        {
            case NodeFault.Stop:
                await node.StopAsync();
                _report.CountStop();
                break;
            case NodeFault.Kill:
                await node.KillAsync();
                _report.CountKill();
                break;
            default:
                await node.FreezeAsync();
                if (_plan.MayLoseLease(fault.LastsMs))
                {
                    _report.CountFreeze();
                }

                break;
        }

        Note($"node {number}: {fault.Kind} is done");
        await WaitAsync(fault.LastsMs);
        if (fault.Kind == NodeFault.Freeze)
        {
            await node.WakeAsync();
        }
        else
        {
            await StartAsync(node);
        }

        Note($"node {number} is there again");
        Release(number);
    }

    private async Task JoinAsync()
    {
        GatewayProcess node;
        int number;
        lock (_gate)
        {
            // Not asked for anything before it is ready.
            number = _rig.Nodes.Count;
            _inTrouble.Add(number);
            node = _rig.AddNode();
        }

        Note($"node {number} joins");
        await StartAsync(node);
        Note($"node {number} has joined");
        Release(number);
    }

    /// <summary>As a service manager does: a gateway that does not start because the database is away is started again.</summary>
    private async Task StartAsync(GatewayProcess node)
    {
        while (true)
        {
            var (wasClosed, before) = (_isDatabaseClosed, _disturbances);
            try
            {
                await node.StartAgainAsync();
                return;
            }
            catch (XunitException) when (!node.IsRunning && (wasClosed || _disturbances != before))
            {
                Note("a start failed");
            }
        }
    }

    private async Task WishAsync(NodeFault wish, PublishedRecord published)
    {
        Note($"{published.Audience.Channel}: {wish}");
        var answer = await _caller.CallAsync(() => ControlAsync(() => wish switch
        {
            NodeFault.Pause => AppAtWork().PauseAsync(published.Id, Cancelled),
            NodeFault.Resume => AppAtWork().ResumeAsync(published.Id, Cancelled),
            _ => AppAtWork().CancelAsync(published.Id, Cancelled),
        }));
        Note($"{published.Audience.Channel}: {wish} is answered: {answer?.State}");
        if (wish == NodeFault.Cancel)
        {
            published.CancelledAs = answer is { IsFinal: true } ? answer.Counts : null;
            published.IsCancelAsked = true;
        }
    }

    private async Task CutAsync()
    {
        Note("connections are cut");
        Interlocked.Increment(ref _disturbances);
        await _rig.CutConnectionsAsync();
    }

    private async Task CloseAsync(int lastsMs)
    {
        _isDatabaseClosed = true;
        Interlocked.Increment(ref _disturbances);
        if (_plan.MayLoseLease(lastsMs))
        {
            _report.CountOutage();
        }

        Note("the database is closed");
        await _rig.CloseDatabaseAsync();
        await WaitAsync(lastsMs);
        await _rig.OpenDatabaseAsync();
        Note("the database is open");
        _isDatabaseClosed = false;
    }
}
