using PushGateway.Server.Tests.EndToEnd;

namespace PushGateway.FaultTests;

/// <summary>A first start that is killed on its way leaves nothing that keeps the next one from succeeding.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("store.db", 0)]
    [InlineData("store.db-wal", 0)]
    [InlineData("store.db-wal", 60)]
    public async Task Start_AfterTheFirstWasKilledWhileItMadeTheStore_GetsReady(string file, int thenMs)
    {
        await using var gateway = new GatewayProcess([]);
        gateway.Begin();
        while (!File.Exists(Path.Combine(gateway.Folder, file)))
        {
            Assert.True(gateway.IsRunning, gateway.Output);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(thenMs), TimeProvider.System, TestContext.Current.CancellationToken);
        await gateway.KillAsync();

        await gateway.StartAgainAsync();

        await gateway.Client.PutAppAsync("app", "App", TestContext.Current.CancellationToken);
        Assert.NotNull(await gateway.Client.FindAppAsync("app", TestContext.Current.CancellationToken));
    }
}
