using System.Globalization;
using System.Text;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>Answers of every shape that RFC 9113, section 8.1, allows, and some that it does not.</summary>
public sealed class AnswerTests
{
    [Fact]
    public async Task SendAsync_EverythingInOnePiece_IsRead()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 16);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(16);
        await connection.SendAsync([.. requests.SelectMany(request => WireFrame.Answer(request.StreamId, 200, request.Body))]);
        await sending;

        batch.AssertEchoed();
        Assert.All(requests, request => Assert.Equal(("echo", "text/plain"), (request.Header("x-kind"), request.Header("content-type"))));
        Assert.All(requests, request => Assert.Equal(batch.BodyOf(EchoBatch.IndexOf(request.Path)), request.Body));
    }

    [Fact]
    public async Task SendAsync_OneByteAtATime_IsRead()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 3);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptSilentAsync();
        await connection.ReadPrefaceAsync();
        await connection.SendByteByByteAsync(WireFrame.Settings((WireSetting.MaxConcurrentStreams, 10)), WireFrame.SettingsAck, ServerConnection.AmpleWindow);
        foreach (var request in await connection.ReadRequestsAsync(3))
        {
            await connection.SendByteByByteAsync([.. WireFrame.Answer(request.StreamId, 200, request.Body)]);
        }

        await sending;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task SendAsync_AnswersOutOfOrderAndInterleaved_EachGetsItsOwn()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 8);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(8);
        requests.Reverse();
        await connection.SendAsync([.. requests.Select(request => WireFrame.Headers(request.StreamId, HeaderLiterals.Status(200)))]);
        for (var at = 0; requests.Exists(request => at < request.Body.Length); at++)
        {
            await connection.SendAsync([.. requests.Where(request => at < request.Body.Length).Select(request =>
                WireFrame.Data(request.StreamId, request.Body[at..(at + 1)], endStream: at + 1 == request.Body.Length))]);
        }

        await sending;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task SendAsync_FullAnswerBeforeTheBodyWasSent_IsTheAnswer()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var large = new EchoBatch("large", 1, bodyLength: 5_000);

        // The stream's window holds the body back, so the answer comes first; then the server asks to be spared the rest (RFC 9113, section 8.1).
        var sending = pool.SendInTimeAsync(large);
        await using var connection = await server.AcceptAsync([(WireSetting.InitialWindowSize, 100)]);
        await connection.ReadSettingsAckAsync();
        var request = await connection.ReadHeadersAsync();
        await connection.SendAsync([.. WireFrame.Answer(request.StreamId, 413, "too large"), WireFrame.Reset(request.StreamId, WireError.NoError)]);
        await sending;

        Assert.Equal((413, PostFault.None, "too large"), (large.Answers[0].Status, large.Answers[0].Fault, large.Answers[0].Body));
        Assert.False(request.HasEnded);
        var next = pool.SendInTimeAsync(new EchoBatch("next", 1));
        await connection.EchoAsync(await connection.ReadRequestAsync());
        await next;
    }

    [Fact]
    public async Task SendAsync_FullAnswerBeforeTheBodyWasSentAndNoReset_FreesTheStream()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => options with { StreamsPerConnection = 1 });
        var large = new EchoBatch("large", 1, bodyLength: 5_000);

        var sending = pool.SendInTimeAsync(large);
        await using var connection = await server.AcceptAsync([(WireSetting.InitialWindowSize, 100), (WireSetting.MaxConcurrentStreams, 1)]);
        await connection.ReadSettingsAckAsync();
        var request = await connection.ReadHeadersAsync();
        await connection.SendAsync([.. WireFrame.Answer(request.StreamId, 413, "too large")]);
        await sending;

        // Whether the client resets the stream or ends it, the rules of the double see to it that it counts until then.
        Assert.Equal(413, large.Answers[0].Status);
        var batch = new EchoBatch("next", 1);
        var next = pool.SendInTimeAsync(batch);
        await connection.SendAsync(WireFrame.WindowUpdate(request.StreamId, 10_000));
        await connection.EchoAsync(await connection.ReadRequestAsync() is { } first && first != request ? first : await connection.ReadRequestAsync());
        await next;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task SendAsync_BodyOf100KB_IsCutAtTheBound()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => options with { MaxBodyBytes = 20_000 });
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.AnswerLargeAsync(request, 500, Encoding.UTF8.GetBytes(new string('x', 100_000)));
        await sending;

        Assert.Equal((500, new string('x', 20_000)), (batch.Answers[0].Status, batch.Answers[0].Body));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    public async Task SendAsync_PaddedFrames_AreRead(int padding)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 4);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        foreach (var request in await connection.ReadRequestsAsync(4))
        {
            await connection.SendAsync([.. WireFrame.Answer(request.StreamId, 200, request.Body).Select(frame => frame.WithPadding(padding))]);
        }

        await sending;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task SendAsync_HeadersWithPriorityFields_AreRead()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        var headers = WireFrame.Headers(request.StreamId, [0, 0, 0, 0, 15, .. HeaderLiterals.Status(200)]);
        await connection.SendAsync(
            new WireFrame(WireFrameType.Priority, 0, request.StreamId, [0, 0, 0, 0, 15]),
            (headers with { Flags = headers.Flags | WireFrame.PriorityFlag }).WithPadding(7),
            WireFrame.Data(request.StreamId, request.Body, endStream: true));
        await sending;

        batch.AssertEchoed();
    }

    [Fact]
    public async Task SendAsync_InterimAnswers_ArePassedOver()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(
            WireFrame.Headers(request.StreamId, HeaderLiterals.Status(100)),
            WireFrame.Headers(request.StreamId, HeaderLiterals.Encode((":status", "103"), ("link", "</x>"))));
        await connection.PingAsync();
        Assert.False(sending.IsCompleted);
        await connection.EchoAsync(request);
        await sending;

        batch.AssertEchoed();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendAsync_TrailersAfterTheBody_EndTheAnswer(bool withBody)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(WireFrame.Headers(request.StreamId, HeaderLiterals.Status(200)));
        if (withBody)
        {
            await connection.SendAsync(WireFrame.Data(request.StreamId, request.Body));
        }

        await connection.PingAsync();
        Assert.False(sending.IsCompleted);
        await connection.SendAsync(WireFrame.Headers(request.StreamId, HeaderLiterals.Encode(("x-checksum", "1")), endStream: true));
        await sending;

        Assert.Equal((200, withBody ? batch.BodyOf(0) : ""), (batch.Answers[0].Status, batch.Answers[0].Body));
    }

    [Fact]
    public async Task SendAsync_EmptyDataFramesInBetween_AddNothing()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(
            WireFrame.Headers(request.StreamId, HeaderLiterals.Status(200)),
            WireFrame.Data(request.StreamId, ""),
            WireFrame.Data(request.StreamId, request.Body),
            WireFrame.Data(request.StreamId, "").WithPadding(3),
            WireFrame.Data(request.StreamId, "", endStream: true));
        await sending;

        batch.AssertEchoed();
    }

    [Fact]
    public async Task SendAsync_UnknownFramesAndFlags_AreIgnored()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        const int UnknownFlags = 0xd2;
        await connection.SendAsync(
            new WireFrame((WireFrameType)0x1f, 0xff, 0, [1, 2, 3]),
            new WireFrame((WireFrameType)0xfe, 0xff, request.StreamId, new byte[1000]),
            WireFrame.Headers(request.StreamId, HeaderLiterals.Status(200)) with { Flags = WireFrame.EndHeaders | UnknownFlags },
            WireFrame.WindowUpdate(0, 1) with { Flags = 0xff },
            WireFrame.Data(request.StreamId, request.Body) with { Flags = WireFrame.EndStream | 0xf6 & ~WireFrame.Padded });
        await sending;

        batch.AssertEchoed();
    }

    [Fact]
    public async Task SendAsync_RetryAfterAndDate_AreHandedOn()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync([.. WireFrame.Answer(request.StreamId, 429, "slow", ("retry-after", "17"), ("x-" + new string('n', 200), new string('v', 3000)))]);
        await sending;

        Assert.Equal((429, "slow", TimeSpan.FromSeconds(17)), (batch.Answers[0].Status, batch.Answers[0].Body, batch.Answers[0].RetryAfter));
    }

    public static TheoryData<string, string[]> Malformed => new()
    {
        { "no status", ["x-a", "1"] },
        { "upper-case name", [":status", "200", "X-Upper", "1"] },
        { "status of letters", [":status", "2o0"] },
        { "status of two digits", [":status", "20"] },
        { "status of four digits", [":status", "2000"] },
        { "empty status", [":status", ""] },
        { "status below 100", [":status", "099"] },
        { "two statuses", [":status", "200", ":status", "200"] },
        { "status after a header", ["x-a", "1", ":status", "200"] },
        { "pseudo-header of requests", [":status", "200", ":path", "/"] },
        { "unknown pseudo-header", [":status", "200", ":x", "1"] },
        { "connection header", [":status", "200", "connection", "close"] },
        { "line break in a value", [":status", "200", "x-a", "1\r\nx-b: 2"] },
        { "zero in a value", [":status", "200", "x-a", "1\02"] },
        { "empty name", [":status", "200", "", "1"] },
        { "101", [":status", "101"] },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task SendAsync_MalformedAnswer_IsUnknownAndTheOthersAreAnswered(string what, string[] pairs)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 3);
        var headers = pairs.Chunk(2).Select(pair => (pair[0], pair[1]));

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        foreach (var request in await connection.ReadRequestsAsync(3))
        {
            await (EchoBatch.IndexOf(request.Path) == 1
                ? connection.SendAsync(WireFrame.Headers(request.StreamId, HeaderLiterals.Encode(headers), endStream: true))
                : connection.EchoAsync(request));
        }

        await sending;
        Assert.True(batch.Outcomes is [(200, PostFault.None), (0, PostFault.ConnectionLost), (200, PostFault.None)], what + " " + string.Join(' ', batch.Outcomes));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task SendAsync_DataBeforeHeaders_IsUnknownAndTheOthersAreAnswered()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        foreach (var request in (await connection.ReadRequestsAsync(2)).OrderBy(request => request.StreamId))
        {
            if (EchoBatch.IndexOf(request.Path) == 0)
            {
                await connection.SendAsync(WireFrame.Data(request.StreamId, "early", endStream: true));
            }
            else
            {
                await connection.EchoAsync(request);
            }
        }

        await sending;

        // RFC 9113 leaves it open whether this is an error of the stream or of the connection; never is it an answer.
        Assert.Equal(PostFault.ConnectionLost, batch.Answers[0].Fault);
        Assert.True(batch.Outcomes[1] is (200, PostFault.None) or (0, PostFault.ConnectionLost));
    }

    [Theory]
    [InlineData("5", "1234")]
    [InlineData("3", "1234")]
    [InlineData("-1", "")]
    public async Task SendAsync_ContentLengthThatDoesNotMatch_IsUnknown(string length, string body)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        // RFC 9113, section 8.1.1: malformed.
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync([.. WireFrame.Answer(request.StreamId, 200, body, ("content-length", length))]);
        await sending;

        Assert.Equal([(0, PostFault.ConnectionLost)], batch.Outcomes);
    }

    [Fact]
    public async Task SendAsync_ContentLengthThatDoesNotMatchBeforeTheBodyWasSent_FreesTheStream()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var large = new EchoBatch("large", 1, bodyLength: 1_000);

        var sending = pool.SendInTimeAsync(large);
        await using var connection = await server.AcceptAsync([(WireSetting.InitialWindowSize, 100)]);
        await connection.ReadSettingsAckAsync();
        var request = await connection.ReadHeadersAsync();
        await connection.SendAsync([.. WireFrame.Answer(request.StreamId, 413, "too large", ("content-length", "5"))]);
        await sending;

        // Without it the stream would stay open for the server, which waits for the rest of the request.
        var reset = await connection.ReadFrameAsync(WireFrameType.RstStream).InTime();
        Assert.Equal(request.StreamId, reset.StreamId);
        Assert.Equal([(0, PostFault.ConnectionLost)], large.Outcomes);
    }

    [Fact]
    public async Task SendAsync_ThousandsOfRequestsOnOneConnection_EachGetsItsOwnAnswer()
    {
        await using var server = FrameServer.Start();
        server.ServeEcho();
        await using var pool = Pools.Create(server.Endpoint, options => options with { StreamsPerConnection = 200 });
        var batches = Enumerable.Range(0, 5).Select(number => new EchoBatch(number.ToString(CultureInfo.InvariantCulture), 2_000)).ToList();

        await Task.WhenAll(batches.Select(pool.SendInTimeAsync));

        Assert.All(batches, batch => batch.AssertEchoed());
        Assert.Equal(1, server.Connections);
    }
}
