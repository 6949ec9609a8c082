namespace PushGateway.Server.Tests.Api;

/// <summary>Removals through the API, of devices that the simulated providers call dead.</summary>
public sealed class RemovalTests(GatewayFixture fixture)
{
    private static readonly string[] s_devicesScope = ["devices"];

    [Fact]
    public async Task Undo_RemovedDevice_BringsItBackWithItsTagsAndSubscriptions()
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        var token = "dead" + Samples.ApnsToken(7)[4..];
        (await app.Devices.PutAsync($"{app.Path}/devices/phone", new { provider = "apns", token, subscriber = "ana", locale = "es-MX", tags = new { plan = "pro" } })).Expect(201);
        (await app.Devices.PutAsync($"{app.Path}/devices/other", Samples.ApnsDevice())).Expect(201);
        (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/ana")).Expect(204);
        (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/other")).Expect(204);
        var before = (await app.Devices.GetAsync($"{app.Path}/devices/phone")).Expect(200);
        var id = await PublishAsync(app.Publish, app.Path);
        (await app.Devices.GetAsync($"{app.Path}/devices/phone")).Expect(404);

        var listed = (await app.Read.GetAsync($"{app.Path}/removals?device=phone&reason=Unregistered&provider=apns&state=removed&event={id}")).Expect(200);
        var removal = Assert.Single(listed.Json.GetProperty("items").EnumerateArray());
        Assert.Equal(
            ("phone", "ana", "apns", token[..8] + "…", "removed", "Unregistered", id),
            (Text("device"), Text("subscriber"), Text("provider"), Text("token"), Text("state"), Text("reason"), Text("event")));
        Assert.Equal(TimeSpan.FromDays(7), removal.GetProperty("undoUntil").GetDateTimeOffset() - removal.GetProperty("at").GetDateTimeOffset());
        Assert.Empty((await app.Read.GetAsync($"{app.Path}/removals?device=other")).Expect(200).Json.GetProperty("items").EnumerateArray());

        (await app.Publish.PostAsync($"{app.Path}/removals/{Text("id")}/undo")).Expect(403);
        Assert.Equal("undone", (await app.Devices.PostAsync($"{app.Path}/removals/{Text("id")}/undo")).Expect(200).Text("state"));
        (await app.Devices.PostAsync($"{app.Path}/removals/{Text("id")}/undo")).Expect(200);

        var after = (await app.Devices.GetAsync($"{app.Path}/devices/phone")).Expect(200);
        foreach (var name in new[] { "token", "subscriber", "locale", "createdAt", "tags" })
        {
            Assert.Equal(before.Json.GetProperty(name).ToString(), after.Json.GetProperty(name).ToString());
        }

        Assert.Contains("news", (await app.Devices.GetAsync($"{app.Path}/subscribers/ana/channels")).Body, StringComparison.Ordinal);
        fixture.Gateway.Errors.ExpectNone();

        string? Text(string name) => removal.GetProperty(name).GetString();
    }

    [Fact]
    public async Task Undo_NotAsItWas_IsAConflictThatSaysWhy()
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        string[] devices = ["moved", "anew", "deleted"];
        foreach (var (name, number) in devices.Select((name, number) => (name, number)))
        {
            await app.Devices.PutAsync($"{app.Path}/devices/{name}", new { provider = "apns", token = "dead" + Samples.ApnsToken(number)[4..] });
            await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/{name}");
        }

        await PublishAsync(app.Publish, app.Path);
        (await app.Devices.PutAsync($"{app.Path}/devices/thief", new { provider = "apns", token = "dead" + Samples.ApnsToken(0)[4..] })).Expect(201);
        (await app.Devices.PutAsync($"{app.Path}/devices/anew", Samples.ApnsDevice(99))).Expect(201);
        (await app.Devices.DeleteAsync($"{app.Path}/devices/deleted")).Expect(404);

        (await UndoAsync("moved")).ExpectProblem(409, "removal.tokenMoved");
        (await UndoAsync("anew")).ExpectProblem(409, "removal.registeredAnew");
        (await UndoAsync("deleted")).ExpectProblem(409, "removal.deviceDeleted");
        (await app.Devices.PostAsync($"{app.Path}/removals/1234567890123/undo")).ExpectProblem(404, "removal.unknown");
        (await app.Devices.PostAsync($"{app.Path}/removals/no-number/undo")).ExpectProblem(404, "removal.unknown");

        var bulk = (await app.Devices.PostAsync($"{app.Path}/removals/undo", new { since = "2020-01-01T00:00:00Z", until = "2100-01-01T00:00:00Z" })).Expect(200);
        Assert.Equal(0, bulk.Number("undone"));
        Assert.Equal((1L, 1L, 1L), (bulk.Number("skipped", "tokenMoved"), bulk.Number("skipped", "registeredAnew"), bulk.Number("skipped", "deviceDeleted")));

        async Task<Answer> UndoAsync(string device)
        {
            var item = Assert.Single((await app.Read.GetAsync($"{app.Path}/removals?device={device}")).Expect(200).Json.GetProperty("items").EnumerateArray());
            return await app.Devices.PostAsync($"{app.Path}/removals/{item.GetProperty("id").GetString()}/undo");
        }
    }

    [Theory]
    [InlineData("undo", "{}", "field.missing", "since", "until")]
    [InlineData("undo", """{"since": "yesterday", "until": "2026-01-01T00:00:00Z"}""", "time.invalid", "since")]
    [InlineData("undo", """{"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}""", "until.notLater", "until")]
    [InlineData("undo", """{"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z", "event": "no-such-event"}""", "event.unknown", "event")]
    [InlineData("undo", """{"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z", "provider": "gcm"}""", "provider.unknown", "provider")]
    [InlineData("release", "{}", "field.missing", "provider", "decision")]
    [InlineData("release", """{"provider": "apns", "decision": "perhaps"}""", "decision.invalid", "decision")]
    [InlineData("release", """{"provider": "apns", "decision": "apply", "allowForSeconds": 604801}""", "allowForSeconds.outOfRange", "allowForSeconds")]
    [InlineData("release", """{"provider": "apns", "decision": "discard", "allowForSeconds": 60}""", "allowForSeconds.notAllowed", "allowForSeconds")]
    public async Task Post_Bad_NamesTheFields(string verb, string body, string code, params string[] fields)
    {
        var app = await fixture.CreateAppAsync();

        (await app.Admin.PostTextAsync($"{app.Path}/removals/{verb}", body)).ExpectProblem(400, code, fields);
    }

    [Theory]
    [InlineData("state=gone", "state.unknown", "state")]
    [InlineData("provider=gcm", "provider.unknown", "provider")]
    [InlineData("device=a/b", "id.invalid", "device")]
    [InlineData("event=a%20b", "id.invalid", "event")]
    [InlineData("reason=", "reason.invalid", "reason")]
    [InlineData("limit=0", "limit.outOfRange", "limit")]
    [InlineData("cursor=bm8", "cursor.invalid", "cursor")]
    public async Task List_Bad_NamesTheField(string query, string code, string field)
    {
        var app = await fixture.CreateAppAsync();

        (await app.Read.GetAsync($"{app.Path}/removals?{query}")).ExpectProblem(400, code, field);
    }

    [Fact]
    public async Task Release_HeldRemovals_IsForAdminsAndShownAtTheProvider()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            ["PushGateway:Removals:Window"] = "20",
            ["PushGateway:Removals:MinRemovals"] = "5",
        });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        const string App = "/v1/apps/held";
        (await admin.PutAsync(App, new { name = "App" })).Expect(201);
        (await admin.PutAsync($"{App}/providers/apns", fixture.Simulator.Control.Credentials.Apns)).Expect(204);
        for (var number = 0; number < 10; number++)
        {
            await admin.PutAsync($"{App}/devices/d{number}", new { provider = "apns", token = "dead" + Samples.ApnsToken(number)[4..], subscriber = "ana" });
        }

        (await admin.PutAsync($"{App}/channels/news/subscribers/ana")).Expect(204);
        Assert.Equal("applied", (await admin.GetAsync($"{App}/providers/apns")).Text("removals", "state"));
        await PublishAsync(admin, App);

        var shown = (await admin.GetAsync($"{App}/providers/apns")).Expect(200);
        Assert.Equal(("held", 10L, "running"), (shown.Text("removals", "state"), shown.Number("removals", "held"), shown.Text("health", "state")));
        Assert.Contains("wrong environment", shown.Text("removals", "message"), StringComparison.Ordinal);
        Assert.Equal(10, (await admin.GetAsync($"{App}/removals?state=held&provider=apns")).Json.GetProperty("items").GetArrayLength());
        (await admin.GetAsync($"{App}/devices/d0")).Expect(200);
        var key = gateway.Client((await admin.PostAsync("/v1/keys", new { name = "devices", scopes = s_devicesScope, app = "held" })).Text("key"));
        (await key.PostAsync($"{App}/removals/release", new { provider = "apns", decision = "apply" })).Expect(403);

        // One of them is known to be good: it is taken out of the decision.
        var good = (await admin.GetAsync($"{App}/removals?device=d3")).Json.GetProperty("items")[0].GetProperty("id").GetString();
        (await admin.PostAsync($"{App}/removals/{good}/undo")).Expect(200);
        var released = (await admin.PostAsync($"{App}/removals/release", new { provider = "apns", decision = "apply", allowForSeconds = 600 })).Expect(200);

        Assert.Equal(9, released.Number("changed"));
        Assert.NotEqual("", released.Text("allowedUntil"));
        Assert.Equal("allowed", (await admin.GetAsync($"{App}/providers/apns")).Text("removals", "state"));
        (await admin.GetAsync($"{App}/devices/d0")).Expect(404);
        (await admin.GetAsync($"{App}/devices/d3")).Expect(200);
        (await admin.PostAsync($"{App}/removals/release", new { provider = "apns", decision = "discard" })).Expect(200);
        Assert.Equal("applied", (await admin.GetAsync($"{App}/providers/apns")).Text("removals", "state"));
    }

    private static async Task<string> PublishAsync(ApiClient client, string path)
    {
        var id = (await client.PostAsync($"{path}/events", Samples.Event())).Expect(202).Text("id");
        await Eventually.TrueAsync(async () => (await client.GetAsync($"{path}/events/{id}")).Text("state") == "completed");
        return id;
    }
}
