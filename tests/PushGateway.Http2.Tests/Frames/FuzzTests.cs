using System.Diagnostics;
using System.Globalization;
using CsCheck;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>Servers that send anything, over TLS and with the pool: no crash, no hang, exactly one outcome for each request, bounded memory. A failure prints the seed that repeats it.</summary>
/// <remarks>A short run in the suite, since <c>ConnectionFuzzTests</c> goes deeper and a hundred times as fast; <c>tests/fuzz.sh</c> makes a long one.</remarks>
[Collection(MemoryCollection.Name)]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int ShortRun = 200;
    private const int Requests = 3;
    private const long MaxWorkingSet = 1024L * 1024 * 1024;

    private static readonly Gen<WireFrame> s_frame = Gen.Select(
        Gen.OneOf(Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int[0, 255]),
        Gen.OneOf(Gen.Const(0), AnyOf(1, 4, 5, 8, 12, 13, 32, 37, 45), Gen.Int[0, 255]),
        AnyOf(0, 1, 3, 5, 1, 3, 5, 2, 7, 101, int.MaxValue),
        Gen.OneOf(
            Gen.Byte.Array[0, 64],
            AnyOf("200", "404", "103", "429", "x").Select(status => HeaderLiterals.Encode((":status", status))),
            AnyOf(0, 1, 5, int.MaxValue).Select(number => WireFrame.WindowUpdate(0, number).Payload),
            Gen.Select(Gen.Int[0, 9], AnyOf(0L, 1, 100, 16_384, 65_535, int.MaxValue, uint.MaxValue)).Select((id, value) => WireFrame.Settings(((WireSetting)id, value)).Payload),
            Gen.Int[0, 17_000].Select(length => new byte[length])))
        .Select((type, flags, stream, payload) => new WireFrame((WireFrameType)type, flags, stream, payload));

    private static readonly Gen<byte[]> s_frames = s_frame.Array[1, 24].Select(frames => frames.SelectMany(frame => frame.ToBytes()).ToArray());

    private static readonly Gen<byte[]> s_mutations = Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, 5], Gen.Byte.Array[1, 8]).Array[1, 6].Select(Mutate);

    [Fact]
    public Task Server_SendsAnything_EachRequestHasOneOutcome() => RunAsync(Gen.Select(Gen.OneOf(s_frames, s_mutations, Gen.Byte.Array[0, 100]), Gen.Frequency((3, Gen.Const(true)), (1, Gen.Const(false)))));

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private async Task RunAsync(Gen<(byte[] Bytes, bool IsAfterSettings)> script)
    {
        var minutes = Environment.GetEnvironmentVariable("PUSHGATEWAY_FUZZ_MINUTES") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        await using var server = FrameServer.Start(new FrameServerOptions { Limit = TimeSpan.FromMinutes(minutes + 2) });
        Tuple<byte[], bool>? next = null;

        // The first connection of each round plays the script, those for what was refused behave.
        server.Serve((connection, _) => Interlocked.Exchange(ref next, null) is ({ } bytes, var isAfterSettings) ? PlayAsync(connection, bytes, isAfterSettings) : EchoAsync(connection));

        await script.SampleAsync(
            async it =>
            {
                Volatile.Write(ref next, Tuple.Create(it.Bytes, it.IsAfterSettings));
                await using var pool = Pools.Create(server.Endpoint, options => options with { RequestTimeout = TimeSpan.FromSeconds(5), ConnectTimeout = TimeSpan.FromSeconds(2) });
                var batch = new EchoBatch("a", Requests);
                await pool.SendInTimeAsync(batch);
                Assert.Equal(Requests, batch.Answers.Count);
                Assert.All(batch.Answers.Values, answer => Assert.True(
                    answer.Status is >= 200 and <= 599 && answer.Fault == PostFault.None || (answer.Status == 0 && answer.Fault != PostFault.None), answer.ToString()));
            },
            iter: minutes > 0 ? -1 : ShortRun,
            time: minutes > 0 ? minutes * 60 : -1,
            threads: 1,
            writeLine: output.WriteLine);

        using var process = Process.GetCurrentProcess();
        Assert.InRange(process.WorkingSet64, 0, MaxWorkingSet);
    }

    private static async Task PlayAsync(ServerConnection connection, byte[] bytes, bool isAfterSettings)
    {
        try
        {
            await connection.ReadPrefaceAsync();
            if (isAfterSettings)
            {
                await connection.SendAsync(WireFrame.Settings(), WireFrame.SettingsAck, ServerConnection.AmpleWindow);
                await connection.ReadRequestsAsync(Requests);
            }

            await connection.SendRawAsync(bytes);
            await connection.EndAsync();
            await connection.ExpectCloseAsync();
        }
        catch (InvalidDataException)
        {
            // The double's view of the connection is void once it has sent nonsense.
        }
        finally
        {
            await connection.DisposeAsync();
        }
    }

    private static async Task EchoAsync(ServerConnection connection)
    {
        await connection.HandshakeAsync();
        await connection.ServeAsync();
        await connection.DisposeAsync();
    }

    /// <summary>What a server sends for three requests, changed in some places: a byte, a bit, a piece cut out, doubled, moved in, or the end cut off.</summary>
    private static byte[] Mutate((int At, int Kind, byte[] Bytes)[] changes)
    {
        List<byte> exchange = [.. Exchange(1).Concat(Exchange(3)).Concat(Exchange(5)).SelectMany(frame => frame.ToBytes())];
        foreach (var (where, kind, bytes) in changes)
        {
            var at = exchange.Count == 0 ? 0 : where % exchange.Count;
            var length = Math.Min(bytes.Length, exchange.Count - at);
            switch (kind)
            {
                case 0 when length > 0:
                    exchange[at] = bytes[0];
                    break;
                case 1 when length > 0:
                    exchange[at] ^= (byte)(1 << (bytes[0] & 7));
                    break;
                case 2:
                    exchange.RemoveRange(at, length);
                    break;
                case 3:
                    exchange.InsertRange(at, exchange.GetRange(at, length));
                    break;
                case 4:
                    exchange.InsertRange(at, bytes);
                    break;
                case 5 when where % 4 == 0:
                    exchange.RemoveRange(at, exchange.Count - at);
                    break;
            }
        }

        return [.. exchange];
    }

    private static IEnumerable<WireFrame> Exchange(int stream) =>
    [
        WireFrame.Headers(stream, HeaderLiterals.Status(103)),
        WireFrame.Headers(stream, HeaderLiterals.Status(200)[..3], endHeaders: false),
        WireFrame.Continuation(stream, HeaderLiterals.Status(200)[3..]),
        WireFrame.Ping(stream),
        WireFrame.Data(stream, "some").WithPadding(stream),
        WireFrame.WindowUpdate(stream, 5),
        WireFrame.Settings((WireSetting.HeaderTableSize, 100), (WireSetting.InitialWindowSize, 70_000)),
        WireFrame.Data(stream, "body"),
        WireFrame.Headers(stream, HeaderLiterals.Encode(("x-checksum", "1")), endStream: true),
    ];
}
