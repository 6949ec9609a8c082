using System.Text.Json.Nodes;

namespace PushGateway.Server.Tests.Api;

public sealed class DeviceTests(GatewayFixture fixture)
{
    [Fact]
    public async Task Put_NewChangedRepeated_Is201Then200Then200()
    {
        var app = await fixture.CreateAppAsync();
        var created = (await app.Devices.PutAsync($"{app.Path}/devices/phone", Samples.ApnsDevice())).Expect(201);
        Assert.Equal("created", created.Text("change"));
        Assert.Equal("phone", created.Text("subscriber"));
        var changed = Samples.ApnsDevice();
        changed["subscriber"] = "anna";
        changed["locale"] = "es_MX";
        changed["timeZone"] = "America/Argentina/Buenos_Aires";
        changed["environment"] = "sandbox";
        changed["appVersion"] = "1.2.3";
        changed["tags"] = new JsonObject { ["plan"] = "pro" };
        Assert.Equal("updated", (await app.Devices.PutAsync($"{app.Path}/devices/phone", changed)).Expect(200).Text("change"));
        Assert.Equal("unchanged", (await app.Devices.PutAsync($"{app.Path}/devices/phone", changed)).Expect(200).Text("change"));
        var found = (await app.Devices.GetAsync($"{app.Path}/devices/phone")).Expect(200);
        Assert.Equal("anna", found.Text("subscriber"));
        Assert.Equal("es-mx", found.Text("locale"));
        Assert.Equal("sandbox", found.Text("environment"));
        Assert.Equal("pro", found.Text("tags", "plan"));
        Assert.Equal(Samples.ApnsToken(), found.Text("token"));
        Assert.Single((await app.Read.GetAsync($"{app.Path}/subscribers/anna/devices")).Expect(200).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Get_WithReadKey_MasksTheToken()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PutAsync($"{app.Path}/devices/phone", Samples.ApnsDevice())).Expect(201);
        var found = (await app.Read.GetAsync($"{app.Path}/devices/phone")).Expect(200);
        Assert.DoesNotContain(Samples.ApnsToken(), found.Body, StringComparison.Ordinal);
        Assert.StartsWith(Samples.ApnsToken()[..8], found.Text("token"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_SameTokenUnderAnotherId_Moves()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PutAsync($"{app.Path}/devices/first", Samples.ApnsDevice())).Expect(201);
        (await app.Devices.PutAsync($"{app.Path}/devices/second", Samples.ApnsDevice())).Expect(201);
        (await app.Devices.GetAsync($"{app.Path}/devices/first")).ExpectProblem(404, "device.unknown");
        (await app.Devices.GetAsync($"{app.Path}/devices/second")).Expect(200);
    }

    [Fact]
    public async Task Delete_KnownThenGone_Is204Then404()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PutAsync($"{app.Path}/devices/phone", Samples.ApnsDevice())).Expect(201);
        (await app.Devices.DeleteAsync($"{app.Path}/devices/phone")).Expect(204);
        (await app.Devices.DeleteAsync($"{app.Path}/devices/phone")).ExpectProblem(404, "device.unknown");
        (await app.Devices.GetAsync($"{app.Path}/devices/phone")).ExpectProblem(404, "device.unknown");
    }

    [Theory]
    [InlineData("""{}""", "field.missing", "provider")]
    [InlineData("""{"provider":"apns"}""", "field.missing", "token")]
    [InlineData("""{"provider":"webpush","token":"x"}""", "provider.unknown", "provider")]
    [InlineData("""{"provider":"apns","token":"not hex at all!!"}""", "token.invalid", "token")]
    [InlineData("""{"provider":"apns","token":"abc"}""", "token.invalid", "token")]
    [InlineData("""{"provider":"fcm","token":"short"}""", "token.invalid", "token")]
    [InlineData("""{"provider":"fcm","token":"has space in it"}""", "token.invalid", "token")]
    [InlineData("""{"provider":"fcm","token":"longenough","subscriber":"a b"}""", "id.invalid", "subscriber")]
    [InlineData("""{"provider":"fcm","token":"longenough","environment":"staging"}""", "environment.invalid", "environment")]
    [InlineData("""{"provider":"fcm","token":"longenough","locale":"not a locale"}""", "locale.invalid", "locale")]
    [InlineData("""{"provider":"fcm","token":"longenough","timeZone":"../etc/passwd"}""", "timeZone.invalid", "timeZone")]
    [InlineData("""{"provider":"fcm","token":"longenough","tags":{"a b":"c"}}""", "tag.invalid", "tags.a b")]
    [InlineData("""{"provider":"fcm","token":"longenough","tags":{"a":1}}""", "json.wrongType", "tags.a")]
    [InlineData("""{"provider":"fcm","token":"longenough","tags":{"a":null}}""", "json.wrongType", "tags.a")]
    [InlineData("""{"provider":"fcm","token":"longenough","tokens":[]}""", "json.unknownField", "tokens")]
    [InlineData("""{"provider":["fcm"],"token":"longenough"}""", "json.wrongType", "provider")]
    public async Task Put_BadBody_NamesTheFieldAndChangesNothing(string body, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        using var content = new StringContent(body, null, "application/json");
        (await app.Devices.SendAsync(HttpMethod.Put, $"{app.Path}/devices/phone", content)).ExpectProblem(400, code, field);
        (await app.Devices.GetAsync($"{app.Path}/devices/phone")).ExpectProblem(404, "device.unknown");
    }

    [Fact]
    public async Task Put_SeveralBadFields_NamesAll()
    {
        var app = await fixture.CreateAppAsync();
        var body = new { provider = "apns", token = "zz", locale = "!", environment = "x", appVersion = new string('1', 65) };
        (await app.Devices.PutAsync($"{app.Path}/devices/phone", body)).ExpectProblem(400, "token.invalid", "token", "environment", "locale", "appVersion");
    }

    [Fact]
    public async Task Put_IllegalDeviceId_NamesTheField()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PutAsync($"{app.Path}/devices/a%20b", Samples.ApnsDevice())).ExpectProblem(400, "id.invalid", "device");
    }

    [Fact]
    public async Task Subscriptions_PutListCountDelete_AreRepeatable()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/anna")).Expect(204);
        (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/anna")).Expect(204);
        (await app.Devices.PutAsync($"{app.Path}/channels/sport/subscribers/anna")).Expect(204);
        var channels = (await app.Read.GetAsync($"{app.Path}/subscribers/anna/channels")).Expect(200).Json.GetProperty("items");
        Assert.Equal(["news", "sport"], channels.EnumerateArray().Select(item => item.GetString()!));
        var channel = (await app.Read.GetAsync($"{app.Path}/channels/news")).Expect(200);
        Assert.Equal("news", channel.Text("id"));
        Assert.Equal(1, channel.Number("subscribers"));
        (await app.Devices.DeleteAsync($"{app.Path}/channels/news/subscribers/anna")).Expect(204);
        (await app.Devices.DeleteAsync($"{app.Path}/channels/news/subscribers/anna")).Expect(204);
        Assert.Equal(0, (await app.Read.GetAsync($"{app.Path}/channels/news")).Number("subscribers"));
        (await app.Devices.PutAsync($"{app.Path}/channels/a%20b/subscribers/anna")).ExpectProblem(400, "id.invalid", "channel");
    }
}
