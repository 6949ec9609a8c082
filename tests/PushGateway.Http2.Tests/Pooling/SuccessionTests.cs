using Microsoft.Extensions.Time.Testing;
using PushGateway.Http2.Tests.Doubles;
using PushGateway.Http2.Tests.Frames;

namespace PushGateway.Http2.Tests.Pooling;

/// <summary>One connection after the other, and one beside the other: growth, replacement, and closing for want of use.</summary>
[Collection(MemoryCollection.Name)]
public sealed class SuccessionTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task StreamIds_RunOut_RequestsGoOnOverTheNextConnection()
    {
        // 16 streams need 32 slots, and the last 128 ids are left alone: some 50 requests a connection, and up to 15 more, the rest of what was taken at a time.
        await using var server = FrameServer.Start();
        server.ServeEcho();
        await using var pool = Pools.CreateInside(server.Endpoint, firstStreamId: int.MaxValue - 128 - 100);
        var batch = new EchoBatch("a", 300);

        await pool.SendInTimeAsync(batch);

        batch.AssertEchoed();
        Assert.InRange(server.Connections, 5, 30);
    }

    [Fact]
    public async Task StreamIds_NearTheirEnd_TheNextConnectionIsMadeBefore()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.CreateInside(server.Endpoint, timeProvider: time, firstStreamId: int.MaxValue - 1_000_000);
        var old = new EchoBatch("old", 1);
        var sendingOld = pool.SendInTimeAsync(old);
        await using var first = await server.AcceptAsync();
        var request = await first.ReadRequestAsync();

        time.Advance(s_tick);
        await using var second = await server.AcceptAsync();
        await second.ReadSettingsAckAsync();
        var batch = new EchoBatch("new", 1);
        await Poll.Until(() => first.Client.OpenStreams == 1);
        var sending = pool.SendInTimeAsync(batch);
        var carrier = await Task.WhenAny(ReadOn(first), ReadOn(second));
        var (connection, received) = await carrier;
        await connection.EchoAsync(received);
        await sending;
        await first.EchoAsync(request);
        await sendingOld;

        // The old one ends when its last request is answered, not before.
        await first.ExpectCloseAsync().InTime();
        old.AssertEchoed();
        batch.AssertEchoed();

        static async Task<(ServerConnection, ReceivedRequest)> ReadOn(ServerConnection connection) => (connection, await connection.ReadRequestAsync());
    }

    [Fact]
    public async Task Growth_WhenTheRoundTripIsWaitedFor_GoesToTheBoundAndNoFurther()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(
            server.Endpoint, options => options with { Connections = 4, StreamsPerConnection = 1, RequestTimeout = TimeSpan.FromMinutes(10), PingDelay = TimeSpan.FromHours(1) }, time);
        var batch = new EchoBatch("a", 6);

        var sending = pool.SendInTimeAsync(batch);
        List<(ServerConnection Connection, ReceivedRequest Request)> held = [];
        for (var number = 1; number <= 4; number++)
        {
            await AdvanceUntilAsync(time, () => server.Connections >= number);
            var connection = await server.AcceptAsync();
            held.Add((connection, await connection.ReadRequestAsync()));
        }

        // All four wait for a round trip, and two requests for a stream.
        for (var tick = 0; tick < 50; tick++)
        {
            time.Advance(s_tick);
            await held[tick % 4].Connection.PingAsync();
        }

        Assert.Equal(4, server.Connections);
        foreach (var (connection, request) in held)
        {
            await connection.EchoAsync(request);
        }

        await Task.WhenAny(held.Select(pair => pair.Connection.ServeAsync()).Append(sending));
        await sending;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task Growth_WhileThereAreStreamsForAll_IsNone()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => options with { Connections = 4, RequestTimeout = TimeSpan.FromMinutes(10) }, time);
        var batch = new EchoBatch("a", 16);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(16);
        for (var tick = 0; tick < 50; tick++)
        {
            time.Advance(s_tick);
            await connection.PingAsync();
        }

        foreach (var request in requests)
        {
            await connection.EchoAsync(request);
        }

        await sending;
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Lifetime_Over_TheNextIsMadeFirstAndTheOldEndsWithItsRequests()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, Ageing, time);
        var sending = pool.SendInTimeAsync(new EchoBatch("a", 1));
        await using var first = await server.AcceptAsync();
        await first.EchoAsync(await first.ReadRequestAsync());
        await sending;

        time.Advance(TimeSpan.FromMinutes(3));
        var old = new EchoBatch("old", 1);
        var sendingOld = pool.SendInTimeAsync(old);
        var request = await first.ReadRequestAsync();
        await AdvanceUntilAsync(time, () => server.Connections == 2, TimeSpan.FromSeconds(10));
        await using var second = await server.AcceptAsync();

        // It says goodbye for want of requests only after the last of them is answered.
        await first.PingAsync();
        await first.EchoAsync(request);
        await sendingOld;
        await first.ExpectCloseAsync().InTime();
        var batch = new EchoBatch("new", 3);
        var sendingNew = pool.SendInTimeAsync(batch);
        foreach (var next in await second.ReadRequestsAsync(3))
        {
            await second.EchoAsync(next);
        }

        await sendingNew;
        old.AssertEchoed();
        batch.AssertEchoed();
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task Lifetime_WithoutUse_TheConnectionIsClosedAndNoOtherMade()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, Ageing, time);
        var sending = pool.SendInTimeAsync(new EchoBatch("a", 1));
        await using var first = await server.AcceptAsync();
        await first.EchoAsync(await first.ReadRequestAsync());
        await sending;

        var closed = first.ExpectCloseAsync();
        var elapsed = await time.AdvanceUntilAsync(closed, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));

        Assert.InRange(elapsed, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6));
        Assert.Equal(1, server.Connections);
        server.ServeEcho();
        var batch = new EchoBatch("b", 3);
        await pool.SendInTimeAsync(batch);
        batch.AssertEchoed();
    }

    [Fact]
    public async Task Lifetime_OverAndTheNextOneGoesAwayAtOnce_TheOldOneStays()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        server.Serve(async (connection, number) =>
        {
            if (number > 1)
            {
                await connection.ReadPrefaceAsync();
                await connection.SendAsync(WireFrame.Settings(), WireFrame.SettingsAck, WireFrame.GoAway(0));
                await connection.ExpectCloseAsync();
                return;
            }

            await connection.HandshakeAsync();
            await connection.ServeAsync();
        });
        await using var pool = Pools.Create(server.Endpoint, Ageing, time);
        await pool.SendInTimeAsync(new EchoBatch("a", 1));

        time.Advance(TimeSpan.FromMinutes(3));
        await pool.SendInTimeAsync(new EchoBatch("b", 1));
        await AdvanceUntilAsync(time, () => server.Connections >= 2, TimeSpan.FromSeconds(10));
        for (var number = 0; number < 50; number++)
        {
            var batch = new EchoBatch("c", 3);
            await pool.SendInTimeAsync(batch);
            batch.AssertEchoed();
            time.Advance(s_tick);
        }
    }

    [Fact]
    public async Task Lifetime_ManyTimesOver_OldConnectionsAreForgotten()
    {
        const int Generations = 40;
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start(new FrameServerOptions { Limit = TimeSpan.FromSeconds(60) });
        server.ServeEcho();
        var log = new LogList();
        await using var pool = Pools.CreateInside(
            server.Endpoint, options => Ageing(options) with { ConnectionLifetime = TimeSpan.FromMinutes(1), StreamsPerConnection = 2_000 }, time, log);
        await pool.SendInTimeAsync(new EchoBatch("a", 1));
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var generation = 2; generation <= Generations; generation++)
        {
            time.Advance(TimeSpan.FromSeconds(40));
            await pool.SendInTimeAsync(new EchoBatch("a", 1));
            await AdvanceUntilAsync(time, () => server.Connections >= generation, TimeSpan.FromSeconds(1));
            await Poll.Until(() => log.Lines.Count(line => line.Event == "Connected") >= generation);
        }

        // Each has some hundred kilobytes of slots.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 6 * 1024 * 1024);
    }

    private static PostPoolOptions Ageing(PostPoolOptions options) =>
        // The time to connect is stepped too, and must not run out while a real connection is made.
        options with
        {
            ConnectionLifetime = TimeSpan.FromMinutes(5),
            RequestTimeout = TimeSpan.FromMinutes(10),
            PingDelay = TimeSpan.FromHours(9),
            ConnectTimeout = TimeSpan.FromHours(9),
        };

    private static async Task AdvanceUntilAsync(FakeTimeProvider time, Func<bool> condition, TimeSpan? step = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            time.Advance(step ?? s_tick);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, limit.Token);
        }
    }
}
