using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>GOAWAY (RFC 9113, section 6.8): what is above the last stream id was not processed and is sent again, what is below may have been.</summary>
public sealed class GoAwayTests
{
    [Fact]
    public async Task GoAway_WithStreamsAboveTheLast_TheyAreSentAgainAndTheOthersAnswered()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 10);

        var sending = pool.SendInTimeAsync(batch);
        await using var first = await server.AcceptAsync();
        var requests = await first.ReadRequestsAsync(10);
        var processed = requests.OrderBy(request => request.StreamId).Take(4).ToList();
        await first.SendAsync(WireFrame.GoAway(processed[^1].StreamId));
        await using var second = await server.AcceptAsync();
        var again = await second.ReadRequestsAsync(6);
        foreach (var request in again)
        {
            await second.EchoAsync(request);
        }

        foreach (var request in processed)
        {
            await first.EchoAsync(request);
        }

        // The old connection is of no more use, so the client closes it.
        await first.ExpectCloseAsync().InTime();
        await sending;
        batch.AssertEchoed();
        Assert.Equal(batch.Answers.Keys.Order(), again.Concat(processed).Select(request => EchoBatch.IndexOf(request.Path)).Order());
    }

    [Fact]
    public async Task GoAway_FollowedByTheEnd_WhatWasProcessedIsUnknownAndTheRestIsSentAgain()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 10);

        var sending = pool.SendInTimeAsync(batch);
        await using var first = await server.AcceptAsync();
        var requests = (await first.ReadRequestsAsync(10)).OrderBy(request => request.StreamId).ToList();
        await first.SendAsync([WireFrame.GoAway(requests[3].StreamId), .. WireFrame.Answer(requests[0].StreamId, 200, requests[0].Body)]);
        await first.EndAsync();
        server.ServeEcho();
        await sending;

        var lost = requests[1..4].Select(request => EchoBatch.IndexOf(request.Path)).ToHashSet();
        Assert.All(batch.Answers, answer => Assert.Equal(
            lost.Contains(answer.Key) ? (0, PostFault.ConnectionLost) : (200, PostFault.None), (answer.Value.Status, answer.Value.Fault)));
        Assert.Equal(10, batch.Answers.Count);
    }

    [Fact]
    public async Task GoAway_BelowAStreamWhoseAnswerHasBegun_ItIsAnsweredAndNotSentAgain()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        // The server contradicts itself; that it has begun to answer is the better evidence.
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        var answer = WireFrame.Answer(request.StreamId, 200, request.Body);
        await connection.SendAsync(answer[0], WireFrame.GoAway(0), answer[1]);
        await sending;

        batch.AssertEchoed();
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task GoAway_LastStreamZero_EverythingIsSentAgain()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 10);

        var sending = pool.SendInTimeAsync(batch);
        await using var first = await server.AcceptAsync();
        await first.ReadRequestsAsync(10);
        await first.SendAsync(WireFrame.GoAway(0));
        await first.EndAsync();
        server.ServeEcho();
        await sending;

        batch.AssertEchoed();
    }

    [Fact]
    public async Task GoAway_MaximumFirstAndThenLower_OnlyTheSecondDecides()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => options with { StreamsPerConnection = 4 });
        var batch = new EchoBatch("a", 12);

        // The graceful way: first an announcement that gives up nothing, a round trip later the truth.
        var sending = pool.SendInTimeAsync(batch);
        await using var first = await server.AcceptAsync();
        var requests = (await first.ReadRequestsAsync(4)).OrderBy(request => request.StreamId).ToList();
        await first.SendAsync(WireFrame.GoAway(int.MaxValue));
        await first.PingAsync();
        await first.SendAsync([WireFrame.GoAway(requests[1].StreamId), .. WireFrame.Answer(requests[0].StreamId, 200, requests[0].Body)]);
        await first.EchoAsync(requests[1]);
        server.ServeEcho();
        await first.ExpectCloseAsync().InTime();
        await sending;

        batch.AssertEchoed();
        Assert.Equal(4, first.Client.MostOpenStreams);
    }

    [Fact]
    public async Task GoAway_NoStreamUnderWay_TheNextRequestUsesANewConnection()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);

        var sending = pool.SendInTimeAsync(new EchoBatch("a", 1));
        await using var first = await server.AcceptAsync();
        var request = await first.ReadRequestAsync();
        await first.EchoAsync(request);
        await sending;
        await first.SendAsync(WireFrame.GoAway(request.StreamId));
        await first.ExpectCloseAsync().InTime();
        server.ServeEcho();
        var batch = new EchoBatch("b", 5);
        await pool.SendInTimeAsync(batch);

        batch.AssertEchoed();
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData((int)WireError.EnhanceYourCalm)]
    [InlineData((int)WireError.InternalError)]
    [InlineData((int)WireError.ProtocolError)]
    public async Task GoAway_WithAnErrorAndDebugData_IsUnknownAndSaysWhy(int error)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 3);

        var sending = pool.SendInTimeAsync(batch);
        await using var first = await server.AcceptAsync();
        var last = (await first.ReadRequestsAsync(3)).Max(request => request.StreamId);
        await first.SendAsync(WireFrame.GoAway(last, (WireError)error, "{\"reason\":\"Shutdown\"}"));
        await first.EndAsync();
        await sending;

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.ConnectionLost), outcome));
        Assert.All(batch.Details.Values, detail => Assert.False(string.IsNullOrWhiteSpace(detail)));
        server.ServeEcho();
        var next = new EchoBatch("b", 3);
        await pool.SendInTimeAsync(next);
        next.AssertEchoed();
    }

    [Fact]
    public async Task GoAway_DebugDataOfAFullFrame_IsRead()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var first = await server.AcceptAsync();
        var request = await first.ReadRequestAsync();
        await first.SendAsync([WireFrame.GoAway(request.StreamId, WireError.NoError, new string('d', 16_384 - 8)), .. WireFrame.Answer(request.StreamId, 200, request.Body)]);
        await sending;

        batch.AssertEchoed();
    }

    [Fact]
    public async Task GoAway_LastStreamIdRisesAgain_NothingIsSentTwiceUnlessRefused()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 4);

        // RFC 9113 forbids the server to raise it; what was given up under the first stays given up.
        var sending = pool.SendInTimeAsync(batch);
        await using var first = await server.AcceptAsync();
        var requests = (await first.ReadRequestsAsync(4)).OrderBy(request => request.StreamId).ToList();
        await first.SendAsync([WireFrame.GoAway(requests[1].StreamId), WireFrame.GoAway(requests[3].StreamId), .. WireFrame.Answer(requests[0].StreamId, 200, requests[0].Body)]);
        await first.EchoAsync(requests[1]);
        server.ServeEcho();
        await sending;

        Assert.Equal(4, batch.Answers.Count);
        Assert.All(batch.Outcomes, outcome => Assert.True(outcome is (200, PostFault.None) or (0, PostFault.ConnectionLost)));
    }

    [Fact]
    public async Task GoAway_OnEveryConnectionAfterAFewAnswers_TheBatchGetsThrough()
    {
        await using var server = FrameServer.Start();
        server.Serve(async (connection, _) =>
        {
            await connection.HandshakeAsync((WireSetting.MaxConcurrentStreams, 100));
            for (int served = 0, last = int.MaxValue; served < (last + 1L) / 2;)
            {
                var request = await connection.ReadRequestAsync();
                if (request.StreamId > last)
                {
                    continue;
                }

                await connection.EchoAsync(request);
                served++;
                if (request.StreamId >= 39 && last == int.MaxValue)
                {
                    last = request.StreamId;
                    await connection.SendAsync(WireFrame.GoAway(last));
                }
            }

            await connection.ExpectCloseAsync();
        });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 400);

        await pool.SendInTimeAsync(batch);

        batch.AssertEchoed();
        Assert.InRange(server.Connections, 20, 25);
    }
}
