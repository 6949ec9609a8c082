using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>A server that sends what costs the client memory or answers and never reads. The client ends the connection; nothing grows.</summary>
[Collection(MemoryCollection.Name)]
public sealed class FloodTests
{
    private const long MaxGrowth = 32 * 1024 * 1024;
    private const int MaxFrames = 2_000_000;

    public static TheoryData<string> Floods => ["ping", "settings", "continuation", "huge headers"];

    [Theory]
    [MemberData(nameof(Floods))]
    public async Task Flood_WhileNotReading_EndsTheConnectionWithBoundedMemory(string what)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(2);
        var stream = requests[0].StreamId;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await connection.SendAsync(what switch
        {
            "continuation" or "huge headers" => [WireFrame.Headers(stream, HeaderLiterals.Status(200), endHeaders: false)],
            _ => [],
        });
        var frame = what switch
        {
            "ping" => WireFrame.Ping(7),
            "settings" => WireFrame.Settings((WireSetting.MaxConcurrentStreams, 100)),
            "continuation" => WireFrame.Continuation(stream, [], endHeaders: false),
            _ => WireFrame.Continuation(stream, HeaderLiterals.Encode(("x-a", new string('v', 16_000))), endHeaders: false),
        };
        Assert.True(await FloodAsync(connection, frame), "The client took every frame.");
        await sending;

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MaxGrowth);
        Assert.True(batch.Outcomes.All(outcome => outcome == (0, PostFault.ConnectionLost)), string.Join(' ', batch.Outcomes));
        server.ServeEcho();
        var next = new EchoBatch("b", 2);
        await pool.SendInTimeAsync(next);
        next.AssertEchoed();
    }

    /// <returns>Whether the client put an end to it.</returns>
    private static async Task<bool> FloodAsync(ServerConnection connection, WireFrame frame)
    {
        var bytes = frame.ToBytes();
        var burst = Enumerable.Repeat(bytes, Math.Max(1, 16_000 / bytes.Length)).SelectMany(it => it).ToArray();
        try
        {
            for (var sent = 0; sent < MaxFrames; sent += Math.Max(1, 16_000 / bytes.Length))
            {
                await connection.SendRawAsync(burst);
            }
        }
        catch (IOException)
        {
            return true;
        }

        return false;
    }
}
