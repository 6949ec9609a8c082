using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using PushGateway.Http2.Tests.Doubles;
using PushGateway.Http2.Tests.ThirdParty;

namespace PushGateway.Http2.Tests;

/// <summary>Ways to a server: TLS versions, ALPN, cleartext, proxies.</summary>
public sealed class ConnectTests
{
    private const string Established = "HTTP/1.1 200 Connection established\r\n\r\n";

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Tls_EitherVersion_IsSpoken(SslProtocols version)
    {
        await using var server = FrameServer.Start(new FrameServerOptions { TlsVersions = version });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 3);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        foreach (var request in await connection.ReadRequestsAsync(3))
        {
            await connection.EchoAsync(request);
        }

        await sending;
        batch.AssertEchoed();
        Assert.Equal((version, SslApplicationProtocol.Http2), (connection.Tls!.SslProtocol, connection.Tls.NegotiatedApplicationProtocol));
    }

    [Fact]
    public async Task Tls_OfAnotherHost_IsUntrustedAndNothingIsSent()
    {
        await using var server = FrameServer.Start(new FrameServerOptions { Certificate = TestCertificates.OtherHost });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 2);

        await pool.SendInTimeAsync(batch);

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Untrusted), outcome));
    }

    [Fact]
    public async Task Alpn_ServerKnowsNone_IsRefusedUnlessAllowed()
    {
        await using var server = FrameServer.Start(new FrameServerOptions { Alpn = null });
        server.ServeEcho();
        await using var strict = Pools.Create(server.Endpoint);
        await using var lenient = Pools.Create(server.Endpoint, options => options with { RequireAlpn = false });
        var (refused, batch) = (new EchoBatch("a", 2), new EchoBatch("b", 2));

        await strict.SendInTimeAsync(refused);
        await lenient.SendInTimeAsync(batch);

        Assert.All(refused.Outcomes, outcome => Assert.True(outcome.Fault.WasNotSent(), outcome.ToString()));
        batch.AssertEchoed();
    }

    [Fact]
    public async Task Alpn_ServerChoosesHttp11_IsRefusedEvenWithoutTheRequirement()
    {
        await using var server = FrameServer.Start(new FrameServerOptions { Alpn = SslApplicationProtocol.Http11 });
        server.ServeEcho();
        await using var pool = Pools.Create(server.Endpoint, options => options with { RequireAlpn = false });
        var batch = new EchoBatch("a", 2);

        await pool.SendInTimeAsync(batch);

        Assert.All(batch.Outcomes, outcome => Assert.True(outcome.Fault.WasNotSent(), outcome.ToString()));
    }

    [Fact]
    public async Task AllowAddress_RefusesTheOnlyOne_IsUnreachableAndNothingIsConnected()
    {
        await using var server = FrameServer.Start();
        await using var allowed = Pools.Create(server.Endpoint, options => options with { AllowAddress = address => IPAddress.IsLoopback(address) });
        await using var refused = Pools.Create(server.Endpoint, options => options with { AllowAddress = _ => false });
        var (batch, other) = (new EchoBatch("a", 2), new EchoBatch("b", 1));

        await refused.SendInTimeAsync(batch);
        var sending = allowed.SendInTimeAsync(other);
        await using var connection = await server.AcceptAsync();
        await connection.EchoAsync(await connection.ReadRequestAsync());
        await sending;

        // The first connection that came was that of the pool that may.
        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Unreachable), outcome));
        other.AssertEchoed();
    }

    [Fact]
    public async Task AllowAddress_RefusesAnAddressBehindAProxy_ProxyIsNotAsked()
    {
        await using var proxy = ConnectProxy.Start(Established);
        await using var pool = Pools.Create(
            new Uri("https://10.1.2.3"), options => options with { Proxy = new PostProxy(proxy.Address), AllowAddress = address => IPAddress.IsLoopback(address) });
        var batch = new EchoBatch("a", 2);

        await pool.SendInTimeAsync(batch);

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Unreachable), outcome));
        Assert.Empty(proxy.Requests);
    }

    [Fact]
    public async Task Cleartext_ByPriorKnowledge_IsSpokenWhenAllowed()
    {
        await using var server = FrameServer.Start(new FrameServerOptions { Tls = false });
        await using var pool = Pools.Create(server.Endpoint, options => options with { AllowCleartext = true });
        var batch = new EchoBatch("a", 50);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync();
        for (var i = 0; i < 50; i++)
        {
            var request = await connection.ReadRequestAsync();
            Assert.Equal("http", request.Header(":scheme"));
            await connection.SendByteByByteAsync([.. WireFrame.Answer(request.StreamId, 200, request.Body)]);
        }

        await sending;
        batch.AssertEchoed();
        Assert.Throws<ArgumentException>(() => Pools.Create(server.Endpoint));
    }

    [Fact]
    public async Task Cleartext_ToNghttpd_IsSpoken()
    {
        await using var server = await ChildServer.NghttpdAsync("--no-tls");
        await using var pool = Pools.Create(new Uri($"http://127.0.0.1:{server.Port}"), options => options with { AllowCleartext = true });
        var batch = new EchoBatch("a", 2_000);

        await pool.SendInTimeAsync(batch);

        batch.AssertEchoed();
    }

    [Fact]
    public async Task SingleStream_UntilTheFirst200_NoSecondIsOpened()
    {
        await using var server = FrameServer.Start();
        await using var pool = Pools.Create(server.Endpoint, options => options with { SingleStreamUntilAccepted = true });
        var batch = new EchoBatch("a", 10);

        var sending = pool.SendInTimeAsync(batch);
        await using var connection = await server.AcceptAsync([(WireSetting.MaxConcurrentStreams, 100)]);
        for (var i = 0; i < 3; i++)
        {
            var refused = await connection.ReadRequestAsync();
            await connection.PingAsync();
            Assert.Equal(1, connection.Client.OpenStreams);
            await connection.AnswerAsync(refused, 400 + i);
        }

        await connection.EchoAsync(await connection.ReadRequestAsync());
        foreach (var request in await connection.ReadRequestsAsync(6))
        {
            await connection.EchoAsync(request);
        }

        await sending;
        Assert.Equal(7, batch.Answers.Values.Count(answer => answer.Status == 200));
        Assert.Equal(6, connection.Client.MostOpenStreams);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Proxy_OfNode_OpensTheTunnel(bool withCredentials)
    {
        await using var proxy = withCredentials ? await ChildServer.NodeProxyAsync("user", "pass:wörd") : await ChildServer.NodeProxyAsync();
        await using var server = await StubServer.StartAsync((request, context) => StubServer.WriteAsync(context, 200, request.Body));
        var address = new PostProxy(new Uri($"http://127.0.0.1:{proxy.Port}"), withCredentials ? "user" : null, withCredentials ? "pass:wörd" : null);
        await using var pool = Pools.Create(server.Endpoint, options => options with { Proxy = address });
        var batch = new EchoBatch("a", 500);

        await pool.SendInTimeAsync(batch);

        batch.AssertEchoed();
        Assert.Equal($"200 {server.Endpoint.Authority}", Assert.Single(proxy.Lines.Skip(1)));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("user", "wrong")]
    public async Task Proxy_CredentialsMissingOrWrong_IsUnreachableAndSaysWhy(string? user, string? password)
    {
        await using var proxy = await ChildServer.NodeProxyAsync("user", "secret");
        await using var server = await StubServer.StartAsync(200, "");
        await using var pool = Pools.Create(server.Endpoint, options => options with { Proxy = new PostProxy(new Uri($"http://127.0.0.1:{proxy.Port}"), user, password) });
        var batch = new EchoBatch("a", 2);

        await pool.SendInTimeAsync(batch);

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Unreachable), outcome));
        Assert.All(batch.Details.Values, detail => Assert.Contains("407", detail, StringComparison.Ordinal));
        Assert.DoesNotContain(batch.Details.Values, detail => password is not null && detail!.Contains(password, StringComparison.Ordinal));
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData(Established)]
    [InlineData("HTTP/1.1 200 \r\nVia: 1.1 x\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n")]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 10\r\n\r\n")]
    public async Task Proxy_AnswersByteByByte_OpensTheTunnel(string answer)
    {
        // A 200 to CONNECT has no body, whatever it says (RFC 9110, section 9.3.6).
        await using var proxy = ConnectProxy.Start(answer, byteByByte: true);
        await using var server = await StubServer.StartAsync((request, context) => StubServer.WriteAsync(context, 200, request.Body));
        await using var pool = Pools.Create(server.Endpoint, options => options with { Proxy = new PostProxy(proxy.Address, null, null) });
        var batch = new EchoBatch("a", 20);

        await pool.SendInTimeAsync(batch);

        batch.AssertEchoed();
        Assert.StartsWith($"CONNECT {server.Endpoint.Authority} HTTP/1.1\r\n", Assert.Single(proxy.Requests), StringComparison.Ordinal);
        Assert.Contains($"\r\nHost: {server.Endpoint.Authority}\r\n", proxy.Requests[0], StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("authorization", proxy.Requests[0], StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 Connection est")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\n\r\n<html>")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    public async Task Proxy_AnswersOtherwise_IsUnreachable(string answer)
    {
        await using var proxy = ConnectProxy.Start(answer);
        await using var server = await StubServer.StartAsync(200, "");
        await using var pool = Pools.Create(server.Endpoint, options => options with { Proxy = new PostProxy(proxy.Address, null, null) });
        var batch = new EchoBatch("a", 2);

        await pool.SendInTimeAsync(batch);

        Assert.All(batch.Outcomes, outcome => Assert.Equal((0, PostFault.Unreachable), outcome));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Proxy_HeadersWithoutEnd_AreBounded()
    {
        await using var proxy = ConnectProxy.Start("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X-A: " + new string('a', 1_000) + "\r\n", 10_000)));
        await using var server = await StubServer.StartAsync(200, "");
        await using var pool = Pools.Create(server.Endpoint, options => options with { Proxy = new PostProxy(proxy.Address, null, null) });
        var batch = new EchoBatch("a", 1);

        await pool.SendInTimeAsync(batch);

        Assert.Equal([(0, PostFault.Unreachable)], batch.Outcomes);
    }

    [Fact]
    public async Task Proxy_BeforeAServerOfAnotherName_DoesNotMakeItTrusted()
    {
        await using var proxy = ConnectProxy.Start(Established);
        await using var server = await StubServer.StartAsync((_, _) => Task.CompletedTask, TestCertificates.OtherHost);
        await using var pool = Pools.Create(server.Endpoint, options => options with { Proxy = new PostProxy(proxy.Address, null, null) });
        var batch = new EchoBatch("a", 1);

        await pool.SendInTimeAsync(batch);

        Assert.Equal([(0, PostFault.Untrusted)], batch.Outcomes);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Proxy_NobodyListens_IsUnreachable()
    {
        Uri address;
        await using (var proxy = ConnectProxy.Start(Established))
        {
            address = proxy.Address;
        }

        await using var server = await StubServer.StartAsync(200, "");
        await using var pool = Pools.Create(server.Endpoint, options => options with { Proxy = new PostProxy(address, null, null) });
        var batch = new EchoBatch("a", 1);

        await pool.SendInTimeAsync(batch);

        Assert.Equal([(0, PostFault.Unreachable)], batch.Outcomes);
        Assert.Empty(server.Requests);
    }
}
