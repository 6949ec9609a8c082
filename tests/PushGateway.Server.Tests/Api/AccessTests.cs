namespace PushGateway.Server.Tests.Api;

public sealed class AccessTests(GatewayFixture fixture)
{
    [Theory]
    [InlineData("GET", "/v1/apps")]
    [InlineData("GET", "/v1/keys")]
    [InlineData("POST", "/v1/keys")]
    [InlineData("PUT", "/v1/apps/a")]
    [InlineData("PUT", "/v1/apps/a/providers/apns")]
    [InlineData("PUT", "/v1/apps/a/devices/d")]
    [InlineData("POST", "/v1/apps/a/devices/import")]
    [InlineData("GET", "/v1/apps/a/devices/export")]
    [InlineData("PUT", "/v1/apps/a/channels/c/subscribers/s")]
    [InlineData("POST", "/v1/apps/a/events")]
    [InlineData("GET", "/v1/apps/a/events/e/progress")]
    public async Task AnyEndpoint_WithoutKey_Is401(string method, string path)
    {
        var answer = await fixture.Gateway.Client(null).SendAsync(new HttpMethod(method), path, null);
        answer.ExpectProblem(401, "key.missing");
        Assert.StartsWith("Bearer", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-key-no-such-key-no-such-key")]
    [InlineData("")]
    public async Task AnyEndpoint_WithUnknownKey_Is401(string key)
    {
        var answer = await fixture.Gateway.Client(null).SendAsync(HttpMethod.Get, "/v1/apps", null, ("Authorization", $"Bearer {key}"));
        answer.ExpectProblem(401, "key.unknown");
    }

    [Fact]
    public async Task AnyEndpoint_WithBasicCredentials_Is401() =>
        (await fixture.Gateway.Client(null).SendAsync(HttpMethod.Get, "/v1/apps", null, ("Authorization", "Basic Zm9vOmJhcg=="))).ExpectProblem(401, "key.unknown");

    [Fact]
    public async Task Scopes_OutsideThem_Is403()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.GetAsync("/v1/apps")).ExpectProblem(403, "scope.insufficient");
        (await app.Publish.GetAsync("/v1/keys")).ExpectProblem(403, "scope.insufficient");
        (await app.Devices.GetAsync($"{app.Path}/providers/apns")).ExpectProblem(403, "scope.insufficient");
        (await app.Publish.PutAsync($"{app.Path}/devices/d", Samples.ApnsDevice())).ExpectProblem(403, "scope.insufficient");
        (await app.Devices.PostAsync($"{app.Path}/events", Samples.Event())).ExpectProblem(403, "scope.insufficient");
        (await app.Read.PostAsync($"{app.Path}/events", Samples.Event())).ExpectProblem(403, "scope.insufficient");
        (await app.Read.PutAsync($"{app.Path}/channels/c/subscribers/s")).ExpectProblem(403, "scope.insufficient");
        (await app.Read.GetAsync($"{app.Path}/devices/export")).ExpectProblem(403, "scope.insufficient");
        (await app.Devices.GetAsync($"{app.Path}/events")).ExpectProblem(403, "scope.insufficient");
    }

    [Fact]
    public async Task Scopes_Read_ReachesWhatIsLookedAt()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Read.GetAsync($"{app.Path}/events")).Expect(200);
        (await app.Read.GetAsync($"{app.Path}/channels/c")).Expect(200);
        (await app.Read.GetAsync($"{app.Path}/subscribers/s/devices")).Expect(200);
        (await app.Read.GetAsync($"{app.Path}/subscribers/s/channels")).Expect(200);
    }

    [Fact]
    public async Task OtherApp_WithAppKey_Is403WhetherItExistsOrNot()
    {
        var mine = await fixture.CreateAppAsync();
        var other = await fixture.CreateAppAsync();
        var toOther = (await mine.Publish.PostAsync($"{other.Path}/events", Samples.Event())).ExpectProblem(403, "app.forbidden");
        var toNone = (await mine.Publish.PostAsync("/v1/apps/no-such-app/events", Samples.Event())).ExpectProblem(403, "app.forbidden");
        Assert.Equal(toOther.Text("detail"), toNone.Text("detail"));
        (await mine.Devices.GetAsync($"{other.Path}/devices/d")).ExpectProblem(403, "app.forbidden");
        Assert.Empty((await other.Read.GetAsync($"{other.Path}/events")).Expect(200).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task UnknownApp_WithAdminKey_Is404() =>
        (await fixture.Admin.GetAsync("/v1/apps/no-such-app/devices/d")).ExpectProblem(404, "app.unknown");

    [Fact]
    public async Task UnknownRoute_Is404() => (await fixture.Admin.GetAsync("/v1/nothing/here")).ExpectProblem(404, "route.unknown");

    [Fact]
    public async Task WrongMethod_Is405()
    {
        var answer = await fixture.Admin.SendAsync(HttpMethod.Patch, "/v1/apps", null);
        answer.ExpectProblem(405, "method.notAllowed");
        Assert.Contains("GET", answer.Headers["Allow"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/openapi/v2.json")]
    [InlineData("/openapi/nothing")]
    [InlineData("/docs/v2")]
    [InlineData("/v2/apps")]
    [InlineData("/favicon.ico")]
    [InlineData("/")]
    public async Task UnknownAddress_AnywhereAndWithoutKey_Is404(string path) =>
        (await fixture.Gateway.Client(null).GetAsync(path)).ExpectProblem(404, "route.unknown");
}
