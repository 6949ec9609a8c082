using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>Frames that no server may send. The connection ends with a GOAWAY that says why; what was under way is unknown.</summary>
public sealed class ViolationTests
{
    public static TheoryData<string, int> Violations
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var (name, violation) in s_violations)
            {
                data.Add(name, (int)violation.Error);
            }

            return data;
        }
    }

    // Each is made for a stream whose answer has begun.
    private static readonly Dictionary<string, (WireError Error, Func<int, WireFrame> Make)> s_violations = new()
    {
        ["DATA on stream 0"] = (WireError.ProtocolError, _ => WireFrame.Data(0, "x")),
        ["HEADERS on stream 0"] = (WireError.ProtocolError, _ => WireFrame.Headers(0, HeaderLiterals.Status(200))),
        ["HEADERS on stream 0, to be continued"] = (WireError.ProtocolError, _ => WireFrame.Headers(0, HeaderLiterals.Status(200), endHeaders: false)),
        ["HEADERS on an idle stream, to be continued"] = (WireError.ProtocolError, stream => WireFrame.Headers(stream + 1_000, HeaderLiterals.Status(200), endHeaders: false)),
        ["RST_STREAM on stream 0"] = (WireError.ProtocolError, _ => WireFrame.Reset(0, WireError.Cancel)),
        ["SETTINGS on a stream"] = (WireError.ProtocolError, stream => WireFrame.Settings() with { StreamId = stream }),
        ["PING on a stream"] = (WireError.ProtocolError, stream => WireFrame.Ping(1) with { StreamId = stream }),
        ["GOAWAY on a stream"] = (WireError.ProtocolError, stream => WireFrame.GoAway(0) with { StreamId = stream }),
        ["DATA on an idle stream"] = (WireError.ProtocolError, stream => WireFrame.Data(stream + 1_000, "x")),
        ["HEADERS on an idle stream"] = (WireError.ProtocolError, stream => WireFrame.Headers(stream + 1_000, HeaderLiterals.Status(200))),
        ["RST_STREAM on an idle stream"] = (WireError.ProtocolError, stream => WireFrame.Reset(stream + 1_000, WireError.Cancel)),
        ["WINDOW_UPDATE on an idle stream"] = (WireError.ProtocolError, stream => WireFrame.WindowUpdate(stream + 1_000, 1)),
        ["HEADERS on an even stream"] = (WireError.ProtocolError, _ => WireFrame.Headers(2, HeaderLiterals.Status(200))),
        ["DATA on an even stream"] = (WireError.ProtocolError, _ => WireFrame.Data(2, "x")),
        ["PUSH_PROMISE"] = (WireError.ProtocolError, stream => new WireFrame(WireFrameType.PushPromise, WireFrame.EndHeaders, stream, [0, 0, 0, 2, .. HeaderLiterals.Status(200)])),
        ["padding longer than DATA"] = (WireError.ProtocolError, stream => new WireFrame(WireFrameType.Data, WireFrame.Padded, stream, [5, 1, 2])),
        ["padding longer than HEADERS"] = (WireError.ProtocolError, stream => new WireFrame(WireFrameType.Headers, WireFrame.Padded | WireFrame.EndHeaders, stream, [200, 0x88])),
        ["SETTINGS of 5 bytes"] = (WireError.FrameSizeError, _ => new WireFrame(WireFrameType.Settings, 0, 0, new byte[5])),
        ["SETTINGS acknowledgement with a payload"] = (WireError.FrameSizeError, _ => new WireFrame(WireFrameType.Settings, WireFrame.Ack, 0, new byte[6])),
        ["PING of 7 bytes"] = (WireError.FrameSizeError, _ => new WireFrame(WireFrameType.Ping, 0, 0, new byte[7])),
        ["PING of 9 bytes"] = (WireError.FrameSizeError, _ => new WireFrame(WireFrameType.Ping, 0, 0, new byte[9])),
        ["GOAWAY of 7 bytes"] = (WireError.FrameSizeError, _ => new WireFrame(WireFrameType.GoAway, 0, 0, new byte[7])),
        ["RST_STREAM of 3 bytes"] = (WireError.FrameSizeError, stream => new WireFrame(WireFrameType.RstStream, 0, stream, new byte[3])),
        ["RST_STREAM of 5 bytes"] = (WireError.FrameSizeError, stream => new WireFrame(WireFrameType.RstStream, 0, stream, new byte[5])),
        ["WINDOW_UPDATE of 3 bytes"] = (WireError.FrameSizeError, _ => new WireFrame(WireFrameType.WindowUpdate, 0, 0, new byte[3])),
        ["WINDOW_UPDATE of 5 bytes"] = (WireError.FrameSizeError, _ => new WireFrame(WireFrameType.WindowUpdate, 0, 0, new byte[5])),
        ["DATA above the frame size"] = (WireError.FrameSizeError, stream => WireFrame.Data(stream, new byte[(1 << 24) - 1])),
        ["HEADERS above the frame size"] = (WireError.FrameSizeError, stream => WireFrame.Headers(stream, new byte[(1 << 24) - 1])),
        ["unknown frame above the frame size"] = (WireError.FrameSizeError, stream => new WireFrame((WireFrameType)0xf0, 0, stream, new byte[(1 << 24) - 1])),
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task Frame_NoServerMaySend_IsAConnectionError(string violation, int error)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var stream = (await connection.ReadRequestsAsync(2)).Max(request => request.StreamId);
        await connection.SendAsync(WireFrame.Headers(stream, HeaderLiterals.Status(200)));
        await connection.SendViolationAsync(s_violations[violation].Make(stream));
        await connection.ExpectConnectionErrorAsync((WireError)error);
        await sending;
        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.ConnectionLost), outcome));

        server.ServeEcho();
        var next = new EchoBatch("b", 2);
        await pool.SendInTimeAsync(next);
        next.AssertEchoed();
    }

    [Theory]
    [InlineData((int)WireFrameType.Data, WireFrame.Padded, 0)]
    [InlineData((int)WireFrameType.Headers, WireFrame.PriorityFlag | WireFrame.EndHeaders | WireFrame.EndStream, 2)]
    public async Task Frame_WithoutRoomForItsFields_IsAConnectionError(int type, int flags, int length)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(WireFrame.Headers(request.StreamId, HeaderLiterals.Status(200)));
        await connection.SendViolationAsync(new WireFrame((WireFrameType)type, flags, request.StreamId, new byte[length]));

        // Too small for its fields (section 4.2) or padded beyond its end (section 6.1): RFC 9113 has a code for either.
        var goAway = await connection.ReadFrameAsync(WireFrameType.GoAway);
        Assert.True(goAway.Error is WireError.FrameSizeError or WireError.ProtocolError, goAway.Error.ToString());
        await connection.ExpectCloseAsync();
        await sending;
        Assert.Equal([(0, PostFault.ConnectionLost)], batch.Outcomes);
    }

    [Fact]
    public async Task Headers_AThirdBlockAfterTheTrailers_IsNoAnswer()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        // Trailers have to end the stream (RFC 9113, section 8.1).
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(
            WireFrame.Headers(request.StreamId, HeaderLiterals.Status(200)),
            WireFrame.Headers(request.StreamId, HeaderLiterals.Encode(("x-a", "1"))),
            WireFrame.Headers(request.StreamId, HeaderLiterals.Encode(("x-b", "1")), endStream: true));
        await sending;

        Assert.Equal([(0, PostFault.ConnectionLost)], batch.Outcomes);
    }

    [Fact]
    public async Task Interim_ThatEndsTheStream_IsNoAnswer()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(WireFrame.Headers(request.StreamId, HeaderLiterals.Status(103), endStream: true));
        await sending;

        Assert.Equal([(0, PostFault.ConnectionLost)], batch.Outcomes);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")]
    [InlineData("\0")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    public async Task Server_SpeaksSomethingElse_IsKnownNotToHaveProcessedAnything(string greeting)
    {
        await using var server = FrameServer.Start();
        server.Serve(async (connection, _) =>
        {
            await connection.ReadPrefaceAsync();
            await connection.SendRawAsync(System.Text.Encoding.ASCII.GetBytes(greeting));
            await connection.EndAsync();
            await connection.ExpectCloseAsync();
        });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        await pool.SendInTimeAsync(batch);

        Assert.All(batch.Outcomes, outcome => Assert.True(outcome.Fault.WasNotSent(), outcome.ToString()));
    }
}
