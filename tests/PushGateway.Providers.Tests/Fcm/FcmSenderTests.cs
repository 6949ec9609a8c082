using System.Buffers.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Providers.Fcm.Sending;
using PushGateway.Providers.Tests.Doubles;

namespace PushGateway.Providers.Tests.Fcm;

public sealed class FcmSenderTests
{
    private const string TokenA = "aaaaaaaaaaaaaaaa:APA91b-first_token";
    private const string TokenB = "bbbbbbbbbbbbbbbb:APA91b-other_token";
    private const string FcmErrorType = "type.googleapis.com/google.firebase.fcm.v1.FcmError";

    /// <summary>Status, body, outcome, verdicts, reason, requests for the first push. Written from Google's documentation and from answers seen.</summary>
    public static TheoryData<int, string, OutcomeKind, TokenVerdict, CredentialVerdict, string, int> Rows => new()
    {
        { 400, Error(400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token", Fcm("INVALID_ARGUMENT")), OutcomeKind.Rejected, TokenVerdict.Quarantine, CredentialVerdict.Keep, "INVALID_ARGUMENT", 1 },
        { 400, Error(400, "INVALID_ARGUMENT", "Invalid value at 'message.data[0].value' (TYPE_STRING), 12", Fcm("INVALID_ARGUMENT"), Violation("message.data[0].value")), OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, "INVALID_ARGUMENT", 1 },
        { 400, Error(400, "INVALID_ARGUMENT", "Invalid value", Violation("message.data[0].value")), OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, "INVALID_ARGUMENT", 1 },
        { 400, Error(400, "INVALID_ARGUMENT", "Invalid registration", Fcm("INVALID_ARGUMENT"), Violation("message.token")), OutcomeKind.Rejected, TokenVerdict.Quarantine, CredentialVerdict.Keep, "INVALID_ARGUMENT", 1 },
        { 400, Error(400, "INVALID_ARGUMENT", "Two faults", Fcm("INVALID_ARGUMENT"), Violation("message.token", "message.android.ttl")), OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, "INVALID_ARGUMENT", 1 },
        { 400, Error(400, "INVALID_ARGUMENT", "APNs device token is disabled.", Fcm("INVALID_ARGUMENT"), Apns(410, "Unregistered")), OutcomeKind.Unregistered, TokenVerdict.Remove, CredentialVerdict.Keep, "INVALID_ARGUMENT", 1 },
        { 404, Error(404, "NOT_FOUND", "Requested entity was not found.", Fcm("UNREGISTERED")), OutcomeKind.Unregistered, TokenVerdict.Remove, CredentialVerdict.Keep, "UNREGISTERED", 1 },
        { 403, Error(403, "PERMISSION_DENIED", "SenderId mismatch", Fcm("SENDER_ID_MISMATCH")), OutcomeKind.Rejected, TokenVerdict.Quarantine, CredentialVerdict.Keep, "SENDER_ID_MISMATCH", 1 },
        { 429, Error(429, "RESOURCE_EXHAUSTED", "Quota", Fcm("QUOTA_EXCEEDED")), OutcomeKind.Throttled, TokenVerdict.Keep, CredentialVerdict.Keep, "QUOTA_EXCEEDED", 1 },
        { 503, Error(503, "UNAVAILABLE", "Overloaded", Fcm("UNAVAILABLE")), OutcomeKind.Unavailable, TokenVerdict.Keep, CredentialVerdict.Keep, "UNAVAILABLE", 1 },
        { 500, Error(500, "INTERNAL", "Oops", Fcm("INTERNAL")), OutcomeKind.Unavailable, TokenVerdict.Keep, CredentialVerdict.Keep, "INTERNAL", 1 },
        { 401, Error(401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service", Fcm("THIRD_PARTY_AUTH_ERROR"), Apns(403, "InvalidProviderToken")), OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, "THIRD_PARTY_AUTH_ERROR", 1 },
        { 401, Error(401, "UNAUTHENTICATED", "Auth error", Fcm("APNS_AUTH_ERROR")), OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, "APNS_AUTH_ERROR", 1 },
        { 400, Error(400, "FAILED", "?", Fcm("UNSPECIFIED_ERROR")), OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, "UNSPECIFIED_ERROR", 1 },
        { 404, Error(404, "NOT_FOUND", "?", Fcm("UNSPECIFIED_ERROR")), OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, "UNSPECIFIED_ERROR", 1 },
        { 503, Error(503, "FAILED", "?", Fcm("UNSPECIFIED_ERROR")), OutcomeKind.Unavailable, TokenVerdict.Keep, CredentialVerdict.Keep, "UNSPECIFIED_ERROR", 1 },
        { 401, Error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", Info("ACCESS_TOKEN_EXPIRED")), OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, "ACCESS_TOKEN_EXPIRED", 2 },
        { 401, Error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."), OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, "UNAUTHENTICATED", 2 },
        { 403, Error(403, "PERMISSION_DENIED", "Permission 'cloudmessaging.messages.create' denied"), OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, "PERMISSION_DENIED", 1 },
        { 403, Error(403, "PERMISSION_DENIED", "has not been used in project", Info("SERVICE_DISABLED")), OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, "SERVICE_DISABLED", 1 },
        { 404, Error(404, "NOT_FOUND", "Requested entity was not found."), OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, "NOT_FOUND", 1 },
        { 404, "<!DOCTYPE html><html>Error 404 (Not Found)!!1</html>", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, GatewayReasons.UnknownReason, 1 },
        { 429, Error(429, "RESOURCE_EXHAUSTED", "Quota exceeded", Info("RATE_LIMIT_EXCEEDED")), OutcomeKind.Throttled, TokenVerdict.Keep, CredentialVerdict.Keep, "RATE_LIMIT_EXCEEDED", 1 },
        { 429, Error(429, "RESOURCE_EXHAUSTED", "Quota exceeded"), OutcomeKind.Throttled, TokenVerdict.Keep, CredentialVerdict.Keep, "RESOURCE_EXHAUSTED", 1 },
        { 502, "<html>Bad gateway</html>", OutcomeKind.Unavailable, TokenVerdict.Keep, CredentialVerdict.Keep, GatewayReasons.UnknownReason, 1 },
        { 500, "", OutcomeKind.Unavailable, TokenVerdict.Keep, CredentialVerdict.Keep, GatewayReasons.UnknownReason, 1 },
        { 503, """{"error":{"code":503,"sta""", OutcomeKind.Unavailable, TokenVerdict.Keep, CredentialVerdict.Keep, GatewayReasons.UnknownReason, 1 },
        { 400, """{"error":"InvalidRegistration"}""", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, GatewayReasons.UnknownReason, 1 },
        { 404, """{"error":{"code":404,"status":"NOT_FOUND","details":[{"@type":"FcmErr""", OutcomeKind.Unauthorized, TokenVerdict.Keep, CredentialVerdict.Stop, GatewayReasons.UnknownReason, 1 },
        { 400, """{"error":{"details":[7,{"@type":9},{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":3}],"status":5}}""", OutcomeKind.Rejected, TokenVerdict.Keep, CredentialVerdict.Keep, GatewayReasons.UnknownReason, 1 },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task SendAsync_Answer_BecomesOutcomeAndVerdicts(
        int status, string body, OutcomeKind outcome, TokenVerdict token, CredentialVerdict credential, string reason, int requests)
    {
        using var rig = new Rig();
        await using var google = await GoogleStub.StartAsync((request, context) =>
            request.Body.Contains(TokenA, StringComparison.Ordinal) ? StubServer.WriteAsync(context, status, body) : Task.CompletedTask);
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        var batch = CreateBatch(rig, TokenA, TokenB);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        var expected = new AttemptResult(outcome, reason)
        {
            Token = token,
            Credential = credential,
            // Google: a minute after a 429 that names no wait, and nothing sooner than ten seconds after a failure.
            MinimumWait = TimeSpan.FromSeconds(outcome switch { OutcomeKind.Throttled => 60, OutcomeKind.Unavailable => 10, _ => 0 }),
            Scope = outcome == OutcomeKind.Throttled && reason != "QUOTA_EXCEEDED" ? OutcomeScope.Everybody : OutcomeScope.Unclear,
        };
        Assert.Equal(expected, batch.Results[0]);
        Assert.Equal(requests, google.Messages.Count(request => request.Body.Contains(TokenA, StringComparison.Ordinal)));
        var isRefused = credential == CredentialVerdict.Stop;
        Assert.Equal(isRefused ? OutcomeKind.NotAttempted : OutcomeKind.Accepted, batch.Results[1].Outcome);
    }

    [Theory]
    [InlineData(429, "QUOTA_EXCEEDED", "7", 7)]
    [InlineData(503, "UNAVAILABLE", "9", 9)]
    [InlineData(503, "UNAVAILABLE", "Thu, 01 Jan 2026 00:02:00 GMT", 120)]
    public async Task SendAsync_RetryAfter_IsHonoured(int status, string code, string header, int seconds)
    {
        using var rig = new Rig(new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        await using var google = await GoogleStub.StartAsync((_, context) =>
        {
            context.Response.Headers.RetryAfter = header;
            return StubServer.WriteAsync(context, status, Error(status, code, "x", Fcm(code)));
        });
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        var batch = CreateBatch(rig, TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(seconds), batch.Results[0].RetryAfter);
    }

    [Fact]
    public async Task SendAsync_StreamReset_IsUnknownAndNotRepeated()
    {
        using var rig = new Rig();
        await using var google = await GoogleStub.StartAsync((request, context) =>
        {
            if (request.Body.Contains(TokenB, StringComparison.Ordinal))
            {
                context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(2);
            }

            return Task.CompletedTask;
        });
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        var batch = CreateBatch(rig, TokenA, TokenB);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.ConnectionLost) { IsUnknown = true }, batch.Results[1]);
        Assert.Equal(2, google.Messages.Count);
    }

    [Fact]
    public async Task SendAsync_ConnectionEnds_IsOneMishapOfAllThatWereOnIt()
    {
        using var rig = new Rig();
        rig.FcmOptions.StreamsPerConnection = 100;
        var arrived = 0;
        await using var google = await GoogleStub.StartAsync(async (request, context) =>
        {
            if (request.Body.Contains(TokenA, StringComparison.Ordinal))
            {
                return;
            }

            if (Interlocked.Increment(ref arrived) == 20)
            {
                context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket.Close();
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        var batch = CreateBatch(rig, [TokenA, .. Enumerable.Repeat(TokenB, 20)]);
        batch.Watch(10, () => Assert.Fail("Only a connection has ended."));

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(OutcomeKind.Accepted, batch.Results[0].Outcome);
        var lost = new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.ConnectionLost) { IsUnknown = true, Scope = OutcomeScope.Connection };
        Assert.All(batch.Results[1..].ToArray(), result => Assert.Equal(lost, result));
    }

    [Fact]
    public async Task SendAsync_ExpirationPassesInMidBatch_BeginsNothingMore()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var rig = new Rig(time);
        rig.FcmOptions.AttemptTimeout = TimeSpan.FromMinutes(5);
        await using var google = await GoogleStub.StartAsync((_, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(61));
            return Task.CompletedTask;
        });
        var provider = rig.CreateFcm();
        await using var sender = provider.CreateSender(google.Credential);
        var pushEvent = Rig.CreateEvent();
        var notification = provider.Render(google.Credential, pushEvent, pushEvent.Notification);
        var batch = rig.CreateBatch(ProviderKind.Fcm, notification, time.GetUtcNow().AddSeconds(60), [.. Enumerable.Repeat(TokenB, 10)]);
        var nowOrNever = rig.CreateBatch(ProviderKind.Fcm, notification, time.GetUtcNow(), TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);
        await sender.SendAsync(nowOrNever, TestContext.Current.CancellationToken);

        Assert.Equal(9, batch.Results.ToArray().Count(result => result.Outcome == OutcomeKind.NotAttempted));
        Assert.Equal(OutcomeKind.Accepted, nowOrNever.Results[0].Outcome);
    }

    /// <summary>The connections have tried it five times by then.</summary>
    [Fact]
    public async Task SendAsync_StreamRefusedAgainAndAgain_IsTriedInOnePassMore()
    {
        const int RefusedStream = 7;
        using var rig = new Rig();
        var refused = 0;
        await using var google = await GoogleStub.StartAsync((request, context) =>
        {
            if (request.Body.Contains(TokenB, StringComparison.Ordinal) && Interlocked.Increment(ref refused) <= 5)
            {
                context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(RefusedStream);
            }

            return Task.CompletedTask;
        });
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
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
        await using var google = await GoogleStub.StartAsync();
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        var batch = CreateBatch(rig, TokenA);
        batch.Priority = priority;
        var requests = new FcmBatch((FcmSender)sender, rig.Time);

        requests.Reset(batch);

        Assert.Equal((int)priority, requests.Lane);
    }

    [Fact]
    public async Task SendAsync_Request_IsWhatFcmWants()
    {
        using var rig = new Rig();
        await using var google = await GoogleStub.StartAsync();
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        var batch = CreateBatch(rig, TokenA, TokenB);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(batch.Results.ToArray(), result => Assert.Equal(new AttemptResult(OutcomeKind.Accepted), result));
        var request = google.Messages[0];
        Assert.Equal("/v1/projects/demo-project/messages:send", request.Path);
        Assert.Equal(("Bearer token-1", "application/json"), (request.Headers["authorization"], request.Headers["content-type"]));
        using var body = JsonDocument.Parse(request.Body);
        Assert.Equal(TokenA, body.RootElement.GetProperty("message").GetProperty("token").GetString());
        var form = Assert.Single(google.TokenRequests);
        Assert.StartsWith("application/x-www-form-urlencoded", form.Headers["content-type"], StringComparison.Ordinal);
        Assert.Contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer", form.Body, StringComparison.Ordinal);
        var assertion = form.Body.Split('&').Single(part => part.StartsWith("assertion=", StringComparison.Ordinal))["assertion=".Length..].Split('.');
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(assertion[1]));
        Assert.Equal(google.Server.Endpoint + "token", claims.RootElement.GetProperty("aud").GetString());
        Assert.Equal("https://www.googleapis.com/auth/firebase.messaging", claims.RootElement.GetProperty("scope").GetString());
        Assert.Equal(3600, claims.RootElement.GetProperty("exp").GetInt64() - claims.RootElement.GetProperty("iat").GetInt64());
    }

    [Fact]
    public async Task SendAsync_ManyBatchesOfAFreshSender_ShareOneAccessToken()
    {
        using var rig = new Rig();
        await using var google = await GoogleStub.StartAsync();
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        var batches = Enumerable.Range(0, 6).Select(series => CreateBatch(rig, [.. Tokens(40, series)])).ToList();

        await Task.WhenAll(batches.Select(batch => sender.SendAsync(batch, TestContext.Current.CancellationToken)));

        Assert.Equal(1, google.Issued);
        Assert.Equal(240, google.Messages.Select(request => request.Body).Distinct().Count());
        Assert.All(batches.SelectMany(batch => batch.Results.ToArray()), result => Assert.Equal(OutcomeKind.Accepted, result.Outcome));
    }

    [Fact]
    public async Task SendAsync_AccessTokenNearItsEnd_IsReplacedInTime()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var rig = new Rig(time);
        await using var google = await GoogleStub.StartAsync();
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        await sender.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromMinutes(54));
        await sender.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);
        Assert.Equal(1, google.Issued);
        time.Advance(TimeSpan.FromMinutes(2));
        await sender.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);

        Assert.Equal(["Bearer token-1", "Bearer token-1", "Bearer token-2"], google.Messages.Select(request => request.Headers["authorization"]));
    }

    [Fact]
    public async Task SendAsync_AccessTokenExpiredEarly_IsRefreshedOnceAndAllAreSent()
    {
        using var rig = new Rig();
        var revoked = "";
        await using var google = await GoogleStub.StartAsync((request, context) => request.Headers["authorization"] == revoked
            ? StubServer.WriteAsync(context, 401, Error(401, "UNAUTHENTICATED", "x", Info("ACCESS_TOKEN_EXPIRED")))
            : Task.CompletedTask);
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        await sender.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);
        revoked = "Bearer token-1";
        var batches = Enumerable.Range(0, 3).Select(series => CreateBatch(rig, [.. Tokens(60, series)])).ToList();

        await Task.WhenAll(batches.Select(batch => sender.SendAsync(batch, TestContext.Current.CancellationToken)));

        Assert.All(batches.SelectMany(batch => batch.Results.ToArray()), result => Assert.Equal(OutcomeKind.Accepted, result.Outcome));
        Assert.Equal(2, google.Issued);
        Assert.Equal(180, google.Messages.Where(request => request.Headers["authorization"] == "Bearer token-2").Select(request => request.Body).Distinct().Count());
    }

    [Theory]
    [InlineData(404, "")]
    [InlineData(403, "<html>")]
    public async Task SendAsync_TokenEndpointIsNoTokenEndpoint_Stops(int status, string body)
    {
        using var rig = new Rig();
        await using var google = await GoogleStub.StartAsync(token: (_, context) => StubServer.WriteAsync(context, status, body));
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        var batch = CreateBatch(rig, TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(new AttemptResult(OutcomeKind.Unauthorized, GatewayReasons.UnknownReason) { Credential = CredentialVerdict.Stop }, batch.Results[0]);
    }

    [Fact]
    public async Task SendAsync_KeyRefusedByTheTokenEndpoint_SendsNothingAndStops()
    {
        using var rig = new Rig();
        rig.FcmOptions.TokenRetries = 2;
        await using var google = await GoogleStub.StartAsync(token: (_, context) =>
            StubServer.WriteAsync(context, 400, """{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"""));
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        var batch = CreateBatch(rig, TokenA, TokenB);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(new AttemptResult(OutcomeKind.Unauthorized, "invalid_grant") { Credential = CredentialVerdict.Stop }, batch.Results[0]);
        Assert.Equal(OutcomeKind.NotAttempted, batch.Results[1].Outcome);
        Assert.Empty(google.Messages);
        Assert.Single(google.TokenRequests);
        Assert.Contains(rig.Log.Lines, line => line.Contains("Invalid JWT Signature", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SendAsync_TokenEndpointFailsOnce_IsAskedAgain()
    {
        using var rig = new Rig();
        rig.FcmOptions.TokenRetries = 2;
        rig.FcmOptions.TokenRetryDelay = TimeSpan.FromMilliseconds(1);
        var asked = 0;
        GoogleStub? stub = null;
        await using var google = await GoogleStub.StartAsync(token: (_, context) =>
            Interlocked.Increment(ref asked) == 1 ? StubServer.WriteAsync(context, 503, "<html>") : stub!.IssueAsync(context));
        stub = google;
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        var batch = CreateBatch(rig, TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(OutcomeKind.Accepted, batch.Results[0].Outcome);
        Assert.Equal(2, google.TokenRequests.Count);
    }

    [Theory]
    [InlineData(503, "")]
    [InlineData(500, "<html>")]
    [InlineData(429, """{"error":"rate_limited"}""")]
    [InlineData(200, "")]
    [InlineData(200, "<html>a captive portal</html>")]
    [InlineData(200, """{"access_token":null}""")]
    public async Task SendAsync_TokenEndpointKeepsFailing_AllAreUnavailable(int status, string body)
    {
        using var rig = new Rig();
        await using var google = await GoogleStub.StartAsync(token: (_, context) => StubServer.WriteAsync(context, status, body));
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        var batch = CreateBatch(rig, TokenA, TokenB);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.All(batch.Results.ToArray(), result => Assert.Equal(new AttemptResult(OutcomeKind.Unavailable, "UNAVAILABLE"), result));
        Assert.Empty(google.Messages);
    }

    [Fact]
    public async Task SendAsync_TokenEndpointUntrusted_AllAreUnavailable()
    {
        using var rig = new Rig();
        await using var google = await GoogleStub.StartAsync();
        await using var sender = rig.CreateFcm().CreateSender(google.Credential with { TrustedCertificates = null });
        var batch = CreateBatch(rig, TokenA);

        await sender.SendAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal(new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.ConnectionFailed), batch.Results[0]);
        Assert.Empty(google.Server.Requests);
    }

    [Fact]
    public async Task SendAsync_StopFires_LeavesTheRestNotAttempted()
    {
        using var rig = new Rig();
        rig.FcmOptions.StreamsPerConnection = 4;
        var answer = new TaskCompletionSource();
        await using var google = await GoogleStub.StartAsync((request, _) =>
            request.Body.Contains(TokenA, StringComparison.Ordinal) ? Task.CompletedTask : answer.Task);
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);
        using var stop = new CancellationTokenSource();
        var batch = CreateBatch(rig, [TokenA, .. Tokens(50, 0)]);

        var sending = sender.SendAsync(batch, stop.Token);
        await Poll.Until(() => google.Messages.Count == 5);
        await stop.CancelAsync();
        answer.SetResult();
        await sending;

        Assert.Equal(5, batch.Results.ToArray().Count(result => result.Outcome == OutcomeKind.Accepted));
        Assert.Equal(46, batch.Results.ToArray().Count(result => result.Outcome == OutcomeKind.NotAttempted));
    }

    [Fact]
    public async Task SendAsync_Anything_NoTokenAndNoSecretIsLogged()
    {
        using var rig = new Rig();
        await using var google = await GoogleStub.StartAsync((_, context) => StubServer.WriteAsync(context, 403, Error(403, "PERMISSION_DENIED", TokenA)));
        await using var sender = rig.CreateFcm().CreateSender(google.Credential);

        await sender.SendAsync(CreateBatch(rig, TokenA), TestContext.Current.CancellationToken);

        Assert.NotEmpty(rig.Log.Lines);
        Assert.DoesNotContain(rig.Log.Lines, line =>
            line.Contains(TokenA, StringComparison.Ordinal) || line.Contains("token-1", StringComparison.Ordinal) || line.Contains("PRIVATE KEY", StringComparison.Ordinal));
    }

    internal static string Error(int code, string status, string message, params string[] details) =>
        $$$"""{"error":{"code":{{{code}}},"message":{{{JsonSerializer.Serialize(message)}}},"status":"{{{status}}}","details":[{{{string.Join(',', details)}}}]}}""";

    internal static string Info(string reason) => $$"""{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"{{reason}}","domain":"googleapis.com"}""";

    internal static string Fcm(string code) => $$"""{"@type":"{{FcmErrorType}}","errorCode":"{{code}}"}""";

    private static string Apns(int status, string reason) =>
        $$"""{"@type":"type.googleapis.com/google.firebase.fcm.v1.ApnsError","statusCode":{{status}},"reason":"{{reason}}"}""";

    private static string Violation(params string[] fields)
    {
        var violations = JsonSerializer.Serialize(fields.Select(field => new { field, description = "x" }));
        return $$"""{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":{{violations}}}""";
    }

    private static PushBatch CreateBatch(Rig rig, params IReadOnlyList<string> tokens) => rig.CreateBatch(rig.CreateFcm(), null, tokens);

    private static IEnumerable<string> Tokens(int count, int series) => Enumerable.Range(0, count).Select(number => $"device-{series}:APA91b{number}");
}
