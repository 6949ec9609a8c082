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

    private JsonObject Apns() => JsonSerializer.SerializeToNode(fixture.Simulator.Control.Credentials.Apns, s_json)!.AsObject();
}
