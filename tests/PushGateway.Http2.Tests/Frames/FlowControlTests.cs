using Microsoft.Extensions.Time.Testing;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>Both windows, both ways (RFC 9113, sections 5.2 and 6.9). That the client stays within them is checked by <see cref="ClientRules"/>.</summary>
public sealed class FlowControlTests
{
    private const int InitialConnectionWindow = 65_535;

    [Fact]
    public async Task ConnectionWindow_ExhaustedByManyBodies_IsUsedUpAndWaitedFor()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => options with { StreamsPerConnection = 100 });
        var batch = new EchoBatch("a", 50, bodyLength: 4_000);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptSilentAsync();
        await connection.ReadPrefaceAsync();
        await connection.SendAsync(WireFrame.Settings(), WireFrame.SettingsAck);
        var total = 0;
        while (total < InitialConnectionWindow)
        {
            total += (await connection.ReadFrameAsync(WireFrameType.Data)).Payload.Length;
        }

        Assert.Equal(InitialConnectionWindow, total);
        await connection.PingAsync();

        // Released bit by bit, in sizes that cut bodies anywhere; the last is larger than needed.
        int[] increments = [1, 2, 97, 3_999, 4_001, 16_385, 30_000, 500_000];
        foreach (var increment in increments)
        {
            await connection.SendAsync(WireFrame.WindowUpdate(0, increment));
        }

        for (var i = 0; i < 50; i++)
        {
            await connection.EchoAsync(await connection.ReadRequestAsync());
        }

        await sending;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task ConnectionWindow_ExhaustedUntilRequestsTimeOut_TheConnectionGoesOn()
    {
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => options with { StreamsPerConnection = 100 }, time);
        var lost = new EchoBatch("a", 20, bodyLength: 4_000);

        var sending = pool.SendInTimeAsync(lost);
        await using var connection = await server.AcceptSilentAsync();
        await connection.ReadPrefaceAsync();
        await connection.SendAsync(WireFrame.Settings(), WireFrame.SettingsAck);
        for (var total = 0; total < InitialConnectionWindow;)
        {
            total += (await connection.ReadFrameAsync(WireFrameType.Data)).Payload.Length;
        }

        var reset = connection.ReadFrameAsync(WireFrameType.RstStream);
        await time.AdvanceUntilAsync(sending, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(12));
        Assert.All(lost.Outcomes, outcome => Assert.Equal((0, PostFault.Timeout), outcome));
        Assert.Equal(WireError.Cancel, (await reset).Error);

        // Bytes of requests that were given up unsent must not be missing from the window.
        await connection.SendAsync(WireFrame.WindowUpdate(0, InitialConnectionWindow));
        var batch = new EchoBatch("b", 5, bodyLength: 12_000);
        var next = pool.SendInTimeAsync(batch);
        for (var served = 0; served < 5;)
        {
            var request = await connection.ReadRequestAsync();
            if (request.Body.StartsWith('b'))
            {
                await connection.EchoAsync(request);
                served++;
            }
        }

        await next;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task WindowUpdate_OverflowOnTheConnection_IsAFlowControlError()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        await connection.ReadRequestsAsync(2);
        await connection.SendAsync(WireFrame.WindowUpdate(0, int.MaxValue));
        await connection.ExpectConnectionErrorAsync(WireError.FlowControlError);
        await sending;

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.ConnectionLost), outcome));
    }

    [Fact]
    public async Task WindowUpdate_OverflowOnAStream_ResetsThatStream()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2, bodyLength: 70_000);

        // The connection's window holds the bodies back, so that the stream's window is still of interest to the client.
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptSilentAsync();
        await connection.ReadPrefaceAsync();
        await connection.SendAsync(WireFrame.Settings((WireSetting.InitialWindowSize, 1)), WireFrame.SettingsAck);
        var (request, other) = (await connection.ReadHeadersAsync(), await connection.ReadHeadersAsync());
        await connection.SendAsync(WireFrame.WindowUpdate(request.StreamId, int.MaxValue - 1));
        while (request.BodyLength < InitialConnectionWindow - 1)
        {
            await connection.ReadFrameAsync();
        }

        await connection.SendAsync(WireFrame.WindowUpdate(request.StreamId, int.MaxValue));
        var reset = await connection.ReadFrameAsync(WireFrameType.RstStream);
        Assert.Equal((request.StreamId, WireError.FlowControlError), (reset.StreamId, reset.Error));
        await connection.SendAsync(WireFrame.WindowUpdate(other.StreamId, 100_000), WireFrame.WindowUpdate(0, 100_000));
        var answered = await connection.ReadRequestAsync();
        await connection.AnswerAsync(answered, 200);
        await sending;

        Assert.Equal(other, answered);
        Assert.Equal((0, PostFault.ConnectionLost), batch.Outcomes[EchoBatch.IndexOf(request.Path)]);
        Assert.Equal((200, PostFault.None), batch.Outcomes[EchoBatch.IndexOf(other.Path)]);
    }

    [Fact]
    public async Task InitialWindow_RaisedBeyondTheMaximumOfAnOpenStream_IsAFlowControlError()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1, bodyLength: 70_000);

        // RFC 9113, section 6.9.2: the setting itself is valid, the window that comes of it is not.
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptSilentAsync();
        await connection.ReadPrefaceAsync();
        await connection.SendAsync(WireFrame.Settings((WireSetting.InitialWindowSize, 0)), WireFrame.SettingsAck);
        var request = await connection.ReadHeadersAsync();
        await connection.SendAsync(WireFrame.WindowUpdate(request.StreamId, int.MaxValue));
        while (request.BodyLength < InitialConnectionWindow)
        {
            await connection.ReadFrameAsync();
        }

        await connection.SendAsync(WireFrame.Settings((WireSetting.InitialWindowSize, 100_000)));
        await connection.ExpectConnectionErrorAsync(WireError.FlowControlError);
        await sending;

        Assert.Equal([(0, PostFault.ConnectionLost)], batch.Outcomes);
    }

    [Fact]
    public async Task WindowUpdate_ZeroOnTheConnection_IsAProtocolError()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        await connection.ReadRequestAsync();
        await connection.SendAsync(WireFrame.WindowUpdate(0, 0));
        await connection.ExpectConnectionErrorAsync(WireError.ProtocolError);
        await sending;

        Assert.Equal([(0, PostFault.ConnectionLost)], batch.Outcomes);
    }

    [Fact]
    public async Task WindowUpdate_ZeroOnAStream_ResetsThatStream()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var requests = await connection.ReadRequestsAsync(2);
        await connection.SendAsync(WireFrame.WindowUpdate(requests[0].StreamId, 0));
        var reset = await connection.ReadFrameAsync(WireFrameType.RstStream);
        await connection.EchoAsync(requests[1]);
        await sending;

        Assert.Equal((requests[0].StreamId, WireError.ProtocolError), (reset.StreamId, reset.Error));
        Assert.Equal((0, PostFault.ConnectionLost), batch.Outcomes[EchoBatch.IndexOf(requests[0].Path)]);
        Assert.Equal((200, PostFault.None), batch.Outcomes[EchoBatch.IndexOf(requests[1].Path)]);
    }

    [Fact]
    public async Task LargeAnswers_ThousandsOfThem_TheClientKeepsBothWindowsOpen()
    {
        const int Requests = 3_000;
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => options with { MaxBodyBytes = 100, StreamsPerConnection = 50 });
        var batch = new EchoBatch("a", Requests);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        for (var i = 0; i < Requests; i++)
        {
            await connection.AnswerLargeAsync(await connection.ReadRequestAsync(), 500, new byte[20_000]);
        }

        await sending;
        Assert.All(batch.Answers.Values, answer => Assert.Equal((500, 100), (answer.Status, answer.Body.Length)));
    }

    [Fact]
    public async Task LargeAnswers_ToRequestsThatTimedOut_GoBackToTheConnectionWindow()
    {
        const int Part = 16_000;
        var time = new FakeTimeProvider();
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, timeProvider: time);
        var lost = new EchoBatch("lost", 1);

        var sending = pool.SendInTimeAsync(lost);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await time.AdvanceUntilAsync(sending, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(12));
        Assert.Equal([(0, PostFault.Timeout)], lost.Outcomes);
        await connection.ReadFrameAsync(WireFrameType.RstStream);

        // A server whose answer was under way. The client drops it, but has to say that the room is free again.
        for (var total = 0; total < 32_000_000; total += Part)
        {
            while (!connection.Window.TryTakeOfConnection(Part))
            {
                await connection.ReadFrameAsync();
            }

            await connection.SendAsync(WireFrame.Data(request.StreamId, new byte[Part]));
        }

        var batch = new EchoBatch("next", 1);
        var next = pool.SendInTimeAsync(batch);
        await connection.EchoAsync(await connection.ReadRequestAsync());
        await next;
        batch.AssertEchoed();
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Server_StopsReadingWhileAnswering_NothingIsLost()
    {
        await using var server = FrameServer.Start(new FrameServerOptions { ReceiveBuffer = 256 * 1024 });
        await using var pool = Pools.Create(server.Endpoint, options => options with { StreamsPerConnection = 2_000 });

        // The requests fill the socket's buffers; meanwhile the server writes answers, and the client has to take them although it cannot write.
        var batch = new EchoBatch("a", 2_000, bodyLength: 4_000);
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync([(WireSetting.MaxConcurrentStreams, 2_000)]);
        var first = await connection.ReadRequestsAsync(10);
        await connection.SendAsync([.. first.SelectMany(request => WireFrame.Answer(request.StreamId, 200, request.Body))]);
        await Poll.Until(() => batch.Answers.Count == 10);
        for (var i = 10; i < 2_000; i++)
        {
            await connection.EchoAsync(await connection.ReadRequestAsync());
        }

        await sending;
        batch.AssertEchoed();
    }
}
