using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Providers.Apns.Answers;
using PushGateway.Providers.Apns.Sending;
using PushGateway.Providers.Tests.Doubles;

namespace PushGateway.Providers.Tests.Apns;

public sealed class ApnsSenderTests
{
    private const string TokenA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string TokenB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    /// <summary>Written from Apple's documentation, not from the product's table: status, reason, outcome, verdicts, requests for the first push.</summary>
    public static TheoryData<int, string, OutcomeKind, TokenVerdict, CredentialVerdict, int> Rows => new()
    {
        { 400, "BadCollapseId", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 400, "BadDeviceToken", OutcomeKind.Rejected, TokenVerdict.Quarantine, CredentialVerdict.Keep, 1 },
        { 400, "BadExpirationDate", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 400, "BadMessageId", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 400, "BadPriority", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 400, "BadTopic", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 400, "DeviceTokenNotForTopic", OutcomeKind.Rejected, TokenVerdict.Quarantine, CredentialVerdict.Keep, 1 },
        { 400, "DuplicateHeaders", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 400, "IdleTimeout", OutcomeKind.Unavailable, TokenVerdict.Keep, CredentialVerdict.Keep, 2 },
        { 400, "InvalidPushType", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 400, "MissingDeviceToken", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 400, "MissingTopic", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 400, "PayloadEmpty", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 400, "TopicDisallowed", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, 1 },
        { 403, "BadCertificate", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, 1 },
        { 403, "BadCertificateEnvironment", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, 1 },
        { 403, "ExpiredProviderToken", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, 1 },
        { 403, "Forbidden", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, 1 },
        { 403, "InvalidProviderToken", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, 1 },
        { 403, "MissingProviderToken", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, 1 },
        { 403, "UnrelatedKeyIdInToken", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, 2 },
        { 403, "BadEnvironmentKeyIdInToken", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, 1 },
        { 403, "BadEnvironmentKeyInToken", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, 1 },
        { 404, "BadPath", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 405, "MethodNotAllowed", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 410, "ExpiredToken", OutcomeKind.Unregistered, TokenVerdict.Remove, CredentialVerdict.Keep, 1 },
        { 410, "Unregistered", OutcomeKind.Unregistered, TokenVerdict.Remove, CredentialVerdict.Keep, 1 },
        { 413, "PayloadTooLarge", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 429, "TooManyProviderTokenUpdates", OutcomeKind.Throttled, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 429, "TooManyRequests", OutcomeKind.Throttled, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 500, "InternalServerError", OutcomeKind.Unavailable, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 503, "ServiceUnavailable", OutcomeKind.Unavailable, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 503, "Shutdown", OutcomeKind.Unavailable, TokenVerdict.Keep, CredentialVerdict.Keep, 2 },

        // Words nobody has heard of: by status class.
        { 400, "BrandNewReason", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 403, "BrandNewRefusal", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, 1 },
        { 410, "BrandNewDeath", OutcomeKind.Unregistered, TokenVerdict.Quarantine, CredentialVerdict.Keep, 1 },
        { 429, "BrandNewLimit", OutcomeKind.Throttled, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
        { 502, "BrandNewTrouble", OutcomeKind.Unavailable, TokenVerdict.Keep, CredentialVerdict.Keep, 1 },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task SendAsync_Answer_BecomesOutcomeAndVerdicts(int status, string reason, OutcomeKind outcome, TokenVerdict token, CredentialVerdict credential, int requests)
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync((request, context) =>
            request.ApnsToken == TokenA ? StubServer.WriteAsync(context, status, $$"""{"reason":"{{reason}}"}""") : Task.CompletedTask);
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, TokenA, TokenB);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        var expected = new AttemptResult(outcome, reason)
        {
            Token = token,
            Credential = credential,
            Scope = reason == "TooManyRequests" ? OutcomeScope.Device : OutcomeScope.Unclear,
        };
        Assert.Equal(expected, batch.Results[0]);
        Assert.Equal(requests, server.Requests.Count(request => request.ApnsToken == TokenA));

        // After a refusal nothing more is begun.
        var isRefused = credential == CredentialVerdict.Stop;
        Assert.Equal(isRefused ? OutcomeKind.NotAttempted : OutcomeKind.Accepted, batch.Results[1].Outcome);
        Assert.Equal(isRefused ? 0 : 1, server.Requests.Count(request => request.ApnsToken == TokenB));
    }

    [Theory]
    [InlineData(400, "", OutcomeKind.Rejected)]
    [InlineData(403, "<html>Forbidden</html>", OutcomeKind.Unauthorized)]
    [InlineData(410, "{\"reason\":", OutcomeKind.Unregistered)]
    [InlineData(429, "{\"reason\":\"too many words in here\"}", OutcomeKind.Throttled)]
    [InlineData(500, "[]", OutcomeKind.Unavailable)]
    [InlineData(503, "{\"reason\":7}", OutcomeKind.Unavailable)]
    [InlineData(302, "", OutcomeKind.Unavailable)]
    public async Task SendAsync_BodyWithoutAReason_CountsByStatusUnderOneWord(int status, string body, OutcomeKind outcome)
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(status, body);
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal((outcome, GatewayReasons.UnknownReason), (batch.Results[0].Outcome, batch.Results[0].Reason));
        Assert.NotEqual(TokenVerdict.Remove, batch.Results[0].Token);
    }

    [Fact]
    public async Task SendAsync_Unregistered_TimestampIsReadAsMilliseconds()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(410, """{"reason":"Unregistered","timestamp":1735689600123}""");
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(new DateTimeOffset(2025, 1, 1, 0, 0, 0, 123, TimeSpan.Zero), batch.Results[0].InvalidSince);
    }

    [Fact]
    public async Task SendAsync_ThrottledWithRetryAfter_SaysHowLong()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync((_, context) =>
        {
            context.Response.Headers.RetryAfter = "17";
            return StubServer.WriteAsync(context, 429, """{"reason":"TooManyRequests"}""");
        });
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(17), batch.Results[0].RetryAfter);
    }

    [Fact]
    public async Task SendAsync_Request_IsWhatApnsWants()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(200, "");
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(new AttemptResult(OutcomeKind.Accepted), batch.Results[0]);
        Assert.NotNull(batch.FirstAcceptedAt);
        var request = Assert.Single(server.Requests);
        Assert.Equal("/3/device/" + TokenA, request.Path);
        Assert.StartsWith("bearer ey", request.Headers["authorization"], StringComparison.Ordinal);
        Assert.Equal(
            (Rig.BundleId, "alert", "10", "01990d7e3f0a7c51b2c4000000000001", batch.Expiration.ToUnixTimeSeconds().ToString()),
            (request.Headers["apns-topic"], request.Headers["apns-push-type"], request.Headers["apns-priority"], request.Headers["apns-collapse-id"], request.Headers["apns-expiration"]));
        Assert.Equal("""{"aps":{"alert":{"title":"Title","body":"Body"}},"pushgateway.event":"01990d7e3f0a7c51b2c4000000000001"}""", request.Body);
    }

    [Fact]
    public async Task SendAsync_RefusedFreshSender_CostsOnePushForAllBatchesAtOnce()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(403, """{"reason":"InvalidProviderToken"}""");
        await using var sender = CreateSender(rig, server);
        var batches = Enumerable.Range(0, 4).Select(_ => CreateBatch(rig, [.. Tokens(50)])).ToList();

        await Task.WhenAll(batches.Select(batch => sender.SendAsync(batch, TestContext.Current.CancellationToken)));

        // Batches that wait while the first is being refused end without a push of their own; one that came later sends its probe.
        Assert.InRange(server.Requests.Count, 1, batches.Count);
        Assert.All(batches, batch => Assert.InRange(batch.Results.ToArray().Count(result => result.Outcome != OutcomeKind.NotAttempted), 0, 1));
        Assert.Contains(rig.Log.Lines, line => line.Contains("4001", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SendAsync_RefusedInMidBatch_BeginsNothingMoreAndProbesWithTheNextBatch()
    {
        using var rig = new Rig();
        rig.ApnsOptions.StreamsPerConnection = 4;
        var isRefusing = false;
        var count = 0;
        await using var server = await StubServer.StartAsync((_, context) =>
        {
            if (Interlocked.Increment(ref count) == 20)
            {
                Volatile.Write(ref isRefusing, true);
            }

            return Volatile.Read(ref isRefusing) ? StubServer.WriteAsync(context, 403, """{"reason":"InvalidProviderToken"}""") : Task.CompletedTask;
        });
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, [.. Tokens(200)]);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);
        Assert.InRange(server.Requests.Count, 20, 24);
        Assert.Equal(200 - server.Requests.Count, batch.Results.ToArray().Count(result => result.Outcome == OutcomeKind.NotAttempted));

        var before = server.Requests.Count;
        var second = CreateBatch(rig, [.. Tokens(50)]);
        await sender.SendAsync(second, TestContext.Current.CancellationToken);
        Assert.Equal(before + 1, server.Requests.Count);
        Assert.Equal(CredentialVerdict.Stop, second.Results[0].Credential);

        Volatile.Write(ref isRefusing, false);
        var third = CreateBatch(rig, [.. Tokens(50)]);
        await sender.SendAsync(third, TestContext.Current.CancellationToken);
        Assert.All(third.Results.ToArray(), result => Assert.Equal(OutcomeKind.Accepted, result.Outcome));
    }

    [Fact]
    public async Task SendAsync_LateAnswerToWhatWasSentBeforeARefusal_DoesNotOpenTheGate()
    {
        using var rig = new Rig();
        var late = new TaskCompletionSource();
        var isRefusing = false;
        await using var server = await StubServer.StartAsync((request, context) =>
            request.ApnsToken == TokenB ? late.Task
            : Volatile.Read(ref isRefusing) ? StubServer.WriteAsync(context, 403, """{"reason":"InvalidProviderToken"}""")
            : Task.CompletedTask);
        await using var sender = CreateSender(rig, server);
        await sender.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);
        var before = CreateBatch(rig, TokenB);
        var sending = sender.SendAsync(before, TestContext.Current.CancellationToken);
        await Poll.Until(() => server.Requests.Count == 2);
        Volatile.Write(ref isRefusing, true);
        await sender.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);

        late.SetResult();
        await sending;
        Assert.Equal(OutcomeKind.Accepted, before.Results[0].Outcome);
        var requests = server.Requests.Count;
        await sender.SendAsync(CreateBatch(rig, [.. Tokens(50)]), TestContext.Current.CancellationToken);

        Assert.Equal(requests + 1, server.Requests.Count);
    }

    [Fact]
    public async Task SendAsync_FreshSender_WaitsForTheFirstAnswerBeforeOpeningUp()
    {
        using var rig = new Rig();
        var first = new TaskCompletionSource();
        await using var server = await StubServer.StartAsync((_, _) => first.Task);
        await using var sender = CreateSender(rig, server);
        var one = CreateBatch(rig, [.. Tokens(30)]);
        var other = CreateBatch(rig, [.. Tokens(30)]);

        var sending = Task.WhenAll(
            sender.SendAsync(one, TestContext.Current.CancellationToken), sender.SendAsync(other, TestContext.Current.CancellationToken));
        await Poll.Until(() => server.Requests.Count == 1);
        first.SetResult();
        await sending;

        Assert.Equal(60, server.Requests.Count);
        Assert.All(one.Results.ToArray().Concat(other.Results.ToArray()), result => Assert.Equal(OutcomeKind.Accepted, result.Outcome));
    }

    [Fact]
    public async Task SendAsync_TokenExpiredAtApns_RenewsOnceOverANewConnectionAndSendsAll()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var rig = new Rig(time);
        rig.ApnsOptions.StreamsPerConnection = 8;
        var expired = new ConcurrentDictionary<string, bool>();
        var accepted = new ConcurrentBag<string>();
        await using var server = await StubServer.StartAsync((request, context) =>
        {
            var jwt = request.Headers["authorization"];
            if (expired.ContainsKey(jwt))
            {
                return StubServer.WriteAsync(context, 403, """{"reason":"ExpiredProviderToken"}""");
            }

            accepted.Add(request.ApnsToken);
            return Task.CompletedTask;
        });
        await using var sender = CreateSender(rig, server);
        await sender.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);
        var firstJwt = server.Requests[0].Headers["authorization"];
        expired[firstJwt] = true;
        accepted.Clear();
        time.Advance(TimeSpan.FromMinutes(25));

        var batches = Enumerable.Range(0, 3).Select(number => CreateBatch(rig, [.. Tokens(60, number)])).ToList();
        await Task.WhenAll(batches.Select(batch => sender.SendAsync(batch, TestContext.Current.CancellationToken)));

        Assert.All(batches.SelectMany(batch => batch.Results.ToArray()), result => Assert.Equal(OutcomeKind.Accepted, result.Outcome));
        Assert.Equal(180, accepted.Count);
        Assert.Equal(180, accepted.Distinct().Count());
        Assert.Equal(2, server.Requests.Select(request => request.Headers["authorization"]).Distinct().Count());
        var connections = server.Requests.Where(request => request.Headers["authorization"] == firstJwt).Select(request => request.ConnectionId).Distinct();
        Assert.DoesNotContain(server.Requests, request => request.Headers["authorization"] != firstJwt && connections.Contains(request.ConnectionId));
    }

    [Fact]
    public async Task SendAsync_ExpiredAgainWithinTwentyMinutes_SignsNoSecondToken()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var rig = new Rig(time);
        await using var server = await StubServer.StartAsync(403, """{"reason":"ExpiredProviderToken"}""");
        await using var sender = CreateSender(rig, server);
        for (var minute = 0; minute < 20; minute += 5)
        {
            var batch = CreateBatch(rig, TokenA);
            await sender.SendAsync(batch, TestContext.Current.CancellationToken);
            Assert.Equal(CredentialVerdict.Stop, batch.Results[0].Credential);
            time.Advance(TimeSpan.FromMinutes(4.9));
        }

        Assert.Single(server.Requests.Select(request => request.Headers["authorization"]).Distinct());
    }

    [Fact]
    public async Task SendAsync_TooManyTokenUpdates_KeepsTheToken()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(429, """{"reason":"TooManyProviderTokenUpdates"}""");
        await using var sender = CreateSender(rig, server);

        await sender.SendAsync(CreateBatch(rig, [.. Tokens(10)]), TestContext.Current.CancellationToken);
        await sender.SendAsync(CreateBatch(rig, [.. Tokens(10)]), TestContext.Current.CancellationToken);

        Assert.Equal(20, server.Requests.Count);
        Assert.Single(server.Requests.Select(request => request.Headers["authorization"]).Distinct());
    }

    [Fact]
    public async Task SendAsync_ShutdownOnOneConnection_RepeatsAtOnceOnAnother()
    {
        using var rig = new Rig();
        var doomed = "";
        await using var server = await StubServer.StartAsync((request, context) =>
        {
            if (request.ApnsToken == TokenA)
            {
                Interlocked.CompareExchange(ref doomed, request.ConnectionId, "");
            }

            return request.ConnectionId == doomed ? StubServer.WriteAsync(context, 503, """{"reason":"Shutdown"}""") : Task.CompletedTask;
        });
        await using var sender = CreateSender(rig, server);
        await sender.SendAsync(CreateBatch(rig, TokenB), TestContext.Current.CancellationToken);
        var batch = CreateBatch(rig, TokenA, TokenB);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(batch.Results.ToArray(), result => Assert.Equal(OutcomeKind.Accepted, result.Outcome));
        Assert.Equal(2, server.Requests.Select(request => request.ConnectionId).Distinct().Count());
    }

    /// <summary>Such a connection is tied to another key for as long as it lives.</summary>
    [Fact]
    public async Task SendAsync_ConnectionIsTiedToAnotherKey_RepeatsOverANewOne()
    {
        using var rig = new Rig();
        var tied = "";
        await using var server = await StubServer.StartAsync((request, context) =>
        {
            Interlocked.CompareExchange(ref tied, request.ConnectionId, "");
            return request.ConnectionId == tied ? StubServer.WriteAsync(context, 403, """{"reason":"UnrelatedKeyIdInToken"}""") : Task.CompletedTask;
        });
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, TokenA, TokenB);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(batch.Results.ToArray(), result => Assert.Equal(OutcomeKind.Accepted, result.Outcome));
        Assert.Equal(2, server.Requests.Select(request => request.ConnectionId).Distinct().Count());
    }

    /// <summary>The connections have tried it five times by then.</summary>
    [Fact]
    public async Task SendAsync_StreamRefusedAgainAndAgain_IsTriedInOnePassMore()
    {
        const int RefusedStream = 7;
        using var rig = new Rig();
        var refused = 0;
        await using var server = await StubServer.StartAsync((request, context) =>
        {
            if (request.ApnsToken == TokenB && Interlocked.Increment(ref refused) <= 5)
            {
                context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(RefusedStream);
            }

            return Task.CompletedTask;
        });
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, TokenA, TokenB);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal((OutcomeKind.Accepted, 6), (batch.Results[1].Outcome, refused));
    }

    [Theory]
    [InlineData(EventPriority.High)]
    [InlineData(EventPriority.Normal)]
    [InlineData(EventPriority.Bulk)]
    public async Task Lane_OfABatch_IsItsEventsPriority(EventPriority priority)
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(200, "");
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, TokenA);
        batch.Priority = priority;
        var requests = new ApnsBatch((ApnsSender)sender, new ApnsAnswerReader(), rig.Time);

        requests.Reset(batch);

        Assert.Equal((int)priority, requests.Lane);
    }

    [Fact]
    public async Task SendAsync_StopFires_LeavesTheRestNotAttemptedAndKnowsWhatWasAccepted()
    {
        using var rig = new Rig();
        rig.ApnsOptions.StreamsPerConnection = 4;
        var answer = new TaskCompletionSource();
        await using var server = await StubServer.StartAsync((request, _) => request.ApnsToken == TokenA ? Task.CompletedTask : answer.Task);
        await using var sender = CreateSender(rig, server);
        using var stop = new CancellationTokenSource();
        var batch = CreateBatch(rig, [TokenA, .. Tokens(50)]);

        var sending = sender.SendAsync(batch, stop.Token);
        await Poll.Until(() => server.Requests.Count == 5);
        await stop.CancelAsync();
        Assert.False(sending.IsCompleted);
        answer.SetResult();
        await sending;

        Assert.Equal(5, batch.Results.ToArray().Count(result => result.Outcome == OutcomeKind.Accepted));
        Assert.Equal(46, batch.Results.ToArray().Count(result => result.Outcome == OutcomeKind.NotAttempted));
    }

    [Fact]
    public async Task SendAsync_ExpirationPassesInMidBatch_BeginsNothingMore()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var rig = new Rig(time);
        rig.ApnsOptions.AttemptTimeout = TimeSpan.FromMinutes(5);
        await using var server = await StubServer.StartAsync((_, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(61));
            return Task.CompletedTask;
        });
        await using var sender = CreateSender(rig, server);
        var provider = rig.CreateApns();
        var pushEvent = Rig.CreateEvent();
        var notification = provider.Render(Rig.CreateApnsCredential(), pushEvent, pushEvent.Notification);
        var batch = rig.CreateBatch(ProviderKind.Apns, notification, time.GetUtcNow().AddSeconds(60), [.. Tokens(10)]);
        var nowOrNever = rig.CreateBatch(ProviderKind.Apns, notification, time.GetUtcNow(), TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);
        await sender.SendAsync(nowOrNever, TestContext.Current.CancellationToken);

        Assert.Equal(9, batch.Results.ToArray().Count(result => result.Outcome == OutcomeKind.NotAttempted));
        Assert.Equal(OutcomeKind.Accepted, nowOrNever.Results[0].Outcome);
    }

    [Fact]
    public async Task SendAsync_NobodyListens_AllAreUnavailable()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(200, "");
        await using var sender = rig.CreateApns().CreateSender(Rig.CreateApnsCredential(server.Endpoint));
        await server.DisposeAsync();
        var batch = CreateBatch(rig, [.. Tokens(40)]);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(batch.Results.ToArray(), result => Assert.Equal(new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.ConnectionFailed), result));
        Assert.Single(rig.Log.Lines, line => line.Contains("4002", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SendAsync_UntrustedServer_GetsNoPush()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(200, "");
        await using var sender = rig.CreateApns().CreateSender(Rig.CreateApnsCredential(server.Endpoint) with { TrustedCertificates = null });
        var batch = CreateBatch(rig, TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal((OutcomeKind.Unavailable, GatewayReasons.ConnectionFailed), (batch.Results[0].Outcome, batch.Results[0].Reason));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task SendAsync_StreamReset_IsConnectionLostAndNotRepeated()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync((request, context) =>
        {
            if (request.ApnsToken == TokenB)
            {
                context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(2);
            }

            return Task.CompletedTask;
        });
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, TokenA, TokenB);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.ConnectionLost) { IsUnknown = true }, batch.Results[1]);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task SendAsync_ConnectionEnds_IsOneMishapOfAllThatWereOnIt()
    {
        using var rig = new Rig();
        rig.ApnsOptions.StreamsPerConnection = 100;
        var arrived = 0;
        await using var server = await StubServer.StartAsync(async (request, context) =>
        {
            if (request.ApnsToken == TokenA)
            {
                return;
            }

            if (Interlocked.Increment(ref arrived) == 60)
            {
                context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket.Close();
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, [TokenA, .. Tokens(60)]);
        batch.Watch(50, () => Assert.Fail("Only a connection has ended."));

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(OutcomeKind.Accepted, batch.Results[0].Outcome);
        var lost = new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.ConnectionLost) { IsUnknown = true, Scope = OutcomeScope.Connection };
        Assert.All(batch.Results[1..].ToArray(), result => Assert.Equal(lost, result));
        Assert.False(batch.IsFailing);
    }

    [Fact]
    public async Task SendAsync_NoAnswer_IsATimeout()
    {
        var time = new FakeTimeProvider();
        using var rig = new Rig(time);
        var never = new TaskCompletionSource();
        await using var server = await StubServer.StartAsync((request, _) => request.ApnsToken == TokenB ? never.Task : Task.CompletedTask);
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, TokenA, TokenB);

        var sending = sender.SendAsync(batch, TestContext.Current.CancellationToken);
        await Poll.Until(() => server.Requests.Count == 2);
        time.Advance(rig.ApnsOptions.AttemptTimeout);
        await sending;

        Assert.Equal(new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.Timeout) { IsUnknown = true }, batch.Results[1]);
        never.SetResult();
    }

    [Fact]
    public async Task SendAsync_FirstPushesGetNoAnswer_OthersAreTriedUpToThreeAndThenTheRestSharesTheirFate()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync((_, context) =>
        {
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(2);
            return Task.CompletedTask;
        });
        await using var sender = CreateSender(rig, server);
        var batch = CreateBatch(rig, [.. Tokens(30)]);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(3, server.Requests.Count);
        var lost = new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.ConnectionLost);
        Assert.All(batch.Results[..3].ToArray(), result => Assert.Equal(lost with { IsUnknown = true }, result));

        // Never begun, so nobody has to wonder whether they were taken.
        Assert.All(batch.Results[3..].ToArray(), result => Assert.Equal(lost, result));
    }

    /// <summary>A call notification posted to ordinary devices must not cost them their registration.</summary>
    [Theory]
    [InlineData("TopicDisallowed")]
    [InlineData("DeviceTokenNotForTopic")]
    [InlineData("BadDeviceToken")]
    public async Task SendAsync_TopicOfTheEventRefused_RejectsTheEventOnly(string reason)
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync((request, context) =>
            request.Headers["apns-topic"] == Rig.BundleId ? Task.CompletedTask : StubServer.WriteAsync(context, 400, $$"""{"reason":"{{reason}}"}"""));
        await using var sender = CreateSender(rig, server);
        var provider = rig.CreateApns();
        var pushEvent = Rig.CreateEvent(it => it with { Apns = new ApnsOverrides { Headers = new Dictionary<string, string> { ["apns-push-type"] = "voip" } } });
        var voip = provider.Render(Rig.CreateApnsCredential(), pushEvent, pushEvent.Notification);
        var batch = rig.CreateBatch(ProviderKind.Apns, voip, pushEvent.Expiration, TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(new AttemptResult(OutcomeKind.Rejected, reason), batch.Results[0]);
    }

    [Fact]
    public async Task CreateSender_AppsWithTheSameKey_ShareConnectionAndProviderToken()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(200, "");
        var provider = rig.CreateApns();
        await using var one = provider.CreateSender(Rig.CreateApnsCredential(server.Endpoint));
        await using var other = provider.CreateSender(Rig.CreateApnsCredential(server.Endpoint) with { BundleId = "com.example.other" });

        await one.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);
        await other.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);
        await one.DisposeAsync();
        await other.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);

        Assert.Single(server.Requests.Select(request => (request.ConnectionId, request.Headers["authorization"])).Distinct());
    }

    [Fact]
    public async Task SendAsync_TokenRenewedByAnotherAppInMidBatch_SendsTheRestWithTheNewOne()
    {
        const string OtherApp = "com.example.other";
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var rig = new Rig(time);
        rig.ApnsOptions.StreamsPerConnection = 8;
        var renewed = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        string? expired = null;
        await using var server = await StubServer.StartAsync(async (request, context) =>
        {
            if (request.Headers["authorization"] != expired)
            {
                return;
            }

            var isOther = request.Headers["apns-topic"] == OtherApp;
            await (isOther ? answer.Task : renewed.Task);
            if (!isOther)
            {
                await StubServer.WriteAsync(context, 403, """{"reason":"ExpiredProviderToken"}""");
            }
        });
        var provider = rig.CreateApns();
        await using var one = provider.CreateSender(Rig.CreateApnsCredential(server.Endpoint));
        var otherCredential = Rig.CreateApnsCredential(server.Endpoint) with { BundleId = OtherApp };
        await using var other = provider.CreateSender(otherCredential);
        await one.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);
        await other.SendAsync(rig.CreateBatch(provider, otherCredential, TokenA), TestContext.Current.CancellationToken);
        expired = server.Requests[0].Headers["authorization"];
        time.Advance(TimeSpan.FromMinutes(25));

        // One request of the one, the other streams with those of the other.
        var ofOne = one.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);
        await Poll.Until(() => server.Requests.Count == 3);
        var batch = rig.CreateBatch(provider, otherCredential, [.. Tokens(40)]);
        var ofOther = other.SendAsync(batch, TestContext.Current.CancellationToken);
        await Poll.Until(() => server.Requests.Count == 10);
        renewed.SetResult();
        try
        {
            // In vain if streams of the new connection were taken by what the old token was sent with.
            await ofOne.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        finally
        {
            // The server does not stop before it has answered.
            answer.SetResult();
        }

        await ofOther;

        Assert.All(batch.Results.ToArray(), result => Assert.Equal(OutcomeKind.Accepted, result.Outcome));
        Assert.Equal(2 + 1 + 7, server.Requests.Count(request => request.Headers["authorization"] == expired));
        Assert.Equal(1 + 33, server.Requests.Count(request => request.Headers["authorization"] != expired));
    }

    [Fact]
    public async Task SendAsync_Anything_NoTokenAndNoSecretIsLogged()
    {
        using var rig = new Rig();
        await using var server = await StubServer.StartAsync(403, """{"reason":"Forbidden"}""");
        await using var sender = CreateSender(rig, server);

        await sender.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);

        Assert.NotEmpty(rig.Log.Lines);
        var jwt = server.Requests[0].Headers["authorization"];
        Assert.DoesNotContain(rig.Log.Lines, line =>
            line.Contains(TokenA, StringComparison.Ordinal) || line.Contains(jwt[7..], StringComparison.Ordinal) || line.Contains("PRIVATE KEY", StringComparison.Ordinal));
    }

    private static IPushSender CreateSender(Rig rig, StubServer server) => rig.CreateApns().CreateSender(Rig.CreateApnsCredential(server.Endpoint));

    private static PushBatch CreateBatch(Rig rig, params IReadOnlyList<string> tokens) => rig.CreateBatch(rig.CreateApns(), Rig.CreateApnsCredential(), tokens);

    private static IEnumerable<string> Tokens(int count, int series = 0) => Enumerable.Range(0, count).Select(number => $"{series:x16}{number:x16}");
}
