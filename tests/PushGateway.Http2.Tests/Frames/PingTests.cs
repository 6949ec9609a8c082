using Microsoft.Extensions.Time.Testing;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>PING (RFC 9113, section 6.7), answered and sent.</summary>
public sealed class PingTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Ping_FromTheServer_IsAnsweredWithItsOwnBytes()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(WireFrame.Ping(1), WireFrame.Ping(-2), WireFrame.Ping(long.MaxValue));
        foreach (var expected in new[] { 1, -2, long.MaxValue })
        {
            var answer = await connection.ReadFrameAsync(WireFrameType.Ping);
            Assert.True(answer.IsAck);
            Assert.Equal(WireFrame.Ping(expected).Payload, answer.Payload);
        }

        await connection.EchoAsync(request);
        await sending;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task Ping_AcknowledgementNobodyAskedFor_IsIgnored()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(WireFrame.Ping(99, ack: true));
        await connection.PingAsync();
        await connection.EchoAsync(request);
        await sending;

        batch.AssertEchoed();
    }

    [Fact]
    public async Task KeepAlive_SilenceWithARequestUnderWay_PingsAndGoesOnWhenAnswered()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, Patient, time);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        for (var i = 0; i < 3; i++)
        {
            var elapsed = await time.AdvanceUntilAsync(connection.ReadFrameAsync(WireFrameType.Ping, frame => !frame.IsAck), s_second, TimeSpan.FromSeconds(80));
            Assert.InRange(elapsed, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(75));
        }

        await connection.EchoAsync(request);
        await sending;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task KeepAlive_PingUnanswered_TheConnectionIsDeadAndTheNextRequestUsesANewOne()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, Patient, time);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        connection.AnswersPings = false;
        await connection.ReadRequestsAsync(2);
        await time.AdvanceUntilAsync(connection.ReadFrameAsync(WireFrameType.Ping, frame => !frame.IsAck), s_second, TimeSpan.FromSeconds(80));
        Assert.False(sending.IsCompleted);
        var elapsed = await time.AdvanceUntilAsync(sending, s_second, TimeSpan.FromSeconds(30));

        Assert.InRange(elapsed, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(15));
        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.ConnectionLost), outcome));
        server.ServeEcho();
        var next = new EchoBatch("b", 2);
        await pool.SendInTimeAsync(next);
        next.AssertEchoed();
    }

    [Fact]
    public async Task KeepAlive_AnyFrameFromTheServer_IsASignOfLife()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, Patient, time);
        var batch = new EchoBatch("a", 1);

        // A frame after each 30 of 60 seconds: by the end three times the delay has passed and there was no silence.
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        for (var i = 0; i < 6; i++)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await connection.SendAsync(WireFrame.Ping(i));
            var frame = await connection.ReadFrameAsync(WireFrameType.Ping);
            Assert.True(frame.IsAck, "The client pinged although it had heard of the server.");
        }

        await connection.EchoAsync(request);
        await sending;
        batch.AssertEchoed();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task KeepAlive_IdleConnection_PingsByOption(bool pingsWhenIdle)
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => Patient(options) with { PingsWhenIdle = pingsWhenIdle }, time);
        await using var connection = await AnswerOneAsync(server, pool);

        var reading = ReadPingOrRequestAsync(connection);
        for (var second = 0; second < 200 && !reading.IsCompleted; second++)
        {
            time.Advance(s_second);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        // Without pings the next that comes is a request, over the same connection.
        var next = pool.SendInTimeAsync(new EchoBatch("b", 1));
        Assert.Equal(pingsWhenIdle ? WireFrameType.Ping : WireFrameType.Headers, (await reading).Type);
        await connection.EchoAsync(await connection.ReadRequestAsync());
        await next;
    }

    private static async Task<WireFrame> ReadPingOrRequestAsync(ServerConnection connection)
    {
        while (true)
        {
            var frame = await connection.ReadFrameAsync();
            if (frame is { Type: WireFrameType.Headers } or { Type: WireFrameType.Ping, IsAck: false })
            {
                return frame;
            }
        }
    }

    private static PostPoolOptions Patient(PostPoolOptions options) =>
        options with { RequestTimeout = TimeSpan.FromMinutes(30), PingDelay = TimeSpan.FromSeconds(60), PingTimeout = TimeSpan.FromSeconds(10) };

    private static async Task<ServerConnection> AnswerOneAsync(FrameServer server, IPostConnectionPool pool)
    {
        var sending = pool.SendInTimeAsync(new EchoBatch("a", 1));
        var connection = await server.AcceptAsync();
        await connection.EchoAsync(await connection.ReadRequestAsync());
        await sending;
        return connection;
    }
}
