using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Nodes;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Nodes;

/// <summary>Shares the shards with the other gateways of the store: says every moment that it is alive, takes its part, gives up what others are to have.</summary>
/// <remarks>
/// All of it is one short transaction, and every change of any gateway is made under the store's one lock; so there is nothing to agree about. Whether a gateway is alive is judged by the
/// database's clock alone. A gateway counts its own time from before it was heard, so it stops beginning things before anybody may have its shards.
/// </remarks>
internal sealed class NodeLeases : IShardLeases, INodeDirectory, IDisposable
{
    /// <summary>How often at least within the time of a lease it is renewed.</summary>
    private const int BeatsPerLease = 5;

    // However long the leases are, a gateway that stands still is told within ten seconds: five, and the dashboard's five between two looks.
    private static readonly TimeSpan s_latest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestBeat = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_keepSilent = TimeSpan.FromHours(1);

    private const string Now = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

    // The database's clock may have been set back: nobody was seen in the future.
    private const string Correct = "UPDATE Nodes SET SeenAtMs = ?1 WHERE SeenAtMs > ?1";

    private const string See = "UPDATE Nodes SET SeenAtMs = ?2, IsLeaving = ?3 WHERE NodeKey = ?1";

    private const string AddNode = "INSERT INTO Nodes (NodeKey, Name, Version, StartedAtMs, SeenAtMs, IsLeaving) VALUES (?1, ?2, ?3, ?4, ?4, ?5)";

    private const string RemoveNode = "DELETE FROM Nodes WHERE NodeKey = ?1";

    private const string ForgetSilent = "DELETE FROM Nodes WHERE SeenAtMs < ?1";

    private const string ReadNodes = "SELECT NodeKey, SeenAtMs, IsLeaving, Name, Version, StartedAtMs FROM Nodes ORDER BY NodeKey";

    private const string ReadLeases = "SELECT Shard, NodeKey, Epoch FROM ShardLeases ORDER BY Shard";

    private const string AddLease = "INSERT INTO ShardLeases (Shard, NodeKey, Epoch) VALUES (?1, 0, 0) ON CONFLICT (Shard) DO NOTHING";

    private const string Claim = "UPDATE ShardLeases SET NodeKey = ?2, Epoch = Epoch + 1 WHERE Shard = ?1";

    private const string GiveUp = "UPDATE ShardLeases SET NodeKey = 0 WHERE Shard = ?1 AND NodeKey = ?2";

    private const string GiveUpAll = "UPDATE ShardLeases SET NodeKey = 0 WHERE NodeKey = ?1";

    private readonly StoreWriter _writer;
    private readonly ReadPool _reads;
    private readonly StoreBell _bell;
    private readonly AppCatalog _apps;
    private readonly StorageOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<NodeLeases> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _gate = new();
    private readonly bool[] _left = new bool[Shard.Count];
    private volatile ShardLeases _held = ShardLeases.None;
    private volatile bool _isLeaving;
    private bool _wasLapsed;
    private bool _wasKeyless;
    private long _renewedAt;
    private long _node;
    private Task? _loop;
    private bool _isDisposed;

    public NodeLeases(
        StoreWriter writer, ReadPool reads, StoreBell bell, AppCatalog apps, IOptions<StorageOptions> options, TimeProvider timeProvider, ILogger<NodeLeases> logger)
    {
        (_writer, _reads, _bell, _apps, _options, _timeProvider, _logger) = (writer, reads, bell, apps, options.Value, timeProvider, logger);
        _bell.Rung += OnRung;
        _bell.Missed += Wake;
        _apps.Changed += OnAppChanged;
    }

    public event Action? Changed;

    public bool IsShared => true;

    public ShardLeases Held => _held;

    public bool HasLapsed => Interlocked.Read(ref _renewedAt) is var at && (at == 0 || _timeProvider.GetElapsedTime(at) >= _options.LeaseDuration);

    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await BeatAsync(cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (StoreUnavailableException problem)
            {
                StorageLog.LeasesNotRenewed(_logger, problem);
                await Task.Delay(BeatInterval, _timeProvider, cancellationToken).ConfigureAwait(false);
            }
        }

        var (node, name) = (Interlocked.Read(ref _node), SoleNode.NameOf(_options));
        StorageLog.NodeJoined(_logger, node, name, _held.Count);
        _loop ??= RunAsync(_stop.Token);
    }

    public void Left(int shard)
    {
        lock (_gate)
        {
            if (_held.Holds(shard) || _left[shard])
            {
                return;
            }

            _left[shard] = true;
        }

        Wake();
    }

    public void Leave()
    {
        _isLeaving = true;
        // Nothing further is begun, whether or not the store can be told so.
        if (Hold(ShardLeases.None, []))
        {
            Changed?.Invoke();
        }

        Wake();
    }

    public void Lost(int shard, long epoch)
    {
        var isLost = false;
        lock (_gate)
        {
            if (_held.EpochOf(shard) == epoch)
            {
                _held = new ShardLeases([.. Enumerable.Range(0, Shard.Count).Select(other => other == shard ? 0 : _held.EpochOf(other))]);
                isLost = true;
            }
        }

        if (isLost)
        {
            Changed?.Invoke();
        }

        Wake();
    }

    /// <summary>Gives up all that is left, and is no longer one of the gateways. The store must still take changes.</summary>
    public async Task StopAsync()
    {
        _isLeaving = true;
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_loop is null)
        {
            return;
        }

        await _loop.ConfigureAwait(false);
        try
        {
            await _writer.RunAsync(
                session =>
                {
                    var node = Interlocked.Read(ref _node);
                    session.Statement(GiveUpAll).Bind(1, node).Execute();
                    session.Statement(RemoveNode).Bind(1, node).Execute();
                    session.Ring(StoreTopic.Leases, 0);
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreUnavailableException problem)
        {
            // Others have to wait until its leases are over.
            StorageLog.LeasesNotRenewed(_logger, problem);
        }
    }

    public async Task<IReadOnlyList<GatewayNode>> ListAsync(CancellationToken cancellationToken) => await _reads.ReadAsync(
        session =>
        {
            var nowMs = session.Statement(Now).ScalarInt64() ?? 0;
            var shards = ReadOwners(session).Owners.CountBy(static owner => owner).ToDictionary();
            var nodes = new List<GatewayNode>();
            var row = session.Statement(ReadNodes);
            while (row.Step())
            {
                var (key, seenMs) = (row.Int64(0), row.Int64(1));
                var silent = TimeSpan.FromMilliseconds(Math.Max(0, nowMs - seenMs));
                var state = !IsAlive(seenMs, nowMs) ? NodeState.Silent
                    : silent > LateAfter ? NodeState.Late
                    : row.Int64(2) != 0 ? NodeState.Leaving
                    : NodeState.Running;
                nodes.Add(new GatewayNode(
                    key, row.Text(3), row.Text(4), state, DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(5)), DateTimeOffset.FromUnixTimeMilliseconds(seenMs), silent,
                    shards.GetValueOrDefault(key), key == Interlocked.Read(ref _node)));
            }

            return nodes;
        },
        cancellationToken).ConfigureAwait(false);

    /// <remarks>It is registered under more than one name, and disposed under each.</remarks>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _bell.Rung -= OnRung;
        _bell.Missed -= Wake;
        _apps.Changed -= OnAppChanged;
        _stop.Cancel();
        _stop.Dispose();
    }

    private TimeSpan BeatInterval => Shorter(_options.LeaseDuration / BeatsPerLease, s_longestBeat);

    private TimeSpan LateAfter => Shorter(_options.LeaseDuration / 2, s_latest);

    private void OnRung(StoreNotice notice)
    {
        if (notice.Topic == StoreTopic.Leases)
        {
            Wake();
        }
    }

    // Whether this gateway can send for it has to be told at once.
    private void OnAppChanged(int appKey)
    {
        if (_apps.HasUnreadable != _wasKeyless)
        {
            Wake();
        }
    }

    private void Wake() => _work.Writer.TryWrite(true);

    private async Task RunAsync(CancellationToken stopping)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var timer = new PeriodicTimer(BeatInterval, _timeProvider);
        using var registration = stopping.UnsafeRegister(static work => ((Channel<bool>)work!).Writer.TryWrite(true), _work);
        var tick = TickAsync(timer, stopping);
        while (!stopping.IsCancellationRequested)
        {
            await _work.Reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            try
            {
                await BeatAsync(stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // Whatever it is, the next beat is tried: without one the shards are lost.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                StorageLog.LeasesNotRenewed(_logger, problem);
            }
        }

        await tick.ConfigureAwait(false);
    }

    private async Task TickAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
            {
                if (HasLapsed && !_wasLapsed)
                {
                    _wasLapsed = true;
                    StorageLog.LeasesLapsed(_logger, _options.LeaseDuration.TotalSeconds);
                }

                Wake();
            }
        }
        catch (OperationCanceledException)
        {
            // The ordinary way to stop.
        }
    }

    private Task BeatAsync(CancellationToken cancellationToken) => _writer.RunAsync(Beat, cancellationToken);

    private void Beat(WriteSession session)
    {
        var beganAt = _timeProvider.GetTimestamp();
        var nowMs = session.Statement(Now).ScalarInt64() ?? 0;
        var isChanged = false;
        var node = Interlocked.Read(ref _node);
        session.Statement(Correct).Bind(1, nowMs).Execute();
        var (atWork, alive) = ReadAlive(session, nowMs);
        // It would reject what the others, who have the keys, can send.
        var isKeyless = _apps.HasUnreadable && atWork.Exists(other => other != node);
        var isLeaving = _isLeaving || isKeyless;
        if (node == 0 || session.Statement(See).Bind(1, node).Bind(2, nowMs).Bind(3, isLeaving ? 1 : 0).Execute() == 0)
        {
            node = session.NextKey(KeySequence.Node);
            session.Statement(AddNode)
                .Bind(1, node).Bind(2, SoleNode.NameOf(_options)).Bind(3, SoleNode.ProgramVersion).Bind(4, nowMs).Bind(5, isLeaving ? 1 : 0)
                .Execute();
            session.Statement(ForgetSilent).Bind(1, nowMs - (long)s_keepSilent.TotalMilliseconds).Execute();
            isChanged = true;
        }

        alive.Add(node);
        isChanged |= isLeaving == atWork.Remove(node);
        if (!isLeaving)
        {
            atWork.Add(node);
            atWork.Sort();
        }

        var (owners, epochs) = ReadOwners(session);
        if (owners.Count < Shard.Count)
        {
            for (var shard = 0; shard < Shard.Count; shard++)
            {
                session.Statement(AddLease).Bind(1, shard).Execute();
            }

            (owners, epochs) = ReadOwners(session);
        }

        var balance = LeaseBalance.Of(node, atWork, alive, owners);
        foreach (var shard in balance.Claim)
        {
            session.Statement(Claim).Bind(1, shard).Bind(2, node).Execute();
            (owners[shard], epochs[shard]) = (node, epochs[shard] + 1);
        }

        var (givenUp, held) = (new List<int>(), new long[Shard.Count]);
        for (var shard = 0; shard < Shard.Count; shard++)
        {
            held[shard] = owners[shard] == node ? epochs[shard] : 0;
        }

        foreach (var shard in balance.GiveUp)
        {
            held[shard] = 0;
            if (HasLeft(shard))
            {
                session.Statement(GiveUp).Bind(1, shard).Bind(2, node).Execute();
                givenUp.Add(shard);
            }
        }

        if (isChanged || balance.Claim.Count > 0 || givenUp.Count > 0)
        {
            session.Ring(StoreTopic.Leases, 0);
        }

        var leases = new ShardLeases(held);
        session.OnCommitted(() =>
        {
            Interlocked.Exchange(ref _node, node);
            if (isKeyless && !_wasKeyless)
            {
                StorageLog.NodeWithoutKeys(_logger);
            }

            _wasKeyless = isKeyless;
            Renew(beganAt, _isLeaving ? ShardLeases.None : leases, givenUp);
        });
    }

    private void Renew(long beganAt, ShardLeases leases, List<int> givenUp)
    {
        var wasLapsed = HasLapsed;
        var isChanged = Hold(leases, givenUp);
        Interlocked.Exchange(ref _renewedAt, beganAt);
        _wasLapsed = false;
        if (isChanged || wasLapsed)
        {
            Changed?.Invoke();
        }
    }

    /// <returns>Whether it is a change, which is still to be told.</returns>
    private bool Hold(ShardLeases leases, List<int> givenUp)
    {
        ShardLeases before;
        lock (_gate)
        {
            before = _held;
            _held = leases;
            foreach (var shard in givenUp)
            {
                _left[shard] = false;
            }

            // What is held again may be begun in, and has to be left anew.
            for (var shard = 0; shard < Shard.Count; shard++)
            {
                _left[shard] &= !leases.Holds(shard);
            }
        }

        if (before.IsSameAs(leases))
        {
            return false;
        }

        StorageLog.ShardsHeld(_logger, leases.Count, before.Count);
        return true;
    }

    private bool HasLeft(int shard)
    {
        lock (_gate)
        {
            return _left[shard];
        }
    }

    private (List<long> AtWork, HashSet<long> Alive) ReadAlive(StoreSession session, long nowMs)
    {
        var (atWork, alive) = (new List<long>(), new HashSet<long>());
        var row = session.Statement(ReadNodes);
        while (row.Step())
        {
            if (IsAlive(row.Int64(1), nowMs))
            {
                alive.Add(row.Int64(0));
                if (row.Int64(2) == 0)
                {
                    atWork.Add(row.Int64(0));
                }
            }
        }

        row.Reset();
        return (atWork, alive);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private bool IsAlive(long seenMs, long nowMs) => nowMs - seenMs <= (long)_options.LeaseDuration.TotalMilliseconds;

    private static (List<long> Owners, List<long> Epochs) ReadOwners(StoreSession session)
    {
        var (owners, epochs) = (new List<long>(Shard.Count), new List<long>(Shard.Count));
        var row = session.Statement(ReadLeases);
        while (row.Step())
        {
            owners.Add(row.Int64(1));
            epochs.Add(row.Int64(2));
        }

        row.Reset();
        return (owners, epochs);
    }
}
