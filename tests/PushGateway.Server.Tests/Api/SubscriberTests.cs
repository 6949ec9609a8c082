using System.Text;
using PushGateway.Client;
using PushGateway.Server.Tests.Live;

namespace PushGateway.Server.Tests.Api;

/// <summary>A person's data in one call: handed out and deleted.</summary>
public sealed class SubscriberTests(GatewayFixture fixture)
{
    private static readonly string[] s_phone = ["phone"];
    private static readonly string[] s_any = ["*"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Delete_ASubscriber_LeavesNothingAndEndsItsTokens()
    {
        var app = await fixture.CreateAppAsync();
        await RegisterAsync(app, "phone", "ana");
        await RegisterAsync(app, "other", "ben");
        (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/ana")).Expect(204);
        var phone = fixture.Gateway.Client(await TokenAsync(app, "ana"));
        (await phone.GetAsync($"{app.Path}/devices/phone")).Expect(200);

        (await app.Read.DeleteAsync($"{app.Path}/subscribers/ana")).ExpectProblem(403, "scope.insufficient");
        (await app.Devices.DeleteAsync($"{app.Path}/subscribers/ana")).Expect(204);
        (await app.Devices.DeleteAsync($"{app.Path}/subscribers/ana")).Expect(204);

        (await app.Devices.GetAsync($"{app.Path}/devices/phone")).ExpectProblem(404, "device.unknown");
        (await app.Devices.GetAsync($"{app.Path}/subscribers/ana/export")).ExpectProblem(404, "subscriber.unknown");
        Assert.Equal(0, (await app.Devices.GetAsync($"{app.Path}/channels/news")).Expect(200).Number("subscribers"));
        (await app.Devices.GetAsync($"{app.Path}/devices/other")).Expect(200);
        (await phone.GetAsync($"{app.Path}/devices/phone")).ExpectProblem(401, "token.subscriberDeleted");
        (await phone.PutAsync($"{app.Path}/devices/phone", Fcm("phone"))).ExpectProblem(401, "token.subscriberDeleted");
        (await app.Devices.DeleteAsync("/v1/apps/no-such-app/subscribers/ana")).ExpectProblem(403, "app.forbidden");
        (await app.Admin.DeleteAsync("/v1/apps/no-such-app/subscribers/ana")).ExpectProblem(404, "app.unknown");

        // Somebody new under the same id.
        await Eventually.TrueAsync(async () =>
        {
            phone = fixture.Gateway.Client(await TokenAsync(app, "ana"));
            return (await phone.PutAsync($"{app.Path}/devices/phone", Fcm("phone"))).Status == 201;
        });
        Assert.Equal(["phone"], Ids(await phone.GetAsync($"{app.Path}/subscribers/ana/devices")));
        Assert.Empty((await phone.GetAsync($"{app.Path}/subscribers/ana/channels")).Expect(200).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Delete_WhileASubscriberIsConnected_EndsTheStreamBeforeTheNextMessage()
    {
        var app = await fixture.CreateAppAsync();
        using var http = new HttpClient { BaseAddress = fixture.Gateway.Address };
        var token = await TokenAsync(app, "ana", listen: s_any, send: s_any);
        await using var stream = await SseClient.OpenAsync(http, $"{app.Path}/channels/news/sse", token);
        Assert.Equal("state", (await stream.NextAsync()).Event);

        (await app.Devices.DeleteAsync($"{app.Path}/subscribers/ana")).Expect(204);
        (await app.Publish.PostAsync($"{app.Path}/channels/news/messages", new { type = "said" })).Expect(201);

        var last = await stream.NextAsync();
        Assert.Equal(("end", "forbidden"), (last.Event, last.Data.GetProperty("reason").GetString()));
        (await fixture.Gateway.Client(token).PostAsync($"{app.Path}/channels/news/messages", new { type = "said" })).ExpectProblem(401, "token.subscriberDeleted");
    }

    [Fact]
    public async Task Export_ASubscriber_HasAllThatIsKept()
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        await RegisterAsync(app, "phone", "ana");
        await RegisterAsync(app, "old", "ana");
        (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/ana")).Expect(204);
        var id = (await app.Publish.PostAsync($"{app.Path}/events", new { type = "video", audience = new { subscribers = (string[])["ana"] }, notification = new { title = "Hi" } })).Expect(202).Text("id");
        await Eventually.TrueAsync(async () => (await app.Read.GetAsync($"{app.Path}/events/{id}")).Text("state") == "completed");
        (await app.Devices.DeleteAsync($"{app.Path}/devices/old")).Expect(204);
        (await app.Devices.PostAsync($"{app.Path}/events/{id}/opened", new { devices = s_phone })).Expect(200);

        (await app.Read.GetAsync($"{app.Path}/subscribers/ana/export")).ExpectProblem(403, "scope.insufficient");
        var export = (await app.Devices.GetAsync($"{app.Path}/subscribers/ana/export")).Expect(200);

        Assert.Equal("ana", export.Text("subscriber"));
        var device = Assert.Single(export.Json.GetProperty("devices").EnumerateArray());
        Assert.Equal(("phone", Token("phone"), "pro"), (device.GetProperty("id").GetString(), device.GetProperty("token").GetString(), device.GetProperty("tags").GetProperty("plan").GetString()));
        Assert.Equal(["news"], export.Json.GetProperty("channels").EnumerateArray().Select(channel => channel.GetString()));
        var removed = Assert.Single(export.Json.GetProperty("removedDevices").EnumerateArray());
        Assert.Equal(("old", Token("old"), "requested"), (removed.GetProperty("id").GetString(), removed.GetProperty("token").GetString(), removed.GetProperty("reason").GetString()));
        Assert.Equal(
            [(id, "old", "accepted"), (id, "phone", "accepted")],
            export.Json.GetProperty("events").EnumerateArray()
                .Select(sent => (sent.GetProperty("event").GetString(), sent.GetProperty("device").GetString(), sent.GetProperty("outcome").GetString())).Order());
        var opened = Assert.Single(export.Json.GetProperty("opened").EnumerateArray());
        Assert.Equal((id, "phone"), (opened.GetProperty("event").GetString(), opened.GetProperty("device").GetString()));
    }

    [Fact]
    public async Task Client_ExportAndDelete_SayWhatTheGatewaySaid()
    {
        var app = await fixture.CreateAppAsync();
        await RegisterAsync(app, "phone", "ana");
        using var http = new HttpClient { BaseAddress = fixture.Gateway.Address };
        var client = new PushGatewayClient(http, GatewayFixture.AdminKey).App(app.Id);
        using var export = new MemoryStream();

        Assert.False(await client.ExportSubscriberAsync("nobody", export, Cancelled));
        Assert.Equal(0, export.Length);
        Assert.True(await client.ExportSubscriberAsync("ana", export, Cancelled));
        Assert.Contains(Token("phone"), Encoding.UTF8.GetString(export.ToArray()), StringComparison.Ordinal);
        await client.DeleteSubscriberAsync("ana", Cancelled);
        Assert.Null(await client.FindDeviceAsync("phone", Cancelled));

        var audit = fixture.Gateway.Service<Core.Administration.IAuditLog>();
        Assert.Contains(await audit.ListAsync(null, 100, Cancelled), entry => (entry.Action, entry.Target, entry.Detail) == ("subscriber.delete", app.Id, "ana"));
    }

    internal static object Fcm(string device, string? subscriber = null) =>
        new { provider = "fcm", token = Token(device), subscriber, tags = new Dictionary<string, string> { ["plan"] = "pro" } };

    internal static string Token(string device) => $"{device}-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:APA91b{new string('x', 100)}";

    private static IEnumerable<string?> Ids(Answer answer) => answer.Expect(200).Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString());

    private static async Task RegisterAsync(TestApp app, string device, string subscriber) =>
        (await app.Devices.PutAsync($"{app.Path}/devices/{device}", Fcm(device, subscriber))).Expect(201);

    private static async Task<string> TokenAsync(TestApp app, string subscriber, string[]? listen = null, string[]? send = null) =>
        (await app.Devices.PostAsync($"{app.Path}/subscribers/{subscriber}/token", new { devices = true, subscribe = s_any, listen, send })).Expect(200).Text("token");
}
