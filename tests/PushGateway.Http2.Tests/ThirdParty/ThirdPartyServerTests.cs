using System.Globalization;
using System.Security.Authentication;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.ThirdParty;

/// <summary>Servers that nobody here wrote: thousands of requests in several batches, each answered exactly once with its own answer, whatever the server does with its connections.</summary>
public sealed class ThirdPartyServerTests
{
    private const int Batches = 5;
    private const int RequestsPerBatch = 1_000;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Kestrel_ThousandsOfRequests_AreEachAnsweredOnce(SslProtocols version)
    {
        await using var server = await StubServer.StartAsync((request, context) => StubServer.WriteAsync(context, 200, request.Body), tlsVersions: version);

        await EchoAllAsync(server.Endpoint);

        Assert.Equal(Batches * RequestsPerBatch, server.Requests.Count);
    }

    [Fact]
    public async Task Nghttpd_ThousandsOfRequests_AreEachAnsweredOnce()
    {
        await using var server = await ChildServer.NghttpdAsync();

        await EchoAllAsync(server.Endpoint);
    }

    [Fact]
    public async Task Nghttpd_FewStreamsSmallWindowsAndPadding_AreEachAnsweredOnce()
    {
        // 2^10 - 1 bytes for a stream, 2^16 - 1 for the connection, 64 bytes of table, padding on every frame.
        await using var server = await ChildServer.NghttpdAsync("--max-concurrent-streams=7", "--window-bits=10", "--connection-window-bits=16", "--header-table-size=64", "--padding=100");

        await EchoAllAsync(server.Endpoint, bodyLength: 3_000);
    }

    [Fact]
    public async Task Nghttpd_StoppedInTheMiddle_EveryRequestEndsOnce()
    {
        await using var server = await ChildServer.NghttpdAsync();
        await using var pool = CreatePool(server.Endpoint);
        var batch = new EchoBatch("a", 20_000);

        // Nobody takes over: what was under way is unknown, the rest cannot be sent.
        var sending = pool.SendAsync(batch, TestContext.Current.CancellationToken).InTime(s_limit);
        await Poll.Until(() => batch.Answers.Count > 2_000);
        await server.SignalAsync("TERM");
        await sending;

        AssertEachEndedOnce(batch);
        Assert.Contains(batch.Answers.Values, answer => answer.Fault == PostFault.Unreachable);
    }

    [Fact]
    public async Task Node_ThousandsOfRequests_AreEachAnsweredOnce()
    {
        await using var server = await ChildServer.NodeEchoAsync(maxConcurrentStreams: 30);

        await EchoAllAsync(server.Endpoint);
    }

    [Fact]
    public async Task Node_ClosesItsSessionsGracefullyAgainAndAgain_EveryRequestEndsOnce()
    {
        await using var server = await ChildServer.NodeEchoAsync(maxConcurrentStreams: 50, requestsPerSession: 200);
        await using var pool = CreatePool(server.Endpoint);
        var batch = new EchoBatch("a", 5_000);

        await pool.SendAsync(batch, TestContext.Current.CancellationToken).InTime(s_limit);

        AssertEachEndedOnce(batch);
        Assert.InRange(batch.Answers.Values.Count(answer => answer.Status == 200), 4_500, 5_000);
    }

    [Fact]
    public async Task Nginx_GoAwayEvery300Requests_AreEachAnsweredOnce()
    {
        await using var upstream = await EchoUpstream.StartAsync();
        await using var server = await ChildServer.NginxAsync(upstream.Endpoint, requestsPerConnection: 300);

        await EchoAllAsync(server.Endpoint);

        Assert.All(upstream.Processed, processed => Assert.Equal(1, processed.Value));
    }

    [Fact]
    public async Task Nginx_ReloadedInTheMiddle_EveryRequestEndsOnceAndNoneIsDoubled()
    {
        await using var upstream = await EchoUpstream.StartAsync();
        await using var server = await ChildServer.NginxAsync(upstream.Endpoint, requestsPerConnection: 100_000);
        await using var pool = CreatePool(server.Endpoint);
        var batch = new EchoBatch("a", 8_000);

        var sending = pool.SendAsync(batch, TestContext.Current.CancellationToken).InTime(s_limit);
        await Poll.Until(() => batch.Answers.Count > 1_000);
        await server.SignalAsync("HUP");
        await Poll.Until(() => batch.Answers.Count > 4_000);
        await server.SignalAsync("HUP");
        await sending;

        AssertEachEndedOnce(batch);
        AssertNoneIsDoubled(batch, upstream);
    }

    [Fact]
    public async Task Haproxy_ThousandsOfRequests_AreEachAnsweredOnce()
    {
        await using var upstream = await EchoUpstream.StartAsync();
        await using var server = await ChildServer.HaproxyAsync(upstream.Endpoint, maxConcurrentStreams: 9);

        await EchoAllAsync(server.Endpoint, bodyLength: 2_000);

        Assert.All(upstream.Processed, processed => Assert.Equal(1, processed.Value));
    }

    [Fact]
    public async Task Haproxy_ReloadedInTheMiddle_EveryRequestEndsOnceAndNoneIsDoubled()
    {
        await using var upstream = await EchoUpstream.StartAsync();
        await using var server = await ChildServer.HaproxyAsync(upstream.Endpoint, maxConcurrentStreams: 50);
        await using var pool = CreatePool(server.Endpoint);
        var batch = new EchoBatch("a", 8_000);

        var sending = pool.SendAsync(batch, TestContext.Current.CancellationToken).InTime(s_limit);
        await Poll.Until(() => batch.Answers.Count > 2_000);
        await server.SignalAsync("USR2");
        await sending;

        AssertEachEndedOnce(batch);
        AssertNoneIsDoubled(batch, upstream);
    }

    private static IPostConnectionPool CreatePool(Uri endpoint) =>
        Pools.Create(endpoint, options => options with { Connections = 2, StreamsPerConnection = 100, RequestTimeout = TimeSpan.FromSeconds(30), ConnectTimeout = TimeSpan.FromSeconds(15) });

    private static async Task EchoAllAsync(Uri endpoint, int bodyLength = 0)
    {
        await using var pool = CreatePool(endpoint);
        var batches = Enumerable.Range(0, Batches).Select(number => new EchoBatch(number.ToString(CultureInfo.InvariantCulture), RequestsPerBatch, bodyLength)).ToList();

        await Task.WhenAll(batches.Select(batch => pool.SendAsync(batch, TestContext.Current.CancellationToken))).InTime(s_limit);

        Assert.All(batches, batch => batch.AssertEchoed());
    }

    private static void AssertEachEndedOnce(EchoBatch batch)
    {
        Assert.Equal(batch.Count, batch.Answers.Count);
        Assert.All(batch.Answers, answer => Assert.True(
            answer.Value is (200, PostFault.None, _, _) ? answer.Value.Body == batch.BodyOf(answer.Key) : answer.Value is (0, not PostFault.None and not PostFault.Timeout, _, _),
            $"{answer} {batch.Details.GetValueOrDefault(answer.Key)}"));
    }

    /// <summary>What was sent again was known not to have been processed; an unknown outcome may be either.</summary>
    private static void AssertNoneIsDoubled(EchoBatch batch, EchoUpstream upstream)
    {
        Assert.All(upstream.Processed, processed => Assert.Equal(1, processed.Value));
        Assert.All(batch.Answers.Where(answer => answer.Value.Status == 200), answer => Assert.Contains(batch.BodyOf(answer.Key), upstream.Processed));
        Assert.InRange(batch.Answers.Values.Count(answer => answer.Status == 200), batch.Count * 9 / 10, batch.Count);
    }
}
