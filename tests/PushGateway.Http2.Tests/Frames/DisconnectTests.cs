using System.Collections.Concurrent;
using CsCheck;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>The connection ends at any point: each request has exactly one outcome, and no answer that was not sent whole.</summary>
public sealed class DisconnectTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task End_AtEveryByteOfTheExchange_OnlyWholeAnswersCount(bool abruptly)
    {
        await using var server = FrameServer.Start();
        var length = (await ExchangeAsync(server, int.MaxValue, abruptly: false)).Length;

        for (var at = 0; at < length; at++)
        {
            var (batch, wholeAnswers, _) = await ExchangeAsync(server, at, abruptly);

            Assert.Equal(3, batch.Answers.Count);
            foreach (var (index, answer) in batch.Answers)
            {
                // A whole answer may still be lost with an abrupt end, never the other way round.
                var isWhole = wholeAnswers.Contains(index);
                Assert.True(
                    answer is (200, PostFault.None, _, _) && isWhole && answer.Body == batch.BodyOf(index) || (answer.Fault == PostFault.ConnectionLost && (!isWhole || abruptly)),
                    $"After {at} bytes request {index} ended as {answer}.");
                Assert.Equal(answer.Fault != PostFault.None, batch.OfConnection.ContainsKey(index));
            }
        }
    }

    /// <summary>Three requests over a connection that ends after so many bytes of the answers. A pool of their own, which has no bad memories of the server.</summary>
    private static async Task<(EchoBatch Batch, HashSet<int> WholeAnswers, int Length)> ExchangeAsync(FrameServer server, int at, bool abruptly)
    {
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 3);
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var bytes = new List<byte>();
        var whole = new HashSet<int>();
        foreach (var request in await connection.ReadRequestsAsync(3))
        {
            foreach (var frame in WireFrame.Answer(request.StreamId, 200, request.Body))
            {
                bytes.AddRange(frame.ToBytes());
            }

            if (bytes.Count <= at)
            {
                whole.Add(EchoBatch.IndexOf(request.Path));
            }
        }

        await connection.SendRawAsync(bytes.Take(at).ToArray());
        if (abruptly)
        {
            connection.Abort();
        }
        else
        {
            await connection.EndAsync();
            await connection.ExpectCloseAsync();
        }

        await sending;
        return (batch, whole, bytes.Count);
    }

    [Fact]
    public async Task End_AtEveryByteOfTheServersSettings_NothingWasProcessed()
    {
        var opening = WireFrame.Settings((WireSetting.MaxConcurrentStreams, 50)).ToBytes();

        // As long as they are not there in whole no request is sent, so every one is known not to have been processed.
        for (var at = 0; at < opening.Length; at += 3)
        {
            var length = at;
            await using var server = FrameServer.Start();
            server.Serve(async (connection, _) =>
            {
                await connection.ReadPrefaceAsync();
                await connection.SendRawAsync(opening.AsMemory(0, length));
                await connection.EndAsync();
                await connection.ExpectCloseAsync();
            });
            await using var pool = Pools.Create(server.Endpoint);
            var batch = new EchoBatch("a", 3);
            await pool.SendInTimeAsync(batch);

            Assert.All(batch.Outcomes, outcome => Assert.True(outcome.Fault.WasNotSent(), $"After {length} bytes: {outcome}."));
        }
    }

    [Fact]
    public async Task Disconnects_AtRandom_EveryRequestEndsOnceAndOnlyUnknownOnesAreMissing()
    {
        await using var server = FrameServer.Start();
        var random = new Random(20_260_301);
        var processed = new ConcurrentBag<int>();
        server.Serve(async (connection, _) =>
        {
            int answers;
            int kind;
            lock (random)
            {
                answers = random.Next(1, 120);
                kind = random.Next(4);
            }

            await connection.HandshakeAsync();
            var last = 0;
            for (var i = 0; i < answers && await connection.TryReadRequestAsync() is { } request; i++)
            {
                if (i % 17 == 3)
                {
                    await connection.SendAsync(WireFrame.Reset(request.StreamId, WireError.RefusedStream));
                    continue;
                }

                processed.Add(EchoBatch.IndexOf(request.Path));
                await connection.EchoAsync(request);
                last = Math.Max(last, request.StreamId);
            }

            if (kind == 0)
            {
                connection.Abort();
                return;
            }

            if (kind != 1)
            {
                await connection.SendAsync(WireFrame.GoAway(last));
            }

            await connection.EndAsync();
            await connection.ExpectCloseAsync();
        });
        await using var pool = Pools.Create(server.Endpoint, options => options with { Connections = 2, StreamsPerConnection = 32 });
        var batch = new EchoBatch("a", 5_000);

        await pool.SendInTimeAsync(batch);

        Assert.Equal(5_000, batch.Answers.Count);
        Assert.All(batch.Answers, answer => Assert.True(answer.Value.Status == 200 ? answer.Value.Body == batch.BodyOf(answer.Key) : answer.Value.Fault is PostFault.ConnectionLost or PostFault.Refused, answer.ToString()));

        // Refused is only what met a refusal again and again. Sent again only what was refused: nothing was processed twice, and every 200 was processed.
        Assert.InRange(batch.Answers.Values.Count(answer => answer.Fault == PostFault.Refused), 0, 50);
        Assert.DoesNotContain(batch.Answers, answer => answer.Value.Fault == PostFault.Refused && processed.Contains(answer.Key));
        Assert.Equal(processed.Count, processed.Distinct().Count());
        Assert.Subset(processed.ToHashSet(), batch.Answers.Where(answer => answer.Value.Status == 200).Select(answer => answer.Key).ToHashSet());
        Assert.InRange(batch.Answers.Values.Count(answer => answer.Status == 200), 2_500, 5_000);
    }

    [Fact]
    public async Task Segments_CutAnywhere_MakeNoDifference()
    {
        await using var server = FrameServer.Start(new FrameServerOptions { Limit = TimeSpan.FromMinutes(2) });
        await using var pool = Pools.Create(server.Endpoint);
        var warmUp = pool.SendInTimeAsync(new EchoBatch("a", 1));
        await using var connection = await server.AcceptAsync();
        await connection.EchoAsync(await connection.ReadRequestAsync());
        await warmUp;

        await Gen.Select(Gen.Int[1, 200].Array[1, 12], Gen.Int[0, 300].Array[3]).SampleAsync(
            async (cuts, bodies) =>
            {
                var batch = new EchoBatch("b", 3);
                var sending = pool.SendInTimeAsync(batch);
                var requests = await connection.ReadRequestsAsync(3);
                var bytes = requests.SelectMany(request =>
                    WireFrame.Answer(request.StreamId, 200, new string('y', bodies[EchoBatch.IndexOf(request.Path)]))).SelectMany(frame => frame.ToBytes()).ToArray();
                foreach (var request in requests)
                {
                    request.IsAnswered = true;
                }

                for (int at = 0, cut = 0; at < bytes.Length; at += cuts[cut++ % cuts.Length])
                {
                    await connection.SendRawAsync(bytes.AsMemory(at, Math.Min(cuts[cut % cuts.Length], bytes.Length - at)));
                }

                await sending;
                Assert.Equal(bodies, batch.Answers.OrderBy(answer => answer.Key).Select(answer => answer.Value.Body.Length));
                Assert.All(batch.Outcomes, outcome => Assert.Equal((200, PostFault.None), outcome));
            },
            iter: 300,
            threads: 1);
    }
}
