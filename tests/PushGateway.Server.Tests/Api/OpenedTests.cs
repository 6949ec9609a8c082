using System.Net;
using PushGateway.Client;
using PushGateway.Client.Events;

namespace PushGateway.Server.Tests.Api;

/// <summary>What apps report as opened, by key and by a subscriber's token.</summary>
public sealed class OpenedTests(GatewayFixture fixture)
{
    private static readonly string[] s_phones = ["ana-phone", "ben-phone", "ana-phone"];
    private static readonly string[] s_phone = ["phone"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Opened_ByASubscribersToken_CountsItsOwnDevicesOnceBesideAccepted()
    {
        var app = await fixture.CreateAppAsync();
        var (first, second) = (await PublishAsync(app), await PublishAsync(app));
        await RegisterAsync(app, "ana-phone", "ana");
        await RegisterAsync(app, "ben-phone", "ben");
        var phone = fixture.Gateway.Client((await app.Devices.PostAsync($"{app.Path}/subscribers/ana/token", new { })).Expect(200).Text("token"));

        var answer = (await phone.PostAsync($"{app.Path}/events/{first}/opened", new { devices = s_phones })).Expect(200);
        Assert.Equal((1, 1), (answer.Number("counted"), answer.Number("repeated")));
        var error = Assert.Single(answer.Json.GetProperty("errors").EnumerateArray());
        Assert.Equal((1, "device.unknown"), (error.GetProperty("index").GetInt32(), error.GetProperty("code").GetString()));

        // A phone that was without a network says all it has at once.
        answer = (await phone.PostAsync($"{app.Path}/events/opened", new { opened = new[] { new { @event = first, device = "ana-phone" }, new { @event = second, device = "ana-phone" } } })).Expect(200);
        Assert.Equal((1, 1), (answer.Number("counted"), answer.Number("repeated")));

        var shown = (await app.Read.GetAsync($"{app.Path}/events/{first}")).Expect(200);
        Assert.Equal((1, 0), (shown.Number("opened"), shown.Number("counts", "targeted")));
        Assert.Equal([1, 1], (await app.Read.GetAsync($"{app.Path}/events")).Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("opened").GetInt32()));
    }

    [Fact]
    public async Task Opened_ByAKey_TakesTheScopesOfThoseWhoKnowDevices()
    {
        var app = await fixture.CreateAppAsync();
        var id = await PublishAsync(app);
        await RegisterAsync(app, "phone", "ana");
        var body = new { devices = s_phone };

        (await app.Devices.PostAsync($"{app.Path}/events/{id}/opened", body)).Expect(200);
        (await app.Publish.PostAsync($"{app.Path}/events/{id}/opened", body)).Expect(200);
        (await app.Read.PostAsync($"{app.Path}/events/{id}/opened", body)).ExpectProblem(403, "scope.insufficient");
        (await app.Devices.PostAsync($"{app.Path}/events/none/opened", body)).ExpectProblem(404, "event.unknown");
        (await app.Devices.PostAsync($"{app.Path}/events/{id}/opened", new { devices = Array.Empty<string>() })).ExpectProblem(400, "batch.size", "devices");
        (await app.Devices.PostAsync($"{app.Path}/events/opened", new { opened = new[] { new { device = "phone" } } })).ExpectProblem(400, "field.missing", "opened[0].event");
        (await app.Devices.PostTextAsync($"{app.Path}/events/{id}/opened", "{}")).ExpectProblem(400, "field.missing", "devices");
        (await app.Devices.PostTextAsync($"{app.Path}/events/{id}/opened", """{"devices": [null]}""")).ExpectProblem(400, "json.wrongType", "devices[0]");
        (await app.Devices.PostTextAsync($"{app.Path}/events/opened", """{"opened": [null]}""")).Expect(400);
    }

    [Fact]
    public async Task Opened_ByATokenThatIsNoLongerForTheApp_IsRefused()
    {
        var app = await fixture.CreateAppAsync();
        var token = (await app.Devices.PostAsync($"{app.Path}/subscribers/ana/token", new { })).Expect(200).Text("token");
        var body = new { devices = s_phone };
        var id = await PublishAsync(app);

        // Not in the query, where it may stand for streams: this is no request of a browser that could do no better.
        (await fixture.Gateway.Client(null).PostAsync($"{app.Path}/events/{id}/opened?access_token={token}", body)).ExpectProblem(401, "key.missing");
        (await fixture.Gateway.Client(token).PostAsync($"{(await fixture.CreateAppAsync()).Path}/events/{id}/opened", body)).ExpectProblem(403, "app.forbidden");

        (await app.Admin.DeleteAsync(app.Path)).Expect(204);
        (await app.Admin.PutAsync(app.Path, new { name = "Anew" })).Expect(201);
        (await fixture.Gateway.Client(token).PostAsync($"{app.Path}/events/{id}/opened", body)).ExpectProblem(403, "app.forbidden");
    }

    [Fact]
    public async Task Client_ReportOpened_SaysWhatTheGatewaySaid()
    {
        var app = await fixture.CreateAppAsync();
        var id = await PublishAsync(app);
        await RegisterAsync(app, "phone", "ana");
        using var http = new HttpClient { BaseAddress = fixture.Gateway.Address };
        var client = new PushGatewayClient(http, GatewayFixture.AdminKey).App(app.Id);

        var result = await client.ReportOpenedAsync([new OpenedNotification(id, "phone"), new OpenedNotification(id, "phone"), new OpenedNotification(id, "other")], Cancelled);

        Assert.Equal((1, 1), (result.Counted, result.Repeated));
        Assert.Equal([new OpenedError(2, "device.unknown", "There is no such device, or it is another subscriber's.")], result.Errors);
        Assert.Equal(1, (await client.FindEventAsync(id, Cancelled))!.Opened);
        var problem = await Assert.ThrowsAsync<PushGatewayApiException>(() => client.ReportOpenedAsync([], Cancelled));
        Assert.Equal(HttpStatusCode.BadRequest, problem.Status);
    }

    private static async Task<string> PublishAsync(TestApp app) => (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event())).Expect(202).Text("id");

    private static async Task RegisterAsync(TestApp app, string device, string subscriber) =>
        (await app.Devices.PutAsync($"{app.Path}/devices/{device}", new { provider = "fcm", token = $"{app.Id}-{device}-token-0123456789", subscriber })).Expect(201);
}
