using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using PushGateway.Client.Devices;
using PushGateway.Client.Events;
using PushGateway.FaultTests.Runs;
using PushGateway.FaultTests.Stores;
using PushGateway.Server.Tests.EndToEnd;

namespace PushGateway.FaultTests;

/// <summary>
/// The power fails: of what was written after the last sync, any part may be on the disk or not. The process is frozen, its files are
/// copied, the log is cut or spoilt behind what has been acknowledged, and a gateway starts on the copy.
/// </summary>
public sealed class PowerLossTests
{
    private static readonly PersistentCaller s_caller = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static IEnumerable<TheoryDataRow<int>> CutSeeds() => Seeds.From(1, 1);

    /// <summary>The log is never copied into the database here, so the synced part of it may be any acknowledged one: also one far back.</summary>
    [Theory]
    [MemberData(nameof(CutSeeds))]
    public async Task Start_AfterTheLogWasCutBehindAnAcknowledgedCommit_HasAllThatWasAcknowledged(int seed)
    {
        var random = new Random(seed);
        await using var rig = await StoreRig.StartAsync(600, null);
        var traffic = new Traffic(rig);
        await using var running = traffic.Begin();
        await traffic.ReachesAsync(random.Next(20, 60));
        var known = traffic.Acknowledged;
        var synced = await LogOfAsync(rig.Gateway);
        await traffic.ReachesAsync(known.Count + random.Next(20, 60));
        var folder = await CopyOfAsync(rig.Gateway);

        var log = Path.Combine(folder, "store.db-wal");
        var last = WriteAheadLog.Read(log);
        Assert.Equal(synced.Salt, last.Salt);
        Assert.True(last.CommittedEnd > synced.CommittedEnd, "Nothing was written in between.");
        Spoil(log, random, random.NextInt64(synced.CommittedEnd, last.Length));
        await CheckAsync(rig, folder, known);
    }

    /// <summary>The log is copied into the database all the time, and the power may fail in the middle of that.</summary>
    [Theory]
    [MemberData(nameof(CutSeeds))]
    public async Task Start_AfterTheLogWasCutWhileItIsCopiedBack_HasAllThatWasAcknowledged(int seed)
    {
        var random = new Random(seed);
        await using var rig = await StoreRig.StartAsync(600, null, ("PushGateway__Storage__CheckpointPages", "100"));
        var traffic = new Traffic(rig);
        await using var running = traffic.Begin();
        await traffic.ReachesAsync(random.Next(50, 150));
        var known = traffic.Acknowledged;
        var folder = await CopyOfAsync(rig.Gateway);

        var log = Path.Combine(folder, "store.db-wal");
        var last = WriteAheadLog.Read(log);
        Spoil(log, random, random.NextInt64(last.CommittedEnd, last.Length + 1));
        await CheckAsync(rig, folder, known);
    }

    private static async Task CheckAsync(StoreRig rig, string folder, IReadOnlyList<Acknowledged> known)
    {
        await using var gateway = new GatewayProcess([], folder);
        await gateway.StartAgainAsync();
        var app = gateway.Client.App("app");
        foreach (var (device, request, key, eventId) in known)
        {
            Assert.True(await app.FindDeviceAsync(device.Id, Cancelled) is not null, $"{device.Id} was acknowledged and is gone.");
            var replay = await app.PublishAsync(request, key, Cancelled);
            Assert.Equal((true, eventId), (replay.Replayed, replay.Event.Id));
            await StoreRig.EventuallyAsync(async () => (await app.FindEventAsync(eventId, Cancelled))!.IsFinal);
            var final = (await app.FindEventAsync(eventId, Cancelled))!;
            Assert.Equal(new EventCounts { Targeted = 1, Accepted = 1 }, final.Counts);
            Assert.True(rig.Simulator.Control.TimesAccepted(device.Provider, device.Token) > 0);
        }

        Assert.Equal(rig.Audience.Devices.Count, (await app.GetChannelAsync(rig.Audience.Channel, Cancelled)).Subscribers);
        await using var connection = new SqliteConnection($"Data Source={gateway.StoreFile};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync(Cancelled);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", await command.ExecuteScalarAsync(Cancelled));
    }

    /// <summary>Cuts the log, or, as often, leaves noise where the rest of it was.</summary>
    private static void Spoil(string log, Random random, long from)
    {
        using var stream = new FileStream(log, FileMode.Open, FileAccess.ReadWrite);
        var tail = new byte[stream.Length - from];
        stream.SetLength(from);
        if (random.Next(2) == 0)
        {
            random.NextBytes(tail);
            stream.Position = from;
            stream.Write(tail);
        }
    }

    private static async Task<WriteAheadLog> LogOfAsync(GatewayProcess gateway)
    {
        await using var frozen = await FrozenProcess.FreezeAsync(gateway.ProcessId);
        return WriteAheadLog.Read(gateway.StoreFile + "-wal");
    }

    private static async Task<string> CopyOfAsync(GatewayProcess gateway)
    {
        await using var frozen = await FrozenProcess.FreezeAsync(gateway.ProcessId);
        return CopyOf(gateway.Folder);
    }

    private static string CopyOf(string folder)
    {
        var copy = Directory.CreateTempSubdirectory("pushgateway-power-").FullName;
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            // The index of the log is memory, and so is the lock: gone with the power.
            if (file.EndsWith("-shm", StringComparison.Ordinal) || file.EndsWith(".lock", StringComparison.Ordinal))
            {
                continue;
            }

            var target = Path.Combine(copy, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var to = File.Create(target);
            from.CopyTo(to);
        }

        return copy;
    }

    private sealed record Acknowledged(PlannedDevice Device, EventRequest Request, string Key, string EventId);

    /// <summary>Several publishers at once: each registers a device, publishes to it, and remembers what was acknowledged.</summary>
    private sealed class Traffic(StoreRig rig) : IAsyncDisposable
    {
        private const int Publishers = 4;
        private const int MaxDevices = 2_000;

        private readonly ConcurrentQueue<Acknowledged> _acknowledged = [];
        private readonly CancellationTokenSource _stopping = new();
        private Task _running = Task.CompletedTask;
        private int _lastNumber = 1_000_000;

        public IReadOnlyList<Acknowledged> Acknowledged => [.. _acknowledged];

        public Traffic Begin()
        {
            _running = Task.WhenAll(Enumerable.Range(0, Publishers).Select(_ => PublishAsync()));
            return this;
        }

        public Task ReachesAsync(int count) => StoreRig.EventuallyAsync(() => Task.FromResult(_acknowledged.Count >= count));

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _running;
            _stopping.Dispose();
        }

        private async Task PublishAsync()
        {
            while (!_stopping.IsCancellationRequested && _acknowledged.Count < MaxDevices)
            {
                var device = new PlannedDevice(Interlocked.Increment(ref _lastNumber), DeviceNature.Good);
                var request = Samples.Event(new EventAudience { Devices = [device.Id] }, null);
                await s_caller.CallAsync(() => rig.App.PutDeviceAsync(
                    device.Id, new DeviceSpec { Provider = device.ProviderName, Token = device.Token }, Cancelled));
                var published = await s_caller.CallAsync(() => rig.App.PublishAsync(request, $"key-{device.Id}", Cancelled));
                _acknowledged.Enqueue(new Acknowledged(device, request, $"key-{device.Id}", published.Event.Id));
            }
        }
    }
}
