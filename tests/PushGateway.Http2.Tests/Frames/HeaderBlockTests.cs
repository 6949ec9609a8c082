using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>Header blocks over several frames (RFC 9113, section 4.3) and blocks that are none.</summary>
public sealed class HeaderBlockTests
{
    private static readonly byte[] s_block = HeaderLiterals.Encode((":status", "429"), ("retry-after", "17"), ("x-a", "b"));

    [Fact]
    public async Task Continuation_SplitAtEveryByte_IsRead()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", s_block.Length + 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        for (var at = 0; at <= s_block.Length; at++)
        {
            var request = await connection.ReadRequestAsync();
            await connection.SendAsync(
                WireFrame.Headers(request.StreamId, s_block[..at], endStream: true, endHeaders: false), WireFrame.Continuation(request.StreamId, s_block[at..]));
        }

        await sending;
        Assert.All(batch.Answers.Values, answer => Assert.Equal((429, PostFault.None, TimeSpan.FromSeconds(17)), (answer.Status, answer.Fault, answer.RetryAfter)));
    }

    [Fact]
    public async Task Continuation_AFrameForEveryByte_IsRead()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(
            [
                WireFrame.Headers(request.StreamId, [], endHeaders: false),
                .. s_block.Select(value => WireFrame.Continuation(request.StreamId, [value], endHeaders: false)),
                WireFrame.Continuation(request.StreamId, []),
                WireFrame.Data(request.StreamId, "body", endStream: true),
            ]);
        await sending;

        Assert.Equal((429, "body", TimeSpan.FromSeconds(17)), (batch.Answers[0].Status, batch.Answers[0].Body, batch.Answers[0].RetryAfter));
    }

    [Fact]
    public async Task Continuation_OfTrailers_IsRead()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        var trailers = HeaderLiterals.Encode(("x-checksum", "1"));
        await connection.SendAsync(
            WireFrame.Headers(request.StreamId, HeaderLiterals.Status(200)),
            WireFrame.Data(request.StreamId, request.Body),
            WireFrame.Headers(request.StreamId, trailers[..5], endStream: true, endHeaders: false),
            WireFrame.Continuation(request.StreamId, trailers[5..]));
        await sending;

        batch.AssertEchoed();
    }

    public static TheoryData<string> Interleaved => ["data", "headers", "ping", "settings", "window", "reset", "unknown", "other stream's continuation", "goaway"];

    [Theory]
    [MemberData(nameof(Interleaved))]
    public async Task Continuation_InterleavedWithAnotherFrame_IsAProtocolError(string what)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(2);
        var (stream, other) = (requests[0].StreamId, requests[1].StreamId);
        await connection.SendAsync(WireFrame.Headers(stream, s_block[..4], endHeaders: false), what switch
        {
            "data" => WireFrame.Data(stream, "x"),
            "headers" => WireFrame.Headers(other, s_block),
            "ping" => WireFrame.Ping(1),
            "settings" => WireFrame.Settings(),
            "window" => WireFrame.WindowUpdate(stream, 1),
            "reset" => WireFrame.Reset(stream, WireError.RefusedStream),
            "unknown" => new WireFrame((WireFrameType)0xf0, 0, 0, [1]),
            "goaway" => WireFrame.GoAway(0),
            _ => WireFrame.Continuation(other, s_block[4..]),
        });
        await connection.ExpectConnectionErrorAsync(WireError.ProtocolError);
        await sending;

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.ConnectionLost), outcome));
    }

    [Fact]
    public async Task Continuation_WithoutHeaders_IsAProtocolError()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync(WireFrame.Continuation(request.StreamId, s_block));
        await connection.ExpectConnectionErrorAsync(WireError.ProtocolError);
        await sending;

        Assert.Equal([(0, PostFault.ConnectionLost)], batch.Outcomes);
    }

    public static TheoryData<string, byte[]> Garbage => new()
    {
        { "index 0", [0x80] },
        { "index beyond both tables", [0xff, 0x80, 0x01] },
        { "integer without an end", [0xff, 0xff] },
        { "integer of 80 bits", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f] },
        { "string beyond the block", [0x00, 0x05, (byte)'a'] },
        { "name without a value", [0x00, 0x01, (byte)'a'] },
        { "Huffman padding of zeros", [0x00, 0x81, 0x00, 0x01, (byte)'b'] },
        { "Huffman padding longer than 7 bits", [0x00, 0x82, 0x1f, 0xff, 0x01, (byte)'b'] },
        { "Huffman end of string", [0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x01, (byte)'b'] },
        { "table size above the setting", [0x3f, 0xff, 0xff, 0xff, 0x7f] },
        { "table size update after a header", [0x88, 0x20] },
        { "literal with a name index beyond the tables", [0x7f, 0x80, 0x01, 0x00] },
    };

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Block_ThatIsNone_IsACompressionError(string what, byte[] block)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(2);
        await connection.SendAsync(WireFrame.Headers(requests[0].StreamId, block, endStream: true));
        await connection.ExpectConnectionErrorAsync(WireError.CompressionError);
        await sending;

        Assert.All(batch.Outcomes, outcome => Assert.True(outcome is (0, PostFault.ConnectionLost), what));
    }

    [Fact]
    public async Task Block_OfAClosedStream_StillCountsForTheTable()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        // The second answer refers to the entry that a block for the first, closed, stream has added (RFC 9113, section 4.3).
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(2);
        byte[] status429Indexed = [0x48, 0x03, (byte)'4', (byte)'2', (byte)'9'];
        await connection.SendAsync(
            WireFrame.Reset(requests[0].StreamId, WireError.Cancel),
            WireFrame.Headers(requests[0].StreamId, status429Indexed, endStream: true),
            WireFrame.Headers(requests[1].StreamId, [0x80 | 62], endStream: true));
        await sending;

        Assert.Equal((0, PostFault.ConnectionLost), batch.Outcomes[EchoBatch.IndexOf(requests[0].Path)]);
        Assert.True(batch.Outcomes[EchoBatch.IndexOf(requests[1].Path)] is (429, PostFault.None) or (0, PostFault.ConnectionLost));
    }

    [Fact]
    public async Task Block_IndexedAndHuffmanCoded_IsRead()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 3);

        // ":status" 307 as in RFC 7541, appendix C.6.2, added to the table once, then by its index; before it the table is emptied and set again.
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(3);
        await connection.SendAsync(
            WireFrame.Headers(requests[0].StreamId, [0x20, 0x3f, 0xe1, 0x01, 0x48, 0x83, 0x64, 0x0e, 0xff], endStream: true),
            WireFrame.Headers(requests[1].StreamId, [0xbe], endStream: true),
            WireFrame.Headers(requests[2].StreamId, [0xbe], endStream: true));
        await sending;

        Assert.All(batch.Outcomes, outcome => Assert.Equal((307, PostFault.None), outcome));
    }
}
