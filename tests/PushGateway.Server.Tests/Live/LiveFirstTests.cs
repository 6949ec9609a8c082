using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.Core.Events;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Live;

/// <summary>Events that go to connected clients first: whoever says that it has the message is not sent the notification.</summary>
public sealed class LiveFirstTests(GatewayFixture fixture)
{
    private static int s_devices;

    private static readonly string[] s_tablet = ["anna-tablet"];
    private static readonly string[] s_benPhone = ["ben-phone"];
    private static readonly string[] s_news = ["news"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_ConfirmedOverAStream_IsNotSentToThoseAndIsToTheOthers()
    {
        var app = await AudienceAsync("anna-phone", "anna-tablet", "ben-phone", "cleo-phone");
        var anna = await TokenAsync(app, "anna");
        await using var sse = await SseClient.OpenAsync(fixture.Gateway.Client(null).Http, $"{app.Path}/channels/news/sse", anna);
        await sse.NextAsync();
        // Is connected and says nothing.
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(
            new UriBuilder(fixture.Gateway.Address) { Scheme = "ws", Path = $"{app.Path}/channels/news/ws", Query = $"access_token={await TokenAsync(app, "ben")}" }.Uri, Cancelled);

        var id = await PublishAsync(app, new { live = "first", liveWaitSeconds = 3 });
        var message = await sse.MessageAsync();
        Assert.Equal((id, true), (message.GetProperty("id").GetString(), message.GetProperty("confirm").GetBoolean()));
        var client = fixture.Gateway.Client(anna);
        (await client.PostAsync($"{app.Path}/events/{id}/confirm", new { })).Expect(204);
        (await client.PostAsync($"{app.Path}/events/{id}/confirm", new { devices = s_tablet })).Expect(204);
        (await client.PostAsync($"{app.Path}/events/{id}/confirm", new { devices = s_benPhone })).ExpectProblem(404, "device.unknown");

        var shown = await EndAsync(app, id);
        Assert.Equal((4, 2, 2, 0), (shown.Number("counts", "targeted"), shown.Number("counts", "accepted"), shown.Number("counts", "live"), shown.Number("counts", "pending")));
        Assert.Equal(2, shown.Json.GetProperty("providers").GetProperty("apns").GetProperty("reasons").GetProperty("ConfirmedLive").GetInt32());
        var live = (await app.Read.GetAsync($"{app.Path}/events/{id}/receipts?outcome=live")).Expect(200).Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("device").GetString());
        Assert.Equal(["anna-phone", "anna-tablet"], live.Order(StringComparer.Ordinal));
        Assert.Equal("accepted", (await app.Read.GetAsync($"{app.Path}/events/{id}/receipts/ben-phone")).Expect(200).Text("outcome"));
        // Too late, and so without effect.
        (await client.PostAsync($"{app.Path}/events/{id}/confirm", new { })).Expect(204);
    }

    [Fact]
    public async Task First_ByTheClientPackage_IsConfirmedAsTheStreamSays()
    {
        var app = await AudienceAsync("anna-phone", "ben-phone");
        var client = new PushGatewayClient(fixture.Gateway.Client(null).Http, await TokenAsync(app, "anna")).App(app.Id);
        await using var following = client.FollowAsync("news", null, Cancelled).GetAsyncEnumerator(Cancelled);
        Assert.True(await following.MoveNextAsync());
        var id = await PublishAsync(app, new { live = "first", liveWaitSeconds = 2 });
        Assert.True(await following.MoveNextAsync());
        Assert.True(following.Current.Message!.Confirm);

        await client.ConfirmLiveAsync(following.Current.Message.Id, null, Cancelled);

        await EndAsync(app, id);
        var info = (await new PushGatewayClient(fixture.Gateway.Client(null).Http, GatewayFixture.AdminKey).App(app.Id).FindEventAsync(id, Cancelled))!;
        Assert.Equal(new EventCounts { Targeted = 2, Accepted = 1, Live = 1 }, info.Counts);
    }

    [Fact]
    public async Task Confirm_ForAKeyOrAnEventThatDoesNotWait_SaysWhy()
    {
        var app = await AudienceAsync("anna-phone");
        var anna = fixture.Gateway.Client(await TokenAsync(app, "anna"));
        var plain = await PublishAsync(app, new { live = "also" });
        var first = await PublishAsync(app, new { live = "first", liveWaitSeconds = 60 });

        (await anna.PostAsync($"{app.Path}/events/{plain}/confirm", new { })).ExpectProblem(409, "event.notFirst");
        (await anna.PostAsync($"{app.Path}/events/none/confirm", new { })).ExpectProblem(404, "event.unknown");
        (await app.Devices.PostAsync($"{app.Path}/events/{first}/confirm", new { })).ExpectProblem(400, "field.missing", "devices");
        (await anna.PostAsync($"{app.Path}/events/{first}/confirm", new { devices = Array.Empty<string>() })).ExpectProblem(400, "batch.size", "devices");
        (await app.Read.PostAsync($"{app.Path}/events/{first}/confirm", new { })).ExpectProblem(403, "scope.insufficient");
        (await fixture.Gateway.Client(null).PostAsync($"{app.Path}/events/{first}/confirm", new { })).Expect(401);
        (await app.Publish.PostAsync($"{app.Path}/events/{first}/cancel")).Expect(200);
    }

    [Theory]
    [InlineData("""{"live": "first", "liveWaitSeconds": 0}""", "liveWaitSeconds.outOfRange", "options.liveWaitSeconds")]
    [InlineData("""{"live": "first", "liveWaitSeconds": 61}""", "liveWaitSeconds.outOfRange", "options.liveWaitSeconds")]
    [InlineData("""{"live": "also", "liveWaitSeconds": 5}""", "liveWaitSeconds.notFirst", "options.liveWaitSeconds")]
    [InlineData("""{"live": "first", "ttlSeconds": 5}""", "ttlSeconds.tooShort", "options.ttlSeconds")]
    public async Task Publish_OptionsThatCannotBe_AreRefused(string options, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        var body = Body(JsonNode.Parse(options)!);
        (await app.Publish.PostAsync($"{app.Path}/events", body)).ExpectProblem(400, code, field);
        body["audience"] = new JsonObject { ["all"] = true };
        body["options"] = new JsonObject { ["live"] = "first" };
        (await app.Publish.PostAsync($"{app.Path}/events", body)).ExpectProblem(400, "live.noChannel", "options.live");
    }

    /// <summary>What a subscriber's app sends is counted for that subscriber, wherever it calls from.</summary>
    [Fact]
    public async Task RateLimit_ASubscribersToken_IsCountedForItAlone()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:SubscriberRequestsPerSecond"] = "1", ["PushGateway:Api:AnonymousRequestsPerSecond"] = "1" });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/a", new { name = "A" })).Expect(201);
        var (anna, ben) = (await ClientOfAsync("anna"), await ClientOfAsync("ben"));

        var answers = new List<int>();
        for (var number = 0; number < 5; number++)
        {
            answers.Add((await anna.GetAsync("/v1/apps/a/channels/news/messages")).Status);
        }

        Assert.Equal([200, 429], answers.Distinct());
        (await ben.GetAsync("/v1/apps/a/channels/news/messages")).Expect(200);
        (await gateway.Client(null).GetAsync("/v1/apps/a/channels/news/messages")).Expect(401);

        async Task<ApiClient> ClientOfAsync(string subscriber) =>
            gateway.Client((await admin.PostAsync($"/v1/apps/a/subscribers/{subscriber}/token", new { listen = s_news })).Expect(200).Text("token"));
    }

    /// <summary>An app whose devices are those, named after their subscribers, which are subscribed to the news.</summary>
    private async Task<TestApp> AudienceAsync(params string[] devices)
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        foreach (var name in devices)
        {
            var device = Samples.ApnsDevice(Interlocked.Increment(ref s_devices) + 950_000);
            device["subscriber"] = name.Split('-')[0];
            (await app.Devices.PutAsync($"{app.Path}/devices/{name}", device)).Expect(201);
            (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/{name.Split('-')[0]}")).Expect(204);
        }

        return app;
    }

    private static async Task<string> TokenAsync(TestApp app, string subscriber) =>
        (await app.Devices.PostAsync($"{app.Path}/subscribers/{subscriber}/token", new { })).Expect(200).Text("token");

    private static async Task<string> PublishAsync(TestApp app, object options) =>
        (await app.Publish.PostAsync($"{app.Path}/events", Body(JsonSerializer.SerializeToNode(options)!))).Expect(202).Text("id");

    private static JsonObject Body(JsonNode options) => new()
    {
        ["type"] = "video.published",
        ["audience"] = new JsonObject { ["channel"] = "news" },
        ["notification"] = new JsonObject { ["title"] = "New video" },
        ["options"] = options,
    };

    /// <summary>The event as it ends; it adds up at every look until then.</summary>
    private static async Task<Answer> EndAsync(TestApp app, string id)
    {
        Answer? shown = null;
        await Eventually.TrueAsync(async () =>
        {
            shown = (await app.Read.GetAsync($"{app.Path}/events/{id}")).Expect(200);
            var counts = shown.Json.GetProperty("counts");
            Assert.Equal(
                counts.GetProperty("targeted").GetInt64(),
                counts.EnumerateObject().Where(count => count.Name != "targeted").Sum(count => count.Value.GetInt64()));
            return shown.Text("state") == EventState.Completed.Name();
        });
        return shown!;
    }
}
