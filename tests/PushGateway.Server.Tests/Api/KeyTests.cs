using System.Text.Json;

namespace PushGateway.Server.Tests.Api;

public sealed class KeyTests(GatewayFixture fixture)
{
    private static readonly string[] s_publishAndRead = ["publish", "read"];
    private static readonly string[] s_read = ["read"];

    [Fact]
    public async Task Create_ForApp_ShowsTheKeyOnceAndItWorks()
    {
        var app = await fixture.CreateAppAsync();
        var created = (await fixture.Admin.PostAsync("/v1/keys", new { name = "web", scopes = s_publishAndRead, app = app.Id })).Expect(201);
        var key = created.Text("key");
        Assert.Matches("^pk_[A-Za-z0-9_-]{43}$", key);
        (await fixture.Gateway.Client(key).PostAsync($"{app.Path}/events", Samples.Event())).Expect(202);
        var listed = await FindAsync(created.Text("id"), key);
        Assert.Equal(s_publishAndRead, listed.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()!));
        Assert.Equal(app.Id, listed.GetProperty("app").GetString());
    }

    [Fact]
    public async Task List_AKeyThatWasUsed_SaysWhen()
    {
        var app = await fixture.CreateAppAsync();
        var created = (await fixture.Admin.PostAsync("/v1/keys", new { name = "web", scopes = s_read, app = app.Id })).Expect(201);
        Assert.Equal(JsonValueKind.Null, (await FindAsync(created.Text("id"))).GetProperty("lastUsedAt").ValueKind);

        (await fixture.Gateway.Client(created.Text("key")).GetAsync($"{app.Path}/events")).Expect(200);

        Assert.Equal(JsonValueKind.String, (await FindAsync(created.Text("id"))).GetProperty("lastUsedAt").ValueKind);
    }

    [Fact]
    public async Task Remove_Known_IsRefusedFromThenOn()
    {
        var app = await fixture.CreateAppAsync();
        var created = (await fixture.Admin.PostAsync("/v1/keys", new { name = "web", scopes = s_read, app = app.Id })).Expect(201);
        var client = fixture.Gateway.Client(created.Text("key"));
        (await client.GetAsync($"{app.Path}/events")).Expect(200);
        (await fixture.Admin.DeleteAsync($"/v1/keys/{created.Text("id")}")).Expect(204);
        (await client.GetAsync($"{app.Path}/events")).ExpectProblem(401, "key.unknown");
        (await fixture.Admin.DeleteAsync($"/v1/keys/{created.Text("id")}")).ExpectProblem(404, "key.unknown");
    }

    [Theory]
    [InlineData("""{"scopes":["read"],"app":"APP"}""", "field.missing", "name")]
    [InlineData("""{"name":"x","app":"APP"}""", "scopes.missing", "scopes")]
    [InlineData("""{"name":"x","scopes":[],"app":"APP"}""", "scopes.missing", "scopes")]
    [InlineData("""{"name":"x","scopes":["read","root"],"app":"APP"}""", "scope.unknown", "scopes[1]")]
    [InlineData("""{"name":"x","scopes":["read"]}""", "app.missing", "app")]
    [InlineData("""{"name":"x","scopes":["admin"],"app":"APP"}""", "app.notAllowed", "app")]
    [InlineData("""{"name":"x","scopes":["read"],"app":"no-such-app"}""", "app.unknown", "app")]
    [InlineData("""{"name":"x","scopes":"read","app":"APP"}""", "json.wrongType", "scopes")]
    public async Task Create_BadRequest_NamesTheField(string body, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        (await fixture.Admin.PostTextAsync("/v1/keys", body.Replace("APP", app.Id, StringComparison.Ordinal))).ExpectProblem(400, code, field);
    }

    /// <summary>The key as listed.</summary>
    /// <param name="secret">What no page of the list may have in it.</param>
    private async Task<JsonElement> FindAsync(string id, string? secret = null)
    {
        List<JsonElement> all = [];
        string? cursor = null;
        do
        {
            var page = (await fixture.Admin.GetAsync($"/v1/keys?limit=1000&cursor={cursor}")).Expect(200);
            Assert.True(secret is null || !page.Body.Contains(secret, StringComparison.Ordinal));
            all.AddRange(page.Json.GetProperty("items").EnumerateArray());
            cursor = page.Json.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        return all.Single(item => item.GetProperty("id").GetString() == id);
    }
}
