using System.Text.Json;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Webhooks;

/// <summary>Webhooks through the API, to a real receiver.</summary>
public sealed class WebhookTests
{
    private static readonly string[] s_eventCompleted = ["event.completed"];

    [Fact]
    public async Task Put_WithoutSecret_ShowsOneInThisAnswerOnly()
    {
        await using var gateway = await StartAsync();
        var (admin, path) = await AppAsync(gateway);
        var body = new { url = "https://example.com/hook", events = new[] { "event.completed", "removals.held" } };

        var created = (await admin.PutAsync($"{path}/webhooks/ops", body)).Expect(201);

        Assert.StartsWith("whsec_", created.Text("secret"), StringComparison.Ordinal);
        Assert.Equal(32, Convert.FromBase64String(created.Text("secret")["whsec_".Length..]).Length);
        foreach (var answer in new[]
        {
            await admin.GetAsync($"{path}/webhooks/ops"), await admin.GetAsync($"{path}/webhooks"),
            await admin.PutAsync($"{path}/webhooks/ops", body), await admin.PostAsync($"{path}/webhooks/ops/resume"),
        })
        {
            answer.Expect(200);
            Assert.DoesNotContain("whsec_", answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain(created.Text("secret")["whsec_".Length..], answer.Body, StringComparison.Ordinal);
        }

        var shown = (await admin.GetAsync($"{path}/webhooks/ops")).Expect(200);
        Assert.Equal(("https://example.com/hook", "active", "True", 0L, 0L),
            (shown.Text("url"), shown.Text("state"), shown.Text("enabled"), shown.Number("pending"), shown.Number("dropped")));
        Assert.Equal(["event.completed", "removals.held"], shown.Json.GetProperty("events").EnumerateArray().Select(name => name.GetString()));
        (await admin.DeleteAsync($"{path}/webhooks/ops")).Expect(204);
        (await admin.DeleteAsync($"{path}/webhooks/ops")).ExpectProblem(404, "webhook.unknown");
        (await admin.GetAsync($"{path}/webhooks/ops")).ExpectProblem(404, "webhook.unknown");
        (await admin.PostAsync($"{path}/webhooks/ops/test")).ExpectProblem(404, "webhook.unknown");
        (await admin.PostAsync($"{path}/webhooks/ops/resume")).ExpectProblem(404, "webhook.unknown");
        (await admin.PostAsync($"{path}/webhooks/ops/secret")).ExpectProblem(404, "webhook.unknown");
    }

    [Fact]
    public async Task Secret_Renewed_IsShownOnceAndSignsFromThenOn()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (number, _) => Task.FromResult(number == 1 ? 401 : 204);
        await using var gateway = await StartAsync(("PushGateway:Webhooks:Retries", "0"));
        var (admin, path) = await AppAsync(gateway);
        var first = (await admin.PutAsync($"{path}/webhooks/ops", new { url = receiver.Url, events = s_eventCompleted })).Expect(201).Text("secret");
        await PublishAsync(admin, path);
        await Eventually.TrueAsync(async () => (await admin.GetAsync($"{path}/webhooks/ops")).Text("state") == "parked");
        var failed = (await admin.GetAsync($"{path}/webhooks/ops")).Expect(200);
        Assert.NotEqual("", failed.Text("lastFailureAt"));

        var renewed = (await admin.PostAsync($"{path}/webhooks/ops/secret")).Expect(200);
        var second = renewed.Text("secret");

        Assert.StartsWith("whsec_", second, StringComparison.Ordinal);
        Assert.NotEqual(first, second);
        await receiver.WhenAsync(it => it.Notices.Count == 1);
        receiver.Received[0].Verify(first);
        receiver.Received[^1].Verify(second);
        Assert.DoesNotContain(second["whsec_".Length..], (await admin.GetAsync($"{path}/webhooks/ops")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"events": ["event.completed"]}""", "url", "field.missing")]
    [InlineData("""{"url": "http://example.com/", "events": ["event.completed"]}""", "url", "url.invalid")]
    [InlineData("""{"url": "https://user:pass@example.com/", "events": ["event.completed"]}""", "url", "url.invalid")]
    [InlineData("""{"url": "https://example.com/#part", "events": ["event.completed"]}""", "url", "url.invalid")]
    [InlineData("""{"url": "/hook", "events": ["event.completed"]}""", "url", "url.invalid")]
    [InlineData("""{"url": "https://example.com/", "events": []}""", "events", "events.missing")]
    [InlineData("""{"url": "https://example.com/", "events": ["event.completed", "event.begun"]}""", "events[1]", "event.unknown")]
    [InlineData("""{"url": "https://example.com/", "events": ["event.completed"], "secret": "whsec_c2hvcnQ="}""", "secret", "secret.invalid")]
    [InlineData("""{"url": "https://example.com/", "events": ["event.completed"], "secret": "my own secret, long enough to be one"}""", "secret", "secret.invalid")]
    public async Task Put_Bad_NamesTheFieldAndChangesNothing(string body, string field, string code)
    {
        await using var gateway = await StartAsync(("PushGateway:Webhooks:AllowHttp", "false"));
        var (admin, path) = await AppAsync(gateway);

        (await admin.SendAsync(HttpMethod.Put, $"{path}/webhooks/ops", new StringContent(body, System.Text.Encoding.UTF8, "application/json")))
            .ExpectProblem(400, code, field);

        (await admin.GetAsync($"{path}/webhooks/ops")).Expect(404);
    }

    [Theory]
    [InlineData("https://10.1.2.3/hook")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://[::ffff:192.168.0.1]/hook")]
    [InlineData("https://localhost/hook")]
    public async Task Put_AddressOfTheInside_IsRefused(string url)
    {
        await using var gateway = await StartAsync(("PushGateway:Outbound:Loopback", "Never"));
        var (admin, path) = await AppAsync(gateway);

        (await admin.PutAsync($"{path}/webhooks/ops", new { url, events = s_eventCompleted })).ExpectProblem(400, "address.notAllowed", "url");

        (await admin.GetAsync($"{path}/webhooks/ops")).Expect(404);
    }

    [Fact]
    public async Task Post_AddressNoLongerAllowed_MakesNoConnection()
    {
        var folder = Directory.CreateTempSubdirectory("pushgateway-api-").FullName;
        try
        {
            await using var receiver = await WebhookReceiver.StartAsync();
            await using (var gateway = await StartInAsync(folder))
            {
                var (admin, path) = await AppAsync(gateway);
                (await admin.PutAsync($"{path}/webhooks/ops", new { url = receiver.Url, events = s_eventCompleted })).Expect(201);
            }

            // As when a name has another address by then: it was allowed when it was put, and is asked for again with the connection.
            await using var strict = await StartInAsync(folder, ("PushGateway:Outbound:Loopback", "Never"));
            var test = (await strict.Client(GatewayFixture.AdminKey).PostAsync("/v1/apps/app/webhooks/ops/test")).Expect(200);

            Assert.Equal("Connections to its address are not allowed.", test.Text("error"));
            Assert.Empty(receiver.Received);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Put_MoreThanAllowed_IsRefused()
    {
        await using var gateway = await StartAsync(("PushGateway:Api:MaxWebhooks", "2"));
        var (admin, path) = await AppAsync(gateway);
        var body = new { url = "https://example.com/", events = s_eventCompleted };
        (await admin.PutAsync($"{path}/webhooks/a", body)).Expect(201);
        (await admin.PutAsync($"{path}/webhooks/b", body)).Expect(201);

        (await admin.PutAsync($"{path}/webhooks/c", body)).ExpectProblem(409, "webhooks.tooMany");
        (await admin.PutAsync($"{path}/webhooks/a", body)).Expect(200);
    }

    [Fact]
    public async Task EventCompleted_ForAWebhook_ArrivesSignedAsReceiversLibrariesExpect()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var gateway = await StartAsync();
        var (admin, path) = await AppAsync(gateway);
        var secret = (await admin.PutAsync($"{path}/webhooks/ops", new { url = receiver.Url, events = s_eventCompleted })).Expect(201).Text("secret");

        var id = await PublishAsync(admin, path);
        await receiver.WhenAsync(it => it.Notices.Count == 1);

        var request = receiver.Received[0];
        request.Verify(secret);
        Assert.Equal("/hook?from=gateway", request.Path);
        var verified = await StandardWebhooksLibrary.VerifyAsync(secret, request);
        Assert.True(verified.GetProperty("ok").GetBoolean(), verified.ToString());
        Assert.Equal("notices", verified.GetProperty("payload").GetProperty("type").GetString());

        // The library refuses what was changed, and what another secret signed.
        Assert.False((await StandardWebhooksLibrary.VerifyAsync(secret, request with { Body = request.Body.Replace("completed", "cancelled", StringComparison.Ordinal) })).GetProperty("ok").GetBoolean());
        Assert.False((await StandardWebhooksLibrary.VerifyAsync("whsec_" + Convert.ToBase64String(new byte[32]), request)).GetProperty("ok").GetBoolean());

        var notice = receiver.Notices[0];
        Assert.Equal("event.completed", notice.GetProperty("type").GetString());
        var data = notice.GetProperty("data");
        Assert.Equal((id, "completed", 0), (data.GetProperty("event").GetString(), data.GetProperty("state").GetString(), data.GetProperty("counts").GetProperty("pending").GetInt32()));
        await Eventually.TrueAsync(async () => (await admin.GetAsync($"{path}/webhooks/ops")).Number("pending") == 0);
        Assert.NotEqual("", (await admin.GetAsync($"{path}/webhooks/ops")).Text("lastSuccessAt"));
    }

    [Fact]
    public async Task ManyNotices_OneReceiver_ComeInOrderAndSeveralToARequest()
    {
        const int Events = 60;
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var gateway = await StartAsync(("PushGateway:Webhooks:MaxBatchNotices", "25"), ("PushGateway:Webhooks:BatchDelay", "00:00:00.200"));
        var (admin, path) = await AppAsync(gateway);
        await admin.PutAsync($"{path}/webhooks/ops", new { url = receiver.Url, events = s_eventCompleted });
        await Task.WhenAll(Enumerable.Range(0, Events).Select(_ => PublishAsync(admin, path)));

        await receiver.WhenAsync(it => it.Notices.Count == Events);

        var keys = receiver.Notices.Select(notice => long.Parse(notice.GetProperty("id").GetString()!.Split('_')[^1])).ToList();
        Assert.Equal(keys.Order(), keys);
        Assert.All(receiver.Received, request => Assert.InRange(request.Notices.Count, 1, 25));
        Assert.True(receiver.Received.Count < Events, $"{receiver.Received.Count} requests");
    }

    [Fact]
    public async Task Receiver_Failing_IsTriedAgainThenParkedThenResumedWithNothingLost()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var up = false;
        receiver.Answer = (_, _) => Task.FromResult(up ? 200 : 503);
        await using var gateway = await StartAsync(("PushGateway:Webhooks:ProbeInterval", "1.00:00:00"));
        var (admin, path) = await AppAsync(gateway);
        var secret = (await admin.PutAsync($"{path}/webhooks/ops", new { url = receiver.Url, events = s_eventCompleted })).Text("secret");
        var ids = new List<string> { await PublishAsync(admin, path) };

        // 1 and 3 repeats, then it is left alone.
        await Eventually.TrueAsync(async () => (await admin.GetAsync($"{path}/webhooks/ops")).Text("state") == "parked");
        Assert.Equal(4, receiver.Received.Count);
        Assert.Single(receiver.Received.Select(request => request.Id).Distinct());
        var parked = await admin.GetAsync($"{path}/webhooks/ops");
        Assert.Equal("It answered 503.", parked.Text("lastError"));
        Assert.NotEqual("", parked.Text("parkedAt"));
        await Eventually.TrueAsync(async () => (await admin.GetAsync($"{path}/webhooks/ops")).Text("nextTryAt") != "");
        ids.Add(await PublishAsync(admin, path));
        await Eventually.TrueAsync(async () => (await admin.GetAsync($"{path}/webhooks/ops")).Number("pending") == 2);
        Assert.Equal(4, receiver.Received.Count);

        up = true;
        (await admin.PostAsync($"{path}/webhooks/ops/resume")).Expect(200);
        await receiver.WhenAsync(it => it.Notices.Count == 2);

        Assert.Equal(ids, receiver.Notices.Select(notice => notice.GetProperty("data").GetProperty("event").GetString()));
        Assert.All(receiver.Received, request => request.Verify(secret));
        await Eventually.TrueAsync(async () => (await admin.GetAsync($"{path}/webhooks/ops")) is var shown && shown.Text("state") == "active" && shown.Number("pending") == 0);
    }

    [Fact]
    public async Task Receiver_Parked_IsProbedAndRecoversByItself()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (number, _) => Task.FromResult(number > 7 ? 200 : 500);
        await using var gateway = await StartAsync(("PushGateway:Webhooks:ProbeInterval", "00:00:00.100"));
        var (admin, path) = await AppAsync(gateway);
        await admin.PutAsync($"{path}/webhooks/ops", new { url = receiver.Url, events = s_eventCompleted });
        await PublishAsync(admin, path);

        await receiver.WhenAsync(it => it.Notices.Count == 1);

        await Eventually.TrueAsync(async () => (await admin.GetAsync($"{path}/webhooks/ops")).Text("state") == "active");
        Assert.Equal(8, receiver.Received.Count);
    }

    [Fact]
    public async Task Receiver_Gone_IsParkedAtOnce()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (_, _) => Task.FromResult(410);
        await using var gateway = await StartAsync(("PushGateway:Webhooks:ProbeInterval", "1.00:00:00"));
        var (admin, path) = await AppAsync(gateway);
        await admin.PutAsync($"{path}/webhooks/ops", new { url = receiver.Url, events = s_eventCompleted });
        await PublishAsync(admin, path);

        await Eventually.TrueAsync(async () => (await admin.GetAsync($"{path}/webhooks/ops")).Text("state") == "parked");
        Assert.Single(receiver.Received);
    }

    [Fact]
    public async Task Receiver_Hanging_KeepsNoEventFromCompleting()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var release = new TaskCompletionSource();
        receiver.Answer = async (_, context) =>
        {
            await release.Task.WaitAsync(context.RequestAborted);
            return 200;
        };
        await using var gateway = await StartAsync(("PushGateway:Webhooks:Timeout", "00:02:00"));
        var (admin, path) = await AppAsync(gateway);
        await admin.PutAsync($"{path}/webhooks/ops", new { url = receiver.Url, events = s_eventCompleted });
        await PublishAsync(admin, path);
        await receiver.WhenAsync(it => it.Received.Count == 1);

        for (var number = 0; number < 20; number++)
        {
            await PublishAsync(admin, path);
        }

        // All of them are final, and the one request still hangs.
        Assert.Equal(0, Assert.Single(receiver.Received).Status);
        Assert.Equal(21, (await admin.GetAsync($"{path}/webhooks/ops")).Number("pending"));
        release.SetResult();
        await receiver.WhenAsync(it => it.Notices.Count == 21);
    }

    [Fact]
    public async Task Test_Webhook_SaysWhatCameOfItAndFollowsNoRedirect()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var gateway = await StartAsync(("PushGateway:Webhooks:Timeout", "00:00:05"));
        var (admin, path) = await AppAsync(gateway);
        var secret = (await admin.PutAsync($"{path}/webhooks/ops", new { url = receiver.Url, events = s_eventCompleted })).Text("secret");

        var ok = (await admin.PostAsync($"{path}/webhooks/ops/test")).Expect(200);
        Assert.Equal(("True", 204L), (ok.Text("ok"), ok.Number("status")));
        receiver.Received[0].Verify(secret);
        Assert.Equal("webhook.test", receiver.Received[0].Notices[0].GetProperty("type").GetString());

        receiver.Answer = (_, context) =>
        {
            context.Response.Headers.Location = $"http://127.0.0.1:{receiver.Port}/elsewhere";
            return Task.FromResult(307);
        };
        var redirected = (await admin.PostAsync($"{path}/webhooks/ops/test")).Expect(200);
        Assert.Equal(("False", 307L), (redirected.Text("ok"), redirected.Number("status")));
        Assert.DoesNotContain(receiver.Received, request => request.Path.StartsWith("/elsewhere", StringComparison.Ordinal));

        receiver.Answer = async (_, context) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 200;
        };
        var late = (await admin.PostAsync($"{path}/webhooks/ops/test")).Expect(200);
        Assert.Equal(("False", JsonValueKind.Null), (late.Text("ok"), late.Json.GetProperty("status").ValueKind));
        Assert.Contains("did not answer", late.Text("error"), StringComparison.Ordinal);

        await receiver.StopAsync();
        Assert.Equal("It refused the connection.", (await admin.PostAsync($"{path}/webhooks/ops/test")).Expect(200).Text("error"));
    }

    [Fact]
    public async Task Webhooks_WithoutAdminScope_AreRefused()
    {
        await using var gateway = await StartAsync();
        var (admin, path) = await AppAsync(gateway);
        foreach (var scope in new[] { "publish", "devices", "read" })
        {
            var key = gateway.Client((await admin.PostAsync("/v1/keys", new { name = scope, scopes = new[] { scope }, app = "app" })).Expect(201).Text("key"));
            (await key.GetAsync($"{path}/webhooks")).Expect(403);
            (await key.PutAsync($"{path}/webhooks/ops", new { url = "https://example.com/", events = s_eventCompleted })).Expect(403);
        }
    }

    private static Task<TestGateway> StartAsync(params (string Name, string Value)[] settings) => StartInAsync(null, settings);

    private static Task<TestGateway> StartInAsync(string? folder, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["PushGateway:Webhooks:AllowHttp"] = "true",
            ["PushGateway:Webhooks:BatchDelay"] = "00:00:00.010",
            ["PushGateway:Webhooks:RetryDelay"] = "00:00:00.010",
            ["PushGateway:Webhooks:RetryLimit"] = "00:00:00.020",
            ["PushGateway:Webhooks:Retries"] = "3",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        return TestGateway.StartAsync(all, folder: folder);
    }

    private static async Task<(ApiClient Admin, string Path)> AppAsync(TestGateway gateway)
    {
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/app", new { name = "App" })).Expect(201);
        return (admin, "/v1/apps/app");
    }

    /// <summary>An event to nobody, which is final as soon as it is looked at.</summary>
    private static async Task<string> PublishAsync(ApiClient admin, string path)
    {
        var id = (await admin.PostAsync($"{path}/events", Samples.Event())).Expect(202).Text("id");
        await Eventually.TrueAsync(async () => (await admin.GetAsync($"{path}/events/{id}")).Text("state") == "completed");
        return id;
    }
}
