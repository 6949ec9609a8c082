using System.Text.Json;
using System.Text.Json.Nodes;

namespace PushGateway.Server.Tests.Api;

public sealed class ProviderCredentialTests(GatewayFixture fixture)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    [Fact]
    public async Task Put_Both_AreShownWithoutSecretsAndProveThemselves()
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        var apns = (await app.Admin.GetAsync($"{app.Path}/providers/apns")).Expect(200);
        Assert.Equal("com.example.demo", apns.Text("bundleId"));
        Assert.Equal("running", apns.Text("health", "state"));
        Assert.DoesNotContain("PRIVATE", apns.Body, StringComparison.Ordinal);
        var fcm = (await app.Admin.GetAsync($"{app.Path}/providers/fcm")).Expect(200);
        Assert.Equal("demo-project", fcm.Text("projectId"));
        Assert.DoesNotContain("PRIVATE", fcm.Body, StringComparison.Ordinal);
        foreach (var provider in new[] { "apns", "fcm" })
        {
            var check = (await app.Admin.PostAsync($"{app.Path}/providers/{provider}/check")).Expect(200);
            Assert.True(check.Json.GetProperty("ok").GetBoolean(), check.Body);
            Assert.Equal("ok", check.Text("code"));
        }

        Assert.Equal(["apns", "fcm"], (await app.Admin.GetAsync(app.Path)).Json.GetProperty("providers").EnumerateArray().Select(name => name.GetString()!));
    }

    [Fact]
    public async Task Check_EndpointWhereNobodyListens_SaysSoInWords()
    {
        var app = await fixture.CreateAppAsync();
        var credential = Apns();
        credential["endpoint"] = "https://127.0.0.1:1";
        (await app.Admin.PutAsync($"{app.Path}/providers/apns", credential)).Expect(204);
        var check = (await app.Admin.PostAsync($"{app.Path}/providers/apns/check")).Expect(200);
        Assert.False(check.Json.GetProperty("ok").GetBoolean());
        Assert.Equal("endpoint.unreachable", check.Text("code"));
        Assert.NotEmpty(check.Text("message"));
    }

    [Fact]
    public async Task Put_CheckedFirst_ReplacesOnlyWithWhatTheProviderAccepts()
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        foreach (var (provider, bad, code) in new[] { ("apns", Apns(key: "NOSUCHKEY1"), "credential.refused"), ("apns", Apns(endpoint: "https://127.0.0.1:1"), "endpoint.unreachable"), ("fcm", Fcm("nobody@demo.example"), "credential.refused") })
        {
            var refused = (await app.Admin.PutAsync($"{app.Path}/providers/{provider}?check=true", bad)).ExpectProblem(422, code);
            Assert.EndsWith("Nothing was changed.", refused.Text("detail"), StringComparison.Ordinal);
            var kept = (await app.Admin.GetAsync($"{app.Path}/providers/{provider}")).Expect(200);
            Assert.Equal((1L, ""), (kept.Number("version"), kept.Text("previous")));
            Assert.True((await app.Admin.PostAsync($"{app.Path}/providers/{provider}/check")).Json.GetProperty("ok").GetBoolean());
        }

        (await app.Admin.PutAsync($"{app.Path}/providers/apns?check=true", Apns())).Expect(204);
        (await app.Admin.PutAsync($"{app.Path}/providers/fcm?check=true", Fcm())).Expect(204);
        (await app.Admin.PutAsync($"{app.Path}/providers/apns?check=perhaps", Apns())).ExpectProblem(400, "check.invalid", "check");
    }

    [Fact]
    public async Task Restore_AfterAReplacement_PutsThePreviousOneBackAndCanBeUndone()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Admin.PostAsync($"{app.Path}/providers/apns/restore")).ExpectProblem(404, "provider.notConfigured");
        await fixture.ConfigureProvidersAsync(app);
        (await app.Admin.PostAsync($"{app.Path}/providers/apns/restore")).ExpectProblem(409, "credential.noPrevious");
        var first = (await app.Admin.GetAsync($"{app.Path}/providers/apns")).Expect(200);
        Assert.False(first.Json.GetProperty("rotationDue").GetBoolean());

        (await app.Admin.PutAsync($"{app.Path}/providers/apns", Apns(key: "NOSUCHKEY1"))).Expect(204);
        // The same once more is no other one to go back to.
        (await app.Admin.PutAsync($"{app.Path}/providers/apns", Apns(key: "NOSUCHKEY1"))).Expect(204);
        var replaced = (await app.Admin.GetAsync($"{app.Path}/providers/apns")).Expect(200);
        Assert.Equal(("NOSUCHKEY1", 3L, "SIMKEY0001"), (replaced.Text("keyId"), replaced.Number("version"), replaced.Text("previous", "keyId")));
        Assert.Equal(first.Text("setAt"), replaced.Text("previous", "setAt"));
        var previous = replaced.Json.GetProperty("previous");
        Assert.Equal(TimeSpan.FromDays(7), previous.GetProperty("keptUntil").GetDateTimeOffset() - previous.GetProperty("replacedAt").GetDateTimeOffset());
        Assert.DoesNotContain("PRIVATE", replaced.Body, StringComparison.Ordinal);

        var restored = (await app.Admin.PostAsync($"{app.Path}/providers/apns/restore")).Expect(200);
        Assert.Equal(("SIMKEY0001", 4L, "NOSUCHKEY1"), (restored.Text("keyId"), restored.Number("version"), restored.Text("previous", "keyId")));
        Assert.Equal(first.Text("setAt"), restored.Text("setAt"));
        Assert.True((await app.Admin.PostAsync($"{app.Path}/providers/apns/check")).Json.GetProperty("ok").GetBoolean());
        Assert.Equal("NOSUCHKEY1", (await app.Admin.PostAsync($"{app.Path}/providers/apns/restore")).Expect(200).Text("keyId"));
        (await app.Publish.PostAsync($"{app.Path}/providers/apns/restore")).Expect(403);
        var audit = await fixture.Gateway.Service<PushGateway.Core.Administration.IAuditLog>().ListAsync(null, 500, TestContext.Current.CancellationToken);
        Assert.Equal(2, audit.Count(entry => entry.Action == "credential.restore" && entry.Target == app.Id && entry.Detail == "apns"));
    }

    [Fact]
    public async Task Get_NotConfigured_Is404()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Admin.GetAsync($"{app.Path}/providers/apns")).ExpectProblem(404, "provider.notConfigured");
        (await app.Admin.PostAsync($"{app.Path}/providers/fcm/check")).ExpectProblem(404, "provider.notConfigured");
        (await app.Admin.GetAsync($"{app.Path}/providers/webpush")).ExpectProblem(404, "provider.unknown");
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("PUT", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "")]
    [InlineData("PATCH", "")]
    [InlineData("POST", "/check")]
    public async Task AnyMethod_UnknownProvider_Is404(string method, string rest)
    {
        var app = await fixture.CreateAppAsync();
        var answer = await app.Admin.SendAsync(new HttpMethod(method), $"{app.Path}/providers/webpush{rest}", null);
        answer.ExpectProblem(404, "provider.unknown");
        Assert.Contains("apns, fcm", answer.Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("POST")]
    public async Task WrongMethod_KnownProvider_Is405(string method)
    {
        var app = await fixture.CreateAppAsync();
        var answer = (await app.Admin.SendAsync(new HttpMethod(method), $"{app.Path}/providers/apns", null)).ExpectProblem(405, "method.notAllowed");
        Assert.Equal("GET, PUT", answer.Headers["Allow"]);
    }

    [Theory]
    [InlineData("teamId", "short", "teamId.invalid")]
    [InlineData("keyId", "with spaces", "keyId.invalid")]
    [InlineData("privateKey", "not a key", "credential.invalid")]
    [InlineData("bundleId", "no_underscores", "bundleId.invalid")]
    [InlineData("environment", "staging", "environment.invalid")]
    [InlineData("endpoint", "http://127.0.0.1:1", "endpoint.invalid")]
    [InlineData("endpoint", "https://user@127.0.0.1:1", "endpoint.invalid")]
    [InlineData("endpoint", "https://127.0.0.1:1/path", "endpoint.invalid")]
    [InlineData("trustedCertificates", "not a certificate", "credential.invalid")]
    public async Task PutApns_BadField_NamesIt(string field, string value, string code)
    {
        var app = await fixture.CreateAppAsync();
        var credential = Apns();
        credential[field] = value;
        (await app.Admin.PutAsync($"{app.Path}/providers/apns", credential)).ExpectProblem(400, code, field);
        (await app.Admin.GetAsync($"{app.Path}/providers/apns")).ExpectProblem(404, "provider.notConfigured");
    }

    [Fact]
    public async Task PutApns_Empty_NamesAllThatIsMissing()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Admin.PutAsync($"{app.Path}/providers/apns", new { }))
            .ExpectProblem(400, "field.missing", "teamId", "keyId", "privateKey", "bundleId", "environment");
    }

    [Fact]
    public async Task PutFcm_KeyFileWithoutItsFields_NamesThem()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Admin.PutAsync($"{app.Path}/providers/fcm", new { serviceAccount = new { type = "service_account" } }))
            .ExpectProblem(400, "serviceAccount.invalid", "serviceAccount.project_id", "serviceAccount.client_email");
        (await app.Admin.PutAsync($"{app.Path}/providers/fcm", new { })).ExpectProblem(400, "field.missing", "serviceAccount");
        (await app.Admin.PutAsync($"{app.Path}/providers/fcm", new { serviceAccount = "text" })).ExpectProblem(400, "json.wrongType", "serviceAccount");
    }

    [Fact]
    public async Task PutFcm_QuotaOutOfRange_NamesIt()
    {
        var app = await fixture.CreateAppAsync();
        var credential = JsonSerializer.SerializeToNode(fixture.Simulator.Control.Credentials.Fcm, s_json)!.AsObject();
        credential["messagesPerMinute"] = 0;
        (await app.Admin.PutAsync($"{app.Path}/providers/fcm", credential)).ExpectProblem(400, "messagesPerMinute.outOfRange", "messagesPerMinute");
    }

    private JsonObject Apns(string? key = null, string? endpoint = null)
    {
        var credential = JsonSerializer.SerializeToNode(fixture.Simulator.Control.Credentials.Apns, s_json)!.AsObject();
        credential["keyId"] = key ?? credential["keyId"]!.GetValue<string>();
        credential["endpoint"] = endpoint ?? credential["endpoint"]!.GetValue<string>();
        return credential;
    }

    private JsonObject Fcm(string? clientEmail = null)
    {
        var credential = JsonSerializer.SerializeToNode(fixture.Simulator.Control.Credentials.Fcm, s_json)!.AsObject();
        var account = credential["serviceAccount"]!;
        account["client_email"] = clientEmail ?? account["client_email"]!.GetValue<string>();
        return credential;
    }
}
