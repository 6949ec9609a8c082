using System.Net;
using Microsoft.Data.Sqlite;
using PushGateway.FaultTests.Stores;

namespace PushGateway.FaultTests;

/// <summary>A store that takes nothing: the publisher is told so, nothing is half-written, nothing is sent twice, and it passes by itself.</summary>
public sealed class StoreFaultTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_WhileTheDiskIsFull_Is503UntilThereIsRoomAgain(bool isFileSystem)
    {
        await using IDiskFault? disk = isFileSystem ? await FullFileSystem.MountAsync() : new FileSizeLimit();
        Assert.SkipWhen(disk is null, "This user may not mount a file system.");
        await using var rig = await StoreRig.StartAsync(900, disk.Folder);
        var broadcast = await rig.App.PublishAsync(rig.Broadcast(1_000), "broadcast", Cancelled);
        await StoreRig.EventuallyAsync(() => Task.FromResult(rig.Simulator.Control.Counters().Accepted > 300));

        await disk.FillAsync(rig.Gateway.ProcessId, rig.Gateway.StoreFile);
        var (acknowledged, refused) = await PublishUntilRefusedAsync(rig, 5);
        var readiness = await rig.ReadinessAsync();
        var during = (await rig.App.FindEventAsync(broadcast.Event.Id, Cancelled))!;
        await disk.MakeRoomAsync(rig.Gateway.ProcessId);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, readiness);
        Assert.Equal("dispatching", during.State);
        await CheckRecoveryAsync(rig, broadcast.Event.Id, acknowledged, refused);
    }

    [Fact]
    public async Task Publish_WhileAnotherProcessHoldsTheDatabase_Is503UntilItLetsGo()
    {
        await using var rig = await StoreRig.StartAsync(900, null, ("PushGateway__Storage__BusyTimeout", "00:00:00.100"));
        var broadcast = await rig.App.PublishAsync(rig.Broadcast(1_000), "broadcast", Cancelled);
        await StoreRig.EventuallyAsync(() => Task.FromResult(rig.Simulator.Control.Counters().Accepted > 300));

        await using var other = new SqliteConnection($"Data Source={rig.Gateway.StoreFile};Pooling=False");
        await other.OpenAsync(Cancelled);
        await ExecuteAsync(other, "BEGIN IMMEDIATE");
        var (acknowledged, refused) = await PublishUntilRefusedAsync(rig, 2);
        var during = (await rig.App.FindEventAsync(broadcast.Event.Id, Cancelled))!;
        await ExecuteAsync(other, "ROLLBACK");

        Assert.Equal("dispatching", during.State);
        await CheckRecoveryAsync(rig, broadcast.Event.Id, acknowledged, refused);
    }

    /// <summary>Publishes under one key after another.</summary>
    private static async Task<(List<string> Acknowledged, List<string> Refused)> PublishUntilRefusedAsync(StoreRig rig, int refusals)
    {
        var (acknowledged, refused) = (new List<string>(), new List<string>());
        while (refused.Count < refusals)
        {
            var key = $"key-{acknowledged.Count + refused.Count}";
            var (status, body, retryAfter) = await rig.PublishRawAsync(key);
            if (status == HttpStatusCode.Accepted)
            {
                acknowledged.Add(key);
                Assert.InRange(acknowledged.Count, 0, 10_000);
                continue;
            }

            Assert.True(status == HttpStatusCode.ServiceUnavailable, $"{status}: {body}");
            Assert.Contains("store.unavailable", body, StringComparison.Ordinal);
            Assert.True(retryAfter >= TimeSpan.FromSeconds(1), "No Retry-After.");
            refused.Add(key);
        }

        return (acknowledged, refused);
    }

    private static async Task CheckRecoveryAsync(StoreRig rig, string broadcastId, List<string> acknowledged, List<string> refused)
    {
        await StoreRig.EventuallyAsync(async () => await rig.ReadinessAsync() == HttpStatusCode.OK);
        Assert.Equal(1 + acknowledged.Count, await rig.CountEventsAsync());
        foreach (var key in refused)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await rig.PublishRawAsync(key)).Status);
        }

        Assert.Equal(1 + acknowledged.Count + refused.Count, await rig.CountEventsAsync());
        await rig.CheckBroadcastAsync(broadcastId);
    }

    private static async Task ExecuteAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Cancelled);
    }
}
