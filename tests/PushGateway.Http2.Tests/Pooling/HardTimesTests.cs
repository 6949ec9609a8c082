using Microsoft.Extensions.Time.Testing;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Pooling;

/// <summary>Servers that are down, refuse, or take connections and no requests: every request gets its outcome, and nobody is stormed.</summary>
public sealed class HardTimesTests
{
    [Fact]
    public async Task GoAway_TogetherWithTheSettings_IsUnreachableAfterAFewConnections()
    {
        await using var server = FrameServer.Start();
        server.Serve(async (connection, _) =>
        {
            await connection.ReadPrefaceAsync();
            await connection.SendAsync(WireFrame.Settings(), WireFrame.SettingsAck, WireFrame.GoAway(0));
            await connection.ExpectCloseAsync();
        });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 5);

        await pool.SendInTimeAsync(batch);

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Unreachable), outcome));
        Assert.InRange(server.Connections, 1, 6);
    }

    [Fact]
    public async Task Close_OfEveryConnectionAtOnce_IsUnreachableAfterAFewConnections()
    {
        await using var server = FrameServer.Start();
        server.Serve(async (connection, _) =>
        {
            await connection.HandshakeAsync();
            await connection.EndAsync();
            await connection.ExpectCloseAsync();
        });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 5);

        await pool.SendInTimeAsync(batch);

        // One that was written before the end came may have been processed.
        Assert.All(batch.Outcomes, outcome => Assert.True(outcome is (0, PostFault.Unreachable or PostFault.ConnectionLost)));
        Assert.InRange(server.Connections, 1, 9);
    }

    [Fact]
    public async Task Close_AtTheFirstRequestOfEveryConnection_LosesAFewAndStops()
    {
        await using var server = FrameServer.Start();
        server.Serve(async (connection, _) =>
        {
            await connection.HandshakeAsync();
            await connection.ReadRequestAsync();
            connection.Abort();
        });
        await using var pool = Pools.Create(server.Endpoint, options => options with { SingleStreamUntilAccepted = true });
        var batch = new EchoBatch("a", 100);

        await pool.SendInTimeAsync(batch);

        Assert.Equal(3, batch.Outcomes.Count(outcome => outcome == (0, PostFault.ConnectionLost)));
        Assert.Equal(97, batch.Outcomes.Count(outcome => outcome == (0, PostFault.Unreachable)));
        Assert.Equal(3, server.Connections);
    }

    [Fact]
    public async Task Connect_AfterConnectionsThatBroughtNothing_Waits()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        server.Serve(async (connection, number) =>
        {
            await connection.HandshakeAsync();
            var request = await connection.ReadRequestAsync();
            if (number < 4)
            {
                connection.Abort();
                return;
            }

            await connection.EchoAsync(request);
            await connection.ServeAsync();
        });
        await using var pool = Pools.Create(server.Endpoint, options => options with { SingleStreamUntilAccepted = true }, time);

        for (var number = 0; number < 2; number++)
        {
            await pool.SendInTimeAsync(new EchoBatch("lost", 1));
        }

        // From here on each attempt to connect waits, longer and longer, until a connection has brought an answer.
        var third = await time.AdvanceUntilAsync(pool.SendInTimeAsync(new EchoBatch("lost", 1)), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(3));
        var batch = new EchoBatch("a", 20);
        var fourth = await time.AdvanceUntilAsync(pool.SendInTimeAsync(batch), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(3));
        batch.AssertEchoed();
        Assert.Equal(4, server.Connections);
        Assert.InRange(third, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(500));
        Assert.InRange(fourth, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task GoAway_EnhanceYourCalm_IsHeeded()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, timeProvider: time);

        var sending = pool.SendInTimeAsync(new EchoBatch("a", 1));
        await using var first = await server.AcceptAsync();
        var request = await first.ReadRequestAsync();
        await first.EchoAsync(request);
        await sending;
        await first.SendAsync(WireFrame.GoAway(request.StreamId, WireError.EnhanceYourCalm));
        await first.ExpectCloseAsync().InTime();
        server.ServeEcho();
        var batch = new EchoBatch("b", 5);
        var elapsed = await time.AdvanceUntilAsync(pool.SendInTimeAsync(batch), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5));

        batch.AssertEchoed();
        Assert.InRange(elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Settings_NoStreamForEver_IsUnreachable()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        server.Serve(async (connection, _) =>
        {
            await connection.HandshakeAsync((WireSetting.MaxConcurrentStreams, 0));
            await connection.ExpectCloseAsync();
        });
        await using var pool = Pools.Create(server.Endpoint, options => options with { Connections = 3 }, time);
        var batch = new EchoBatch("a", 5);

        var elapsed = await time.AdvanceUntilAsync(pool.SendInTimeAsync(batch), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Unreachable), outcome));
        Assert.InRange(elapsed, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(25));
        Assert.InRange(server.Connections, 1, 3);
    }

    [Fact]
    public async Task Breaker_ServerDownAndBackAgain_OpensAndCloses()
    {
        var time = new FakeTimeProvider();
        var isUp = false;
        await using var server = FrameServer.Start();
        server.Serve(async (connection, _) =>
        {
            if (!Volatile.Read(ref isUp))
            {
                connection.Abort();
                return;
            }

            await connection.HandshakeAsync();
            await connection.ServeAsync();
        });
        var log = new LogList();
        await using var pool = Pools.CreateInside(server.Endpoint, timeProvider: time, logger: log);

        // Three attempts for each batch: after two batches the circuit is open.
        for (var number = 0; number < 2; number++)
        {
            var batch = new EchoBatch("down", 2);
            await time.AdvanceUntilAsync(pool.SendInTimeAsync(batch), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(3));
            Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Unreachable), outcome));
        }

        Assert.Equal(6, server.Connections);
        for (var number = 0; number < 20; number++)
        {
            var batch = new EchoBatch("open", 2);
            await pool.SendInTimeAsync(batch);
            Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Unreachable), outcome));
            Assert.All(batch.Details.Values, detail => Assert.False(string.IsNullOrWhiteSpace(detail)));
        }

        Assert.Equal(6, server.Connections);
        Assert.Equal(2, log.Lines.Count(line => line.Event == "NotConnected"));

        Volatile.Write(ref isUp, true);
        time.Advance(TimeSpan.FromSeconds(2.5));
        var again = new EchoBatch("up", 5);
        await pool.SendInTimeAsync(again);
        again.AssertEchoed();
        Assert.Equal(7, server.Connections);
    }
}
