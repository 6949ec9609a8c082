using static PushGateway.Server.Tests.Api.SubscriberTests;

namespace PushGateway.Server.Tests.Api;

/// <summary>What a phone may do with its subscriber's token, and that it reaches nothing of anybody else's.</summary>
public sealed class SubscriberTokenTests(GatewayFixture fixture)
{
    private static readonly string[] s_rooms = ["room-*"];

    [Fact]
    public async Task Token_MadeForDevices_KeepsTheSubscribersOwn()
    {
        var app = await fixture.CreateAppAsync();
        var ana = await PhoneAsync(app, "ana");

        // Without a subscriber it is the token's, not one of its own.
        var answer = (await ana.PutAsync($"{app.Path}/devices/phone", Fcm("phone"))).Expect(201);
        Assert.Equal(("ana", "created"), (answer.Text("subscriber"), answer.Text("change")));
        Assert.Equal("unchanged", (await ana.PutAsync($"{app.Path}/devices/phone", Fcm("phone", "ana"))).Expect(200).Text("change"));

        // The provider gave it another token; the old one is nobody's now.
        Assert.Equal("updated", (await ana.PutAsync($"{app.Path}/devices/phone", Fcm("rotated"))).Expect(200).Text("change"));
        Assert.Equal(Token("rotated"), (await ana.GetAsync($"{app.Path}/devices/phone")).Expect(200).Text("token"));

        // Installed anew, under another id and with the same token: it moves.
        (await ana.PutAsync($"{app.Path}/devices/anew", Fcm("rotated"))).Expect(201);
        (await ana.GetAsync($"{app.Path}/devices/phone")).ExpectProblem(404, "device.unknown");
        Assert.Equal("anew", (await ana.GetAsync($"{app.Path}/subscribers/ana/devices")).Expect(200).Json.GetProperty("items")[0].GetProperty("id").GetString());

        // Logout.
        (await ana.DeleteAsync($"{app.Path}/devices/anew")).Expect(204);
        (await ana.DeleteAsync($"{app.Path}/devices/anew")).ExpectProblem(404, "device.unknown");
        Assert.Empty((await app.Devices.GetAsync($"{app.Path}/subscribers/ana/devices")).Expect(200).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Token_ForDevicesOfOthers_IsRefused()
    {
        var app = await fixture.CreateAppAsync();
        var (ana, eve) = (await PhoneAsync(app, "ana"), await PhoneAsync(app, "eve"));
        (await ana.PutAsync($"{app.Path}/devices/phone", Fcm("phone"))).Expect(201);

        (await eve.GetAsync($"{app.Path}/devices/phone")).ExpectProblem(404, "device.unknown");
        (await eve.DeleteAsync($"{app.Path}/devices/phone")).ExpectProblem(404, "device.unknown");
        (await eve.PutAsync($"{app.Path}/devices/phone", Fcm("eves"))).ExpectProblem(409, "device.taken");
        (await eve.PutAsync($"{app.Path}/devices/mine", Fcm("eves", "ana"))).ExpectProblem(403, "subscriber.forbidden");
        (await eve.GetAsync($"{app.Path}/subscribers/ana/devices")).ExpectProblem(403, "subscriber.forbidden");
        (await eve.GetAsync($"{app.Path}/subscribers/ana/channels")).ExpectProblem(403, "subscriber.forbidden");
        (await eve.PutAsync($"{app.Path}/channels/room-1/subscribers/ana")).ExpectProblem(403, "subscriber.forbidden");
        (await eve.DeleteAsync($"{app.Path}/channels/room-1/subscribers/ana")).ExpectProblem(403, "subscriber.forbidden");
        (await eve.GetAsync($"{app.Path}/subscribers/eve/export")).Expect(403);
        (await eve.DeleteAsync($"{app.Path}/subscribers/eve")).Expect(403);
        (await eve.GetAsync($"{app.Path}/devices/export")).Expect(403);
        (await eve.PutAsync($"{(await fixture.CreateAppAsync()).Path}/devices/mine", Fcm("eves"))).ExpectProblem(403, "app.forbidden");
        (await fixture.Gateway.Client(null).GetAsync($"{app.Path}/devices/phone?access_token={await TokenAsync(app, "ana", true, s_rooms)}")).ExpectProblem(401, "key.missing");
        Assert.Equal(("ana", Token("phone")), Of(await app.Devices.GetAsync($"{app.Path}/devices/phone")));

        // The same phone, which shows the token that only it was given, with somebody else signed in.
        Assert.Equal("updated", (await eve.PutAsync($"{app.Path}/devices/phone", Fcm("phone"))).Expect(200).Text("change"));
        (await ana.GetAsync($"{app.Path}/devices/phone")).ExpectProblem(404, "device.unknown");
        Assert.Equal("eve", Of(await app.Devices.GetAsync($"{app.Path}/devices/phone")).Subscriber);

        static (string Subscriber, string Token) Of(Answer answer) => (answer.Expect(200).Text("subscriber"), answer.Text("token"));
    }

    [Fact]
    public async Task Token_ForChannels_SubscribesItsOwnSubscriberToThoseItNames()
    {
        var app = await fixture.CreateAppAsync();
        var ana = await PhoneAsync(app, "ana");

        (await ana.PutAsync($"{app.Path}/channels/room-1/subscribers/ana")).Expect(204);
        (await ana.PutAsync($"{app.Path}/channels/vip/subscribers/ana")).ExpectProblem(403, "channel.forbidden");
        Assert.Equal(["room-1"], (await ana.GetAsync($"{app.Path}/subscribers/ana/channels")).Expect(200).Json.GetProperty("items").EnumerateArray().Select(channel => channel.GetString()));
        (await ana.DeleteAsync($"{app.Path}/channels/room-1/subscribers/ana")).Expect(204);
        Assert.Equal(0, (await app.Devices.GetAsync($"{app.Path}/channels/room-1")).Expect(200).Number("subscribers"));
    }

    [Fact]
    public async Task Token_NotMadeForIt_MayDoNeither()
    {
        var app = await fixture.CreateAppAsync();
        var ana = fixture.Gateway.Client(await TokenAsync(app, "ana", null, null));

        (await ana.PutAsync($"{app.Path}/devices/phone", Fcm("phone"))).ExpectProblem(403, "scope.insufficient");
        (await ana.GetAsync($"{app.Path}/subscribers/ana/devices")).ExpectProblem(403, "scope.insufficient");
        (await ana.PutAsync($"{app.Path}/channels/room-1/subscribers/ana")).ExpectProblem(403, "scope.insufficient");
        (await app.Devices.PostAsync($"{app.Path}/subscribers/ana/token", new { subscribe = (string[])["no space"] })).ExpectProblem(400, "id.invalid", "subscribe");
    }

    [Fact]
    public async Task Token_ManyDevicesOrRequests_IsHeldToTheSubscribersLimits()
    {
        await using var gateway = await TestGateway.StartAsync(new()
        {
            ["PushGateway:Api:MaxDevicesOfSubscriber"] = "2",
            ["PushGateway:Api:SubscriberRequestsPerSecond"] = "5",
        });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/app", new { name = "An app" })).Expect(201);
        var (ana, ben) = (await ClientAsync("ana"), await ClientAsync("ben"));

        (await ana.PutAsync("/v1/apps/app/devices/a1", Fcm("a1"))).Expect(201);
        (await ana.PutAsync("/v1/apps/app/devices/a2", Fcm("a2"))).Expect(201);
        (await ana.PutAsync("/v1/apps/app/devices/a3", Fcm("a3"))).ExpectProblem(409, "devices.tooMany");
        (await admin.PutAsync("/v1/apps/app/devices/a3", Fcm("a3", "ana"))).Expect(201);

        var statuses = new List<int>();
        for (var request = 0; request < 60; request++)
        {
            statuses.Add((await ana.GetAsync("/v1/apps/app/devices/a1")).Status);
        }

        Assert.Contains(429, statuses);
        (await ben.PutAsync("/v1/apps/app/devices/b1", Fcm("b1"))).Expect(201);

        async Task<ApiClient> ClientAsync(string subscriber) =>
            gateway.Client((await admin.PostAsync($"/v1/apps/app/subscribers/{subscriber}/token", new { devices = true })).Expect(200).Text("token"));
    }

    [Fact]
    public async Task Lifecycle_EnvironmentAndOwnerChange_AreSeenAtOnce()
    {
        var app = await fixture.CreateAppAsync();
        var phone = Samples.ApnsDevice(7);
        phone["subscriber"] = "ana";
        phone["environment"] = "sandbox";
        (await app.Devices.PutAsync($"{app.Path}/devices/phone", phone)).Expect(201);
        (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/ana")).Expect(204);

        // From Xcode to the store.
        phone["environment"] = "production";
        Assert.Equal("updated", (await app.Devices.PutAsync($"{app.Path}/devices/phone", phone)).Expect(200).Text("change"));
        Assert.Equal("production", (await app.Devices.GetAsync($"{app.Path}/devices/phone")).Expect(200).Text("environment"));

        // Somebody else signs in: her channels are not his.
        phone["subscriber"] = "ben";
        Assert.Equal("updated", (await app.Devices.PutAsync($"{app.Path}/devices/phone", phone)).Expect(200).Text("change"));
        Assert.Equal(0, await CountAsync("news"));
        Assert.Empty((await app.Devices.GetAsync($"{app.Path}/subscribers/ana/devices")).Expect(200).Json.GetProperty("items").EnumerateArray());

        // Signed out: it is nobody's but its own.
        phone.Remove("subscriber");
        Assert.Equal("phone", (await app.Devices.PutAsync($"{app.Path}/devices/phone", phone)).Expect(200).Text("subscriber"));
        phone["subscriber"] = "ana";
        (await app.Devices.PutAsync($"{app.Path}/devices/phone", phone)).Expect(200);
        Assert.Equal(1, await CountAsync("news"));

        async Task<long> CountAsync(string channel) =>
            (await app.Publish.PostAsync($"{app.Path}/audience/count", new { audience = new { channel } })).Expect(200).Number("devices");
    }

    private async Task<ApiClient> PhoneAsync(TestApp app, string subscriber) => fixture.Gateway.Client(await TokenAsync(app, subscriber, true, s_rooms));

    private static async Task<string> TokenAsync(TestApp app, string subscriber, bool? devices, string[]? subscribe) =>
        (await app.Devices.PostAsync($"{app.Path}/subscribers/{subscriber}/token", new { devices, subscribe })).Expect(200).Text("token");
}
