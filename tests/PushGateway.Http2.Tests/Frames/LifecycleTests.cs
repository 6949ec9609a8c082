using Microsoft.Extensions.Time.Testing;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>Connecting, time-outs, stop, reconnecting, ageing and closing, as the server sees them.</summary>
public sealed class LifecycleTests
{
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task Connect_SettingsNeverCome_IsUnreachable()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        server.Serve(async (connection, _) =>
        {
            await connection.ReadPrefaceAsync();
            await connection.ExpectCloseAsync();
        });
        await using var pool = Pools.Create(server.Endpoint, timeProvider: time);
        var batch = new EchoBatch("a", 3);

        var sending = pool.SendInTimeAsync(batch);
        var elapsed = await time.AdvanceUntilAsync(sending, s_step, TimeSpan.FromMinutes(1));

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Unreachable), outcome));
        Assert.InRange(elapsed, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(11));
    }

    [Fact]
    public async Task Connect_TlsHandshakeNeverAnswered_IsUnreachable()
    {
        var time = new FakeTimeProvider();

        // Cleartext to the server's eye: the client's TLS greeting is read as nothing and never answered.
        await using var server = FrameServer.Start(new FrameServerOptions { Tls = false });
        await using var pool = Pools.Create(new UriBuilder(server.Endpoint) { Scheme = "https" }.Uri, timeProvider: time);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptSilentAsync();
        await time.AdvanceUntilAsync(sending, s_step, TimeSpan.FromMinutes(1));

        Assert.Equal([(0, PostFault.Unreachable)], batch.Outcomes);
    }

    [Fact]
    public async Task Timeout_OfARequest_ResetsItsStreamAndIgnoresTheLateAnswer()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, timeProvider: time);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(2);
        await connection.EchoAsync(requests[1]);
        await connection.SendAsync(WireFrame.Headers(requests[0].StreamId, HeaderLiterals.Status(200)));
        var elapsed = await time.AdvanceUntilAsync(sending, s_step, TimeSpan.FromSeconds(20));
        var reset = await connection.ReadFrameAsync(WireFrameType.RstStream);

        Assert.InRange(elapsed, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(11.5));
        Assert.Equal((requests[0].StreamId, WireError.Cancel), (reset.StreamId, reset.Error));
        Assert.Equal((0, PostFault.Timeout), batch.Outcomes[EchoBatch.IndexOf(requests[0].Path)]);
        Assert.Equal((200, PostFault.None), batch.Outcomes[EchoBatch.IndexOf(requests[1].Path)]);

        // The late answer is nobody's; the connection stays as good as it was.
        await connection.SendAsync(
            WireFrame.Data(requests[0].StreamId, "late", endStream: true), WireFrame.WindowUpdate(requests[0].StreamId, 1), WireFrame.Reset(requests[0].StreamId, WireError.Cancel));
        var next = new EchoBatch("b", 3);
        var sendingNext = pool.SendInTimeAsync(next);
        foreach (var request in await connection.ReadRequestsAsync(3))
        {
            await connection.EchoAsync(request);
        }

        await sendingNext;
        next.AssertEchoed();
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Timeout_WaitingForAStream_IsKnownNotToHaveBeenSentOrTimedOut()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, timeProvider: time);
        var batch = new EchoBatch("a", 4);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync([(WireSetting.MaxConcurrentStreams, 1)]);
        await connection.ReadSettingsAckAsync();
        await time.AdvanceUntilAsync(sending, s_step, TimeSpan.FromMinutes(2));

        Assert.Equal(4, batch.Answers.Count);
        Assert.All(batch.Outcomes, outcome => Assert.True(outcome.Status == 0 && (outcome.Fault == PostFault.Timeout || outcome.Fault.WasNotSent()), outcome.ToString()));
    }

    [Fact]
    public async Task Stop_WhileStreamsAreOpen_AwaitsThemAndSendsNoMore()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 100);
        using var stop = new CancellationTokenSource();

        var sending = pool.SendAsync(batch, stop.Token).InTime();
        await using var connection = await server.AcceptAsync([(WireSetting.MaxConcurrentStreams, 4)]);
        var requests = await connection.ReadRequestsAsync(4);
        await stop.CancelAsync();
        await connection.PingAsync();
        Assert.False(sending.IsCompleted);
        foreach (var request in requests)
        {
            await connection.EchoAsync(request);
        }

        await sending;
        Assert.Equal(requests.Select(request => EchoBatch.IndexOf(request.Path)).Order(), batch.Answers.Where(answer => answer.Value.Status == 200).Select(answer => answer.Key).Order());
        Assert.All(batch.Answers.Values.Where(answer => answer.Status == 0), answer => Assert.Equal(PostFault.Refused, answer.Fault));
        await connection.PingAsync();
        Assert.Equal(4, connection.Client.MostOpenStreams);
    }

    [Fact]
    public async Task Stop_RefusedRequestsUnderWay_EndAsRefused()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 4);
        using var stop = new CancellationTokenSource();

        // To send them again would be to begin something after the stop.
        var sending = pool.SendAsync(batch, stop.Token).InTime();
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(4);
        await stop.CancelAsync();
        await connection.SendAsync([.. requests.Select(request => WireFrame.Reset(request.StreamId, WireError.RefusedStream))]);
        await sending;

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Refused), outcome));
    }

    [Fact]
    public async Task Reconnect_StreamsUnderWay_EndOnTheOldConnectionWhichIsThenClosed()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var old = new EchoBatch("old", 2);

        var sending = pool.SendInTimeAsync(old);
        await using var first = await server.AcceptAsync();
        var requests = await first.ReadRequestsAsync(2);
        pool.Reconnect();
        var batch = new EchoBatch("new", 2);
        var sendingNew = pool.SendInTimeAsync(batch);
        await using var second = await server.AcceptAsync();
        foreach (var request in await second.ReadRequestsAsync(2))
        {
            await second.EchoAsync(request);
        }

        await sendingNew;
        foreach (var request in requests)
        {
            await first.EchoAsync(request);
        }

        await sending;
        var goAway = await first.ReadFrameAsync(WireFrameType.GoAway);
        await first.ExpectCloseAsync();
        Assert.Equal(WireError.NoError, goAway.Error);
        old.AssertEchoed();
        batch.AssertEchoed();
    }

    [Fact]
    public async Task Lifetime_Over_TheConnectionIsReplacedWithoutAFault()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        server.ServeEcho();
        await using var pool = Pools.Create(server.Endpoint, options => options with
        {
            ConnectionLifetime = TimeSpan.FromMinutes(5),
            PingDelay = TimeSpan.FromHours(9),
            // Time goes on by minutes while real connections are made.
            ConnectTimeout = TimeSpan.FromHours(9),
        }, time);

        // Minutes may pass while one is being made, so it takes as many as it takes.
        var minute = 0;
        for (; server.Connections < 4; minute++)
        {
            Assert.True(minute < 1_000, "The connection is not replaced.");
            var batch = new EchoBatch("a", 5);
            await pool.SendInTimeAsync(batch);
            batch.AssertEchoed();
            time.Advance(TimeSpan.FromMinutes(1));
        }

        // At most one for every five minutes, beside the first and one that is being made.
        Assert.InRange(server.Connections, 4, (minute / 5) + 2);
    }

    [Fact]
    public async Task Dispose_StreamsUnderWay_DrainsAndSaysGoAway()
    {
        await using var server = FrameServer.Start();
        var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(2);
        var closing = pool.DisposeAsync().AsTask();
        await connection.PingAsync();
        Assert.False(closing.IsCompleted);
        foreach (var request in requests)
        {
            await connection.EchoAsync(request);
        }

        await sending;
        var goAway = await connection.ReadFrameAsync(WireFrameType.GoAway);
        await connection.ExpectCloseAsync();
        await closing.InTime();
        Assert.Equal(WireError.NoError, goAway.Error);
        batch.AssertEchoed();
    }

    [Fact]
    public async Task Dispose_ServerThatNeverReadsOrCloses_DoesNotHang()
    {
        await using var server = FrameServer.Start();
        var pool = Pools.Create(server.Endpoint);
        var sending = pool.SendInTimeAsync(new EchoBatch("a", 1));
        await using var connection = await server.AcceptAsync();
        await connection.EchoAsync(await connection.ReadRequestAsync());
        await sending;

        await pool.DisposeAsync().AsTask().InTime();
        await pool.DisposeAsync().AsTask().InTime();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => pool.SendInTimeAsync(new EchoBatch("b", 1)));
    }

    [Fact]
    public async Task Connections_UpToTheBound_CarryMoreThanOneCould()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => options with { Connections = 3, StreamsPerConnection = 4 });
        var batch = new EchoBatch("a", 12);

        // Nothing is answered before all twelve are there, which takes three connections.
        var sending = pool.SendInTimeAsync(batch);
        var connections = new List<ServerConnection>();
        for (var i = 0; i < 3; i++)
        {
            connections.Add(await server.AcceptAsync([(WireSetting.MaxConcurrentStreams, 4)]));
        }

        // All are read before any is answered: an answer would make room for the next on the same connection.
        var requests = await Task.WhenAll(connections.Select(connection => connection.ReadRequestsAsync(4)));
        foreach (var (connection, request) in connections.Zip(requests).SelectMany(pair => pair.Second.Select(request => (pair.First, request))))
        {
            await connection.EchoAsync(request);
        }

        await sending;
        batch.AssertEchoed();
        Assert.Equal(3, server.Connections);
        Assert.All(connections, connection => Assert.Equal(4, connection.Client.MostOpenStreams));
    }
}
