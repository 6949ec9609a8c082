using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>RST_STREAM (RFC 9113, sections 5.4.2 and 8.7): only REFUSED_STREAM says that the request was not processed.</summary>
public sealed class ResetTests
{
    [Fact]
    public async Task Reset_Refused_IsSentAgain()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 8);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var refused = await connection.ReadRequestsAsync(8);
        await connection.SendAsync([.. refused.Select(request => WireFrame.Reset(request.StreamId, WireError.RefusedStream))]);
        var again = await connection.ReadRequestsAsync(8);
        foreach (var request in again)
        {
            await connection.EchoAsync(request);
        }

        await sending;
        batch.AssertEchoed();
        Assert.Equal(1, server.Connections);
        Assert.Equal(refused.Select(request => request.Path).Order(), again.Select(request => request.Path).Order());
    }

    [Fact]
    public async Task Reset_RefusedBeforeTheBodyWasSent_IsSentAgainWhole()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1, bodyLength: 1_000);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync([(WireSetting.InitialWindowSize, 100)]);
        var refused = await connection.ReadHeadersAsync();
        await connection.SendAsync(WireFrame.Reset(refused.StreamId, WireError.RefusedStream));
        var again = await connection.ReadHeadersAsync();
        await connection.SendAsync(WireFrame.WindowUpdate(again.StreamId, 1_000));
        await connection.EchoAsync(await connection.ReadRequestAsync());
        await sending;

        batch.AssertEchoed();
    }

    [Fact]
    public async Task Reset_RefusedForEver_EndsAsRefused()
    {
        await using var server = FrameServer.Start();
        var count = 0;
        server.Serve(async (connection, _) =>
        {
            await connection.HandshakeAsync();
            while (await connection.TryReadRequestAsync() is { } request)
            {
                Interlocked.Increment(ref count);
                await connection.SendAsync(WireFrame.Reset(request.StreamId, WireError.RefusedStream));
            }
        });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 3);

        await pool.SendInTimeAsync(batch);

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Refused), outcome));
        Assert.InRange(count, 2 * 3, 100 * 3);
    }

    [Theory]
    [InlineData((int)WireError.NoError)]
    [InlineData((int)WireError.ProtocolError)]
    [InlineData((int)WireError.InternalError)]
    [InlineData((int)WireError.FlowControlError)]
    [InlineData((int)WireError.StreamClosed)]
    [InlineData((int)WireError.Cancel)]
    [InlineData((int)WireError.EnhanceYourCalm)]
    [InlineData((int)WireError.Http11Required)]
    [InlineData(0x7fff_ffff)]
    public async Task Reset_Otherwise_IsUnknownAndNotSentAgain(int error)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 3);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        foreach (var request in await connection.ReadRequestsAsync(3))
        {
            await (EchoBatch.IndexOf(request.Path) == 1
                ? connection.SendAsync(WireFrame.Reset(request.StreamId, (WireError)error))
                : connection.EchoAsync(request));
        }

        await sending;
        await connection.PingAsync();
        Assert.Equal([(200, PostFault.None), (0, PostFault.ConnectionLost), (200, PostFault.None)], batch.Outcomes);
        Assert.Empty(batch.OfConnection);
        Assert.Equal(3, connection.Client.MostOpenStreams);
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData((int)WireError.NoError)]
    [InlineData((int)WireError.Cancel)]
    [InlineData((int)WireError.RefusedStream)]
    public async Task Reset_InTheMiddleOfAnAnswer_IsUnknown(int error)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        // Also when the code says "refused": a server that has begun to answer has processed the request.
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(
            WireFrame.Headers(request.StreamId, HeaderLiterals.Status(200)), WireFrame.Data(request.StreamId, "half"), WireFrame.Reset(request.StreamId, (WireError)error));
        await sending;

        Assert.Equal([(0, PostFault.ConnectionLost)], batch.Outcomes);
    }

    [Fact]
    public async Task Reset_FramesOnTheClosedStreamAfterwards_AreTolerated()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(2);
        await connection.EchoAsync(requests[0]);
        await connection.SendAsync(
            WireFrame.WindowUpdate(requests[0].StreamId, 10),
            WireFrame.Reset(requests[0].StreamId, WireError.NoError),
            WireFrame.WindowUpdate(requests[0].StreamId, 10),
            new WireFrame(WireFrameType.Priority, 0, requests[0].StreamId, [0, 0, 0, 0, 1]));
        await connection.PingAsync();
        await connection.EchoAsync(requests[1]);
        await sending;

        batch.AssertEchoed();
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Reset_AThousandRefusals_LeaveTheConnectionUsable()
    {
        await using var server = FrameServer.Start();
        server.Serve(async (connection, _) =>
        {
            await connection.HandshakeAsync();
            var seen = new HashSet<string>();
            while (await connection.TryReadRequestAsync() is { } request)
            {
                await (seen.Add(request.Path) ? connection.SendAsync(WireFrame.Reset(request.StreamId, WireError.RefusedStream)) : connection.EchoAsync(request));
            }
        });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1_000);

        await pool.SendInTimeAsync(batch);

        batch.AssertEchoed();
        Assert.Equal(1, server.Connections);
    }
}
