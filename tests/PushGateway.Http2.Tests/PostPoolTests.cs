using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests;

public sealed class PostPoolTests
{
    private const int RefusedStream = 7;
    private const int InternalError = 2;

    [Fact]
    public async Task SendAsync_ManyRequests_EachIsWrittenOnceAndGetsItsOwnAnswer()
    {
        await using var server = await StubServer.StartAsync((request, context) => StubServer.WriteAsync(context, 200, request.Path + " " + request.Body));
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 300);

        await pool.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(300, batch.Answers.Count);
        Assert.All(batch.Answers, answer => Assert.Equal((200, PostFault.None, $"/echo/{answer.Key} a-{answer.Key}", (TimeSpan?)null), answer.Value));
        Assert.Equal(300, server.Requests.Count);
        Assert.All(server.Requests, request => Assert.Equal(("echo", "text/plain"), (request.Headers["x-kind"], request.Headers["content-type"])));
    }

    [Fact]
    public async Task SendAsync_SeveralBatchesAtOnce_EachGetsItsOwnAnswers()
    {
        await using var server = await StubServer.StartAsync((request, context) => StubServer.WriteAsync(context, 200, request.Body));
        await using var pool = Pools.Create(server.Endpoint);
        var batches = Enumerable.Range(0, 8).Select(number => new EchoBatch($"batch{number}", 50)).ToList();

        await Task.WhenAll(batches.Select(batch => pool.SendAsync(batch, TestContext.Current.CancellationToken)));

        for (var number = 0; number < batches.Count; number++)
        {
            Assert.Equal(
                Enumerable.Range(0, 50).Select(index => $"batch{number}-{index}"),
                batches[number].Answers.OrderBy(answer => answer.Key).Select(answer => answer.Value.Body));
        }
    }

    [Fact]
    public async Task SendAsync_SmallBatchBehindABlockedLargeOne_TakesTurns()
    {
        using var gate = new SemaphoreSlim(0);
        var order = new ConcurrentQueue<string>();
        await using var server = await StubServer.StartAsync(async (request, context) =>
        {
            order.Enqueue(request.Body);
            await gate.WaitAsync(context.RequestAborted);
        });
        await using var pool = Pools.Create(server.Endpoint, options => options with { StreamsPerConnection = 1 });

        var large = pool.SendAsync(new EchoBatch("large", 20), TestContext.Current.CancellationToken);
        await Until(() => !order.IsEmpty);
        var small = pool.SendAsync(new EchoBatch("small", 2), TestContext.Current.CancellationToken);
        gate.Release(6);
        await small;
        gate.Release(16);
        await large;

        Assert.True(order.ToList().IndexOf("small-1") <= 5);
    }

    [Fact]
    public async Task SendAsync_UrgentBatchAmongManyOthers_HasMostOfTheStreamsAndNotAll()
    {
        using var gate = new SemaphoreSlim(0);
        var order = new ConcurrentQueue<string>();
        await using var server = await StubServer.StartAsync(async (request, context) =>
        {
            order.Enqueue(request.Body);
            await gate.WaitAsync(context.RequestAborted);
        });
        await using var pool = Pools.Create(server.Endpoint, options => options with { StreamsPerConnection = 1, Connections = 1 });

        var bulk = Enumerable.Range(0, 10).Select(number => pool.SendAsync(
            new EchoBatch($"bulk{number}", 10) { Urgency = 2 }, TestContext.Current.CancellationToken)).ToList();
        await Until(() => !order.IsEmpty);
        var urgent = pool.SendAsync(new EchoBatch("urgent", 48), TestContext.Current.CancellationToken);
        gate.Release(148);
        await urgent;
        await Task.WhenAll(bulk);

        // 16 of 17: with turns alone it would be 1 of 11. The one that was under way, and three that bulk is owed, with one to spare.
        var last = order.ToList().IndexOf("urgent-47");
        Assert.InRange(last, 48 + 2, 48 + 6);
    }

    [Fact]
    public async Task SendAsync_StopFires_AwaitsWhatIsUnderWayAndLeavesTheRest()
    {
        var answer = new TaskCompletionSource();
        var arrived = 0;
        await using var server = await StubServer.StartAsync(async (_, _) =>
        {
            Interlocked.Increment(ref arrived);
            await answer.Task;
        });
        await using var pool = Pools.Create(server.Endpoint, options => options with { StreamsPerConnection = 4 });
        using var stop = new CancellationTokenSource();
        var batch = new EchoBatch("a", 100);

        var sending = pool.SendAsync(batch, stop.Token);
        await Until(() => Volatile.Read(ref arrived) == 4);
        await stop.CancelAsync();
        Assert.False(sending.IsCompleted);
        answer.SetResult();
        await sending;

        Assert.Equal([0, 1, 2, 3], batch.Answers.Keys.Order());
        Assert.All(batch.Answers.Values, value => Assert.Equal(200, value.Status));
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task SendAsync_StopFiresWhileOthersHoldAllWorkers_EndsAtOnce()
    {
        var answer = new TaskCompletionSource();
        await using var server = await StubServer.StartAsync((_, _) => answer.Task);
        await using var pool = Pools.Create(server.Endpoint, options => options with { StreamsPerConnection = 1 });
        using var stop = new CancellationTokenSource();
        var blocking = pool.SendAsync(new EchoBatch("blocking", 1), TestContext.Current.CancellationToken);
        await Until(() => server.Requests.Count == 1);
        var waiting = new EchoBatch("waiting", 5);

        var sending = pool.SendAsync(waiting, stop.Token);
        await stop.CancelAsync();
        await sending;

        Assert.Empty(waiting.Answers);
        answer.SetResult();
        await blocking;
    }

    [Fact]
    public async Task SendAsync_NoAnswerInTime_IsATimeout()
    {
        var time = new FakeTimeProvider();
        var answer = new TaskCompletionSource();
        await using var server = await StubServer.StartAsync((_, _) => answer.Task);
        await using var pool = Pools.Create(server.Endpoint, timeProvider: time);
        var batch = new EchoBatch("a", 3);

        var sending = pool.SendAsync(batch, TestContext.Current.CancellationToken);
        await Until(() => server.Requests.Count == 3);
        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(sending.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));
        await sending;

        Assert.All(batch.Answers.Values, value => Assert.Equal((0, PostFault.Timeout), (value.Status, value.Fault)));
        answer.SetResult();
    }

    [Fact]
    public async Task SendAsync_BodyNeverEnds_IsATimeout()
    {
        var time = new FakeTimeProvider();
        var started = new TaskCompletionSource();
        await using var server = await StubServer.StartAsync(async (_, context) =>
        {
            context.Response.StatusCode = 503;
            await context.Response.WriteAsync("{\"rea");
            await context.Response.Body.FlushAsync();
            started.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var pool = Pools.Create(server.Endpoint, timeProvider: time);
        var batch = new EchoBatch("a", 1);

        var sending = pool.SendAsync(batch, TestContext.Current.CancellationToken);
        await started.Task;
        time.Advance(TimeSpan.FromSeconds(11));
        await sending;

        Assert.Equal(PostFault.Timeout, batch.Answers[0].Fault);
    }

    [Fact]
    public async Task SendAsync_BodyLongerThanTheBound_IsCutThere()
    {
        await using var server = await StubServer.StartAsync(400, new string('x', 100_000));
        await using var pool = Pools.Create(server.Endpoint, options => options with { MaxBodyBytes = 1000 });
        var batch = new EchoBatch("a", 20);

        await pool.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(batch.Answers.Values, value => Assert.Equal((400, 1000), (value.Status, value.Body.Length)));
    }

    [Fact]
    public async Task SendAsync_UntrustedCertificate_IsRefused() =>
        Assert.Equal(PostFault.Untrusted, await FaultOf(TestCertificates.Loopback, TrustedCertificates.None));

    [Fact]
    public async Task SendAsync_TrustedCertificateOfAnotherHost_IsRefused() =>
        Assert.Equal(PostFault.Untrusted, await FaultOf(TestCertificates.OtherHost, TrustedCertificates.Parse(TestCertificates.AuthorityPem)));

    [Fact]
    public async Task SendAsync_TheServersOwnCertificateTrusted_IsAccepted() =>
        Assert.Equal(PostFault.None, await FaultOf(TestCertificates.Loopback, TrustedCertificates.Parse(TestCertificates.AuthorityPem)));

    [Fact]
    public async Task SendAsync_NobodyListens_IsUnreachable()
    {
        Uri endpoint;
        await using (var server = await StubServer.StartAsync(200, ""))
        {
            endpoint = server.Endpoint;
        }

        await using var pool = Pools.Create(endpoint);
        var batch = new EchoBatch("a", 2);
        await pool.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(batch.Answers.Values, value => Assert.Equal(PostFault.Unreachable, value.Fault));
    }

    [Fact]
    public async Task SendAsync_ServerSpeaksHttp11Only_GetsNoRequest()
    {
        await using var server = await StubServer.StartAsync((_, _) => Task.CompletedTask, protocols: HttpProtocols.Http1);
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        await pool.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.True(batch.Answers[0].Fault.WasNotSent());
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task SendAsync_StreamRefusedOnce_IsSentAgainByItself()
    {
        var seen = new ConcurrentDictionary<string, int>();
        await using var server = await StubServer.StartAsync((request, context) =>
        {
            if (seen.AddOrUpdate(request.Body, 1, (_, count) => count + 1) == 1)
            {
                Reset(context, RefusedStream);
            }

            return Task.CompletedTask;
        });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 10);

        await pool.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(batch.Answers.Values, value => Assert.Equal(200, value.Status));
        Assert.All(seen.Values, count => Assert.Equal(2, count));
    }

    [Fact]
    public async Task SendAsync_StreamAlwaysRefused_IsKnownNotToBeProcessed()
    {
        await using var server = await StubServer.StartAsync((_, context) =>
        {
            Reset(context, RefusedStream);
            return Task.CompletedTask;
        });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);

        await pool.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(PostFault.Refused, batch.Answers[0].Fault);
        Assert.True(batch.Answers[0].Fault.WasNotSent());
    }

    [Fact]
    public async Task SendAsync_StreamResetOtherwise_IsNotRepeated()
    {
        await using var server = await StubServer.StartAsync((_, context) =>
        {
            Reset(context, InternalError);
            return Task.CompletedTask;
        });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 5);

        await pool.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(batch.Answers.Values, value => Assert.Equal(PostFault.ConnectionLost, value.Fault));
        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public async Task SendAsync_ServerGoesAwayAgainAndAgain_EveryRequestIsAnsweredAndNoneDoubled()
    {
        var number = 0;
        await using var server = await StubServer.StartAsync((_, context) =>
        {
            if (Interlocked.Increment(ref number) % 20 == 0)
            {
                context.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().RequestClose();
            }

            return Task.CompletedTask;
        });
        await using var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 200);

        await pool.SendAsync(batch, TestContext.Current.CancellationToken);

        // A request caught between the two may end as lost, which is reported and left to the caller: it may have been processed.
        Assert.Equal(200, batch.Answers.Count);
        Assert.All(batch.Answers.Values, value => Assert.True(value.Status == 200 || value.Fault == PostFault.ConnectionLost));
        Assert.InRange(batch.Answers.Values.Count(value => value.Status == 200), 180, 200);
        Assert.Equal(server.Requests.Count, server.Requests.Select(request => request.Path).Distinct().Count());
        Assert.True(server.Requests.Select(request => request.ConnectionId).Distinct().Count() > 1);
    }

    [Fact]
    public async Task Reconnect_RequestUnderWay_IsAnsweredOverTheOldConnectionAndTheNextUsesANewOne()
    {
        var answer = new TaskCompletionSource();
        await using var server = await StubServer.StartAsync((request, _) => request.Body == "old-0" ? answer.Task : Task.CompletedTask);
        await using var pool = Pools.Create(server.Endpoint);
        var old = new EchoBatch("old", 1);
        var sending = pool.SendAsync(old, TestContext.Current.CancellationToken);
        await Until(() => server.Requests.Count == 1);

        pool.Reconnect();
        await pool.SendAsync(new EchoBatch("new", 1), TestContext.Current.CancellationToken);
        answer.SetResult();
        await sending;

        Assert.Equal(200, old.Answers[0].Status);
        Assert.Equal(2, server.Requests.Select(request => request.ConnectionId).Distinct().Count());
    }

    [Theory]
    [InlineData("30", 30.0)]
    [InlineData("0", 0.0)]
    [InlineData("Tue, 01 Jan 2030 00:01:00 GMT", 60.0)]
    [InlineData("Mon, 01 Jan 2029 00:00:00 GMT", 0.0)]
    [InlineData("soon", null)]
    public async Task SendAsync_RetryAfter_IsReadAsADuration(string header, double? seconds)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var server = await StubServer.StartAsync((_, context) =>
        {
            context.Response.Headers.RetryAfter = header;
            context.Response.StatusCode = 429;
            return Task.CompletedTask;
        });
        await using var pool = Pools.Create(server.Endpoint, timeProvider: time);
        var batch = new EchoBatch("a", 1);

        await pool.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(seconds, batch.Answers[0].RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task SendAsync_BatchWithABug_ThrowsItAndLeavesThePoolUsable()
    {
        await using var server = await StubServer.StartAsync(200, "");
        await using var pool = Pools.Create(server.Endpoint);

        await Assert.ThrowsAsync<InvalidOperationException>(() => pool.SendAsync(new BrokenBatch(), TestContext.Current.CancellationToken));
        var batch = new EchoBatch("a", 10);
        await pool.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(10, batch.Answers.Count);
    }

    [Fact]
    public async Task DisposeAsync_BatchInFlight_AwaitsIt()
    {
        var answer = new TaskCompletionSource();
        await using var server = await StubServer.StartAsync((_, _) => answer.Task);
        var pool = Pools.Create(server.Endpoint);
        var batch = new EchoBatch("a", 1);
        var sending = pool.SendAsync(batch, TestContext.Current.CancellationToken);
        await Until(() => server.Requests.Count == 1);

        var closing = pool.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);
        answer.SetResult();
        await closing;
        await sending;

        Assert.Equal(200, batch.Answers[0].Status);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pool.SendAsync(batch, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("http://example.com")]
    [InlineData("https://example.com/path")]
    [InlineData("https://example.com/?q")]
    [InlineData("https://user@example.com")]
    public void CheckEndpoint_NotHttpsHostAndPort_IsRefused(string endpoint) => Assert.NotNull(PostPoolOptions.CheckEndpoint(new Uri(endpoint)));

    [Theory]
    [InlineData("https://example.com")]
    [InlineData("https://127.0.0.1:8443/")]
    public void CheckEndpoint_HttpsHostAndPort_IsAccepted(string endpoint) => Assert.Null(PostPoolOptions.CheckEndpoint(new Uri(endpoint)));

    [Theory]
    [InlineData("x\r\nevil: 1")]
    [InlineData("é")]
    [InlineData(" x")]
    public void HeaderBlock_ValueThatCouldBreakOut_IsRefused(string value) =>
        Assert.Throws<ArgumentException>(() => new HeaderBlock(new PostHeader("x-name", value)));

    [Theory]
    [InlineData("no pem at all")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public void TrustedCertificates_TextWithoutCertificate_IsRefused(string pem) => Assert.Throws<FormatException>(() => TrustedCertificates.Parse(pem));

    private static async Task<PostFault> FaultOf(X509Certificate2 certificate, TrustedCertificates trusted)
    {
        await using var server = await StubServer.StartAsync((_, _) => Task.CompletedTask, certificate);
        await using var pool = Pools.Create(server.Endpoint, options => options with { TrustedCertificates = trusted });
        var batch = new EchoBatch("a", 1);
        await pool.SendAsync(batch, TestContext.Current.CancellationToken);
        Assert.Equal(batch.Answers[0].Fault == PostFault.None ? 1 : 0, server.Requests.Count);
        return batch.Answers[0].Fault;
    }

    private static void Reset(HttpContext context, int code) => context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);

    private static Task Until(Func<bool> condition) => Poll.Until(condition);

    private sealed class BrokenBatch : PostBatch
    {
        public override int Count => 20;

        public override void Write(int index, PostRequest request) => throw new InvalidOperationException("A bug.");

        public override void OnAnswer(int index, in PostAnswer answer)
        {
        }
    }
}
