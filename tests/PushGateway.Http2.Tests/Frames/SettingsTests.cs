using System.Text;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Frames;

/// <summary>SETTINGS at any moment (RFC 9113, section 6.5). That the client keeps to them is checked by <see cref="ClientRules"/> at every frame.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task Connect_ClientPreface_ForbidsPushAndHasValidSettings()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptSilentAsync();
        var settings = (await connection.HandshakeAsync()).ReadSettings().ToDictionary(setting => setting.Id, setting => setting.Value);
        await connection.EchoAsync(await connection.ReadRequestAsync());
        await sending;

        Assert.Equal(0, settings[WireSetting.EnablePush]);
        Assert.True(settings.GetValueOrDefault(WireSetting.InitialWindowSize) <= int.MaxValue);
        Assert.InRange(settings.GetValueOrDefault(WireSetting.MaxFrameSize, 16_384), 16_384, 16_777_215);
    }

    [Fact]
    public async Task Connect_SettingsComeLate_NoRequestIsSentBefore()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 5);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptSilentAsync();
        await connection.ReadPrefaceAsync();

        // A request without SETTINGS would be in the way of the acknowledgement, so nothing has to be waited for here.
        await connection.SendAsync(WireFrame.Settings((WireSetting.MaxConcurrentStreams, 1), (WireSetting.InitialWindowSize, 2)), WireFrame.SettingsAck, ServerConnection.AmpleWindow);
        WireFrame frame;
        do
        {
            frame = await connection.ReadFrameAsync();
            Assert.True(frame.Type is WireFrameType.Settings or WireFrameType.WindowUpdate or WireFrameType.Ping, frame.ToString());
        }
        while (!(frame.Type == WireFrameType.Settings && frame.IsAck));

        for (var i = 0; i < 5; i++)
        {
            var request = await connection.ReadHeadersAsync();
            await connection.SendAsync(WireFrame.WindowUpdate(request.StreamId, 100));
            await connection.EchoAsync(await connection.ReadRequestAsync());
        }

        await sending;
        batch.AssertEchoed();
        Assert.Equal(1, connection.Client.MostOpenStreams);
    }

    [Fact]
    public async Task Connect_FirstFrameIsNotSettings_IsAProtocolError()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => options with { RequestTimeout = TimeSpan.FromSeconds(5), ConnectTimeout = TimeSpan.FromSeconds(1) });
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using (var connection = await server.AcceptSilentAsync())
        {
            await connection.ReadPrefaceAsync();
            await connection.SendAsync(WireFrame.Ping(1));
            await connection.ExpectConnectionErrorAsync(WireError.ProtocolError);
        }

        server.Serve(async (connection, _) =>
        {
            await connection.ReadPrefaceAsync();
            await connection.SendAsync(WireFrame.Ping(1));
            await connection.ExpectCloseAsync();
        });
        await sending;

        Assert.True(batch.Answers[0].Fault.WasNotSent(), batch.Answers[0].Fault.ToString());
    }

    [Fact]
    public async Task Settings_Several_AreAcknowledgedEach()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        var request = await connection.ReadRequestAsync();
        await connection.SendAsync([.. Enumerable.Range(1, 20).Select(number => WireFrame.Settings((WireSetting.MaxConcurrentStreams, number)))]);
        await connection.ReadSettingsAckAsync();
        await connection.PingAsync();
        await connection.EchoAsync(request);
        await sending;

        batch.AssertEchoed();
    }

    [Fact]
    public async Task Settings_UnknownOnes_AreIgnored()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync([((WireSetting)0x0, 1), ((WireSetting)0x8, 1), ((WireSetting)0xffff, uint.MaxValue), (WireSetting.MaxHeaderListSize, 100_000)]);
        foreach (var request in await connection.ReadRequestsAsync(2))
        {
            await connection.EchoAsync(request);
        }

        await sending;
        batch.AssertEchoed();
    }

    [Theory]
    [InlineData((int)WireSetting.InitialWindowSize, 0x8000_0000L, (int)WireError.FlowControlError)]
    [InlineData((int)WireSetting.InitialWindowSize, 0xffff_ffffL, (int)WireError.FlowControlError)]
    [InlineData((int)WireSetting.MaxFrameSize, 16_383L, (int)WireError.ProtocolError)]
    [InlineData((int)WireSetting.MaxFrameSize, 16_777_216L, (int)WireError.ProtocolError)]
    [InlineData((int)WireSetting.EnablePush, 1L, (int)WireError.ProtocolError)]
    [InlineData((int)WireSetting.EnablePush, 2L, (int)WireError.ProtocolError)]
    public async Task Settings_InvalidValue_IsAConnectionError(int setting, long value, int error)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        await connection.ReadRequestsAsync(2);
        await connection.SendAsync(WireFrame.Settings(((WireSetting)setting, value)));
        await connection.ExpectConnectionErrorAsync((WireError)error);
        await sending;

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.ConnectionLost), outcome));
    }

    [Theory]
    [InlineData((int)WireSetting.EnablePush, 0L)]
    [InlineData((int)WireSetting.InitialWindowSize, int.MaxValue)]
    [InlineData((int)WireSetting.MaxFrameSize, 16_384L)]
    [InlineData((int)WireSetting.MaxFrameSize, 16_777_215L)]
    [InlineData((int)WireSetting.MaxConcurrentStreams, uint.MaxValue)]
    [InlineData((int)WireSetting.HeaderTableSize, uint.MaxValue)]
    [InlineData((int)WireSetting.MaxHeaderListSize, uint.MaxValue)]
    public async Task Settings_ExtremeButValid_IsAccepted(int setting, long value)
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 20, bodyLength: 4_000);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync([((WireSetting)setting, value)]);
        for (var i = 0; i < 20; i++)
        {
            await connection.EchoAsync(await connection.ReadRequestAsync());
        }

        await sending;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task InitialWindow_SmallerThanTheBody_HoldsItBackUntilRaised()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 3, bodyLength: 1_000);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync([(WireSetting.InitialWindowSize, 10)]);
        var requests = new[] { await connection.ReadHeadersAsync(), await connection.ReadHeadersAsync(), await connection.ReadHeadersAsync() };
        foreach (var request in requests)
        {
            await connection.ExpectBodyLengthAsync(request, 10);
        }


        // Once by SETTINGS, for all streams; then by WINDOW_UPDATE, for one at a time.
        await connection.SendAsync(WireFrame.Settings((WireSetting.InitialWindowSize, 500)));
        await connection.ReadSettingsAckAsync();
        foreach (var request in requests)
        {
            await connection.ExpectBodyLengthAsync(request, 500);
        }

        foreach (var request in requests)
        {
            await connection.SendAsync(WireFrame.WindowUpdate(request.StreamId, 500));
            Assert.Same(request, await connection.ReadRequestAsync());
            await connection.EchoAsync(request);
        }

        await sending;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task InitialWindow_Zero_HeadersAreSentAndTheBodyFollows()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync([(WireSetting.InitialWindowSize, 0)]);
        var request = await connection.ReadHeadersAsync();
        foreach (var size in Enumerable.Range(1, batch.BodyOf(0).Length))
        {
            await connection.ExpectBodyLengthAsync(request, size - 1);
            await connection.SendAsync(WireFrame.WindowUpdate(request.StreamId, 1));
        }

        await connection.EchoAsync(await connection.ReadRequestAsync());
        await sending;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task InitialWindow_FallsBelowWhatWasSent_StreamsWaitUntilItIsPositiveAgain()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2, bodyLength: 2_000);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync([(WireSetting.InitialWindowSize, 1_000)]);
        var requests = new[] { await connection.ReadHeadersAsync(), await connection.ReadHeadersAsync() };
        foreach (var request in requests)
        {
            await connection.ExpectBodyLengthAsync(request, 1_000);
        }


        // RFC 9113, section 6.9.2: the windows are now at -900, and have to be counted up from there.
        await connection.SendAsync(WireFrame.Settings((WireSetting.InitialWindowSize, 100)));
        await connection.ReadSettingsAckAsync();
        await connection.SendAsync([.. requests.Select(request => WireFrame.WindowUpdate(request.StreamId, 900))]);
        foreach (var request in requests)
        {
            await connection.ExpectBodyLengthAsync(request, 1_000);
        }

        await connection.SendAsync([.. requests.Select(request => WireFrame.WindowUpdate(request.StreamId, 1))]);
        foreach (var request in requests)
        {
            await connection.ExpectBodyLengthAsync(request, 1_001);
        }

        await connection.SendAsync(WireFrame.Settings((WireSetting.InitialWindowSize, 1_099)));
        foreach (var request in await connection.ReadRequestsAsync(2))
        {
            await connection.EchoAsync(request);
        }

        await sending;
        batch.AssertEchoed();
    }

    [Fact]
    public async Task MaxConcurrentStreams_FallsToZeroAndRisesAgain_IsObeyed()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 20);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync([(WireSetting.MaxConcurrentStreams, 8)]);
        var open = await connection.ReadRequestsAsync(8);
        await connection.PingAsync();
        Assert.Equal(8, connection.Client.OpenStreams);

        // Below what is open: answers free no stream until the limit is reached.
        await connection.SendAsync(WireFrame.Settings((WireSetting.MaxConcurrentStreams, 3)));
        await connection.ReadSettingsAckAsync();
        foreach (var request in open.Take(5))
        {
            await connection.EchoAsync(request);
        }

        await connection.PingAsync();
        Assert.Equal(3, connection.Client.OpenStreams);
        await connection.EchoAsync(open[5]);
        open = [open[6], open[7], await connection.ReadRequestAsync()];

        await connection.SendAsync(WireFrame.Settings((WireSetting.MaxConcurrentStreams, 0)));
        await connection.ReadSettingsAckAsync();
        foreach (var request in open)
        {
            await connection.EchoAsync(request);
        }

        await connection.PingAsync();
        Assert.Equal(0, connection.Client.OpenStreams);
        Assert.False(sending.IsCompleted);

        await connection.SendAsync(WireFrame.Settings((WireSetting.MaxConcurrentStreams, 100)));
        for (var i = 0; i < 20 - 9; i++)
        {
            await connection.EchoAsync(await connection.ReadRequestAsync());
        }

        await sending;
        batch.AssertEchoed();
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task MaxFrameSize_Rises_BodiesArriveWhole()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2, bodyLength: 50_000);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync([(WireSetting.InitialWindowSize, 1_000_000)]);
        var first = await connection.ReadRequestAsync();
        var second = await connection.ReadRequestAsync();
        await connection.SendAsync(WireFrame.Settings((WireSetting.MaxFrameSize, 100_000)));
        await connection.ReadSettingsAckAsync();
        await connection.AnswerLargeAsync(first, 200, Encoding.UTF8.GetBytes(first.Body));
        await connection.AnswerLargeAsync(second, 200, Encoding.UTF8.GetBytes(second.Body));
        await sending;
        var more = new EchoBatch("b", 2, bodyLength: 50_000);
        var sendingMore = pool.SendInTimeAsync(more);
        foreach (var request in await connection.ReadRequestsAsync(2))
        {
            await connection.AnswerLargeAsync(request, 200, Encoding.UTF8.GetBytes(request.Body));
        }

        await sendingMore;
        Assert.All([batch, more], it => Assert.All(it.Outcomes, outcome => Assert.Equal((200, PostFault.None), outcome)));
        Assert.Equal([batch.BodyOf(EchoBatch.IndexOf(first.Path)), batch.BodyOf(EchoBatch.IndexOf(second.Path))], [first.Body, second.Body]);
    }

    [Fact]
    public async Task HeaderTableSize_ZeroAndBack_HeadersStayReadable()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => options with { StreamsPerConnection = 2 });
        var batch = new EchoBatch("a", 60);

        // Every request is decoded strictly: a reference to an entry that is gone, or a missing size update, is an error of the double.
        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        long[] sizes = [0, 4096, 64, 0, 100_000, 4096];
        for (var i = 0; i < 60; i++)
        {
            var request = await connection.ReadRequestAsync();
            Assert.Equal(("127.0.0.1:" + server.Endpoint.Port, "https", "echo"), (request.Header(":authority"), request.Header(":scheme"), request.Header("x-kind")));
            if (i % 10 == 0)
            {
                await connection.SendAsync(WireFrame.Settings((WireSetting.HeaderTableSize, sizes[i / 10])));
            }

            if (i % 20 == 5)
            {
                // Twice between two header blocks: the lower value counts too (RFC 7541, section 4.2).
                await connection.SendAsync(WireFrame.Settings((WireSetting.HeaderTableSize, 0)), WireFrame.Settings((WireSetting.HeaderTableSize, 4096)));
            }

            await connection.EchoAsync(request);
        }

        await sending;
        batch.AssertEchoed();
    }
}
