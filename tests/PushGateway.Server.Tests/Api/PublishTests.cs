using System.Text.Json.Nodes;
using PushGateway.Core.Events;

namespace PushGateway.Server.Tests.Api;

public sealed class PublishTests(GatewayFixture fixture)
{
    [Fact]
    public async Task Publish_ToChannel_IsAcceptedAndAccountedFor()
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        foreach (var number in Enumerable.Range(1, 3))
        {
            (await app.Devices.PutAsync($"{app.Path}/devices/d{number}", Samples.ApnsDevice(number))).Expect(201);
            (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/d{number}")).Expect(204);
        }

        var published = (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event())).Expect(202);
        var id = published.Text("id");
        Assert.Matches("^[0-9a-f]{32}$", id);
        Assert.Equal($"{app.Path}/events/{id}", published.Headers["Location"]);
        Assert.Equal("video.published", published.Text("type"));
        Assert.Equal(3, published.Number("estimatedAudience"));
        Assert.Equal(0, published.Number("providers", "fcm", "counts", "targeted"));

        await Eventually.TrueAsync(async () => (await app.Read.GetAsync(published.Headers["Location"])).Text("state") == "completed");
        var done = (await app.Read.GetAsync(published.Headers["Location"])).Expect(200);
        string[] outcomes = ["accepted", "unregistered", "rejected", "expired", "cancelled", "suppressed", "live", "pending"];
        Assert.Equal(3, done.Number("counts", "targeted"));
        Assert.Equal(3, outcomes.Sum(outcome => done.Number("counts", outcome)));
        Assert.Equal(3, done.Number("counts", "accepted"));
        Assert.Equal(3, done.Number("providers", "apns", "counts", "accepted"));
        foreach (var timing in new[] { "createdAt", "startedAt", "firstAcceptedAt", "accepted50At", "accepted90At", "accepted99At", "completedAt" })
        {
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", done.Text("timings", timing));
        }

        var receipts = (await app.Read.GetAsync($"{app.Path}/events/{id}/receipts?outcome=accepted&limit=2")).Expect(200);
        Assert.Equal(2, receipts.Json.GetProperty("items").GetArrayLength());
        var rest = (await app.Read.GetAsync($"{app.Path}/events/{id}/receipts?outcome=accepted&limit=2&cursor={receipts.Text("nextCursor")}")).Expect(200);
        Assert.Equal(
            ["d1", "d2", "d3"],
            receipts.Json.GetProperty("items").EnumerateArray().Concat(rest.Json.GetProperty("items").EnumerateArray())
                .Select(item => item.GetProperty("device").GetString()!).Order());
        var receipt = (await app.Read.GetAsync($"{app.Path}/events/{id}/receipts/d1")).Expect(200);
        Assert.Equal(["d1", "apns", "accepted"], [receipt.Text("device"), receipt.Text("provider"), receipt.Text("outcome")]);
        (await app.Read.GetAsync($"{app.Path}/events/{id}/receipts/d9")).ExpectProblem(404, "receipt.unknown");
    }

    [Fact]
    public async Task Publish_MoreThanTheAppsCap_IsSuppressedAndSaysSo()
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        (await fixture.Admin.PutAsync(app.Path, new { name = "Capped", maxPerSubscriberPerDay = 1 })).Expect(200);
        (await app.Devices.PutAsync($"{app.Path}/devices/d1", Samples.ApnsDevice())).Expect(201);
        (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/d1")).Expect(204);

        foreach (var outcome in (string[])["accepted", "suppressed"])
        {
            var published = (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event())).Expect(202);
            await Eventually.TrueAsync(async () => (await app.Read.GetAsync(published.Headers["Location"])).Text("state") == "completed");
            var done = (await app.Read.GetAsync(published.Headers["Location"])).Expect(200);
            Assert.Equal([1, 1], [done.Number("counts", "targeted"), done.Number("counts", outcome)]);
            var receipts = (await app.Read.GetAsync($"{published.Headers["Location"]}/receipts?outcome={outcome}")).Expect(200);
            Assert.Equal(1, receipts.Json.GetProperty("items").GetArrayLength());
        }
    }

    [Fact]
    public async Task Publish_LocalTime_IsShownAndWaitsForIt()
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        (await app.Devices.PutAsync($"{app.Path}/devices/d1", Samples.ApnsDevice())).Expect(201);
        (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/d1")).Expect(204);
        var sample = Samples.Event();
        // Half a day from now or so, whenever this runs.
        sample["options"] = new JsonObject { ["localTime"] = TimeProvider.System.GetUtcNow().AddHours(12).ToString("HH:mm"), ["timeZone"] = "UTC" };

        var published = (await app.Publish.PostAsync($"{app.Path}/events", sample)).Expect(202);
        Assert.Equal((string?)sample["options"]!["localTime"], published.Text("localTime"));
        await Eventually.TrueAsync(async () => (await app.Read.GetAsync(published.Headers["Location"])).Number("counts", "pending") == 1);
        var cancelled = (await app.Publish.PostAsync($"{published.Headers["Location"]}/cancel")).Expect(200);
        Assert.Equal(1, cancelled.Number("counts", "cancelled"));
    }

    [Fact]
    public async Task Publish_ToChannelOfNobody_CompletesWithNobodyTargeted()
    {
        var app = await fixture.CreateAppAsync();
        var published = (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event("nobody"))).Expect(202);
        await Eventually.TrueAsync(async () => (await app.Read.GetAsync(published.Headers["Location"])).Text("state") == "completed");
        Assert.Equal(0, (await app.Read.GetAsync(published.Headers["Location"])).Number("counts", "targeted"));
    }

    [Fact]
    public async Task Publish_EveryMemberOfTheContract_IsAccepted()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostAsync($"{app.Path}/events", Samples.FullEvent())).Expect(202);
    }

    [Theory]
    [InlineData("""{"subscribers":["anna","ben"]}""")]
    [InlineData("""{"devices":["d1"]}""")]
    [InlineData("""{"all":true}""")]
    public async Task Publish_EachKindOfAudience_IsAccepted(string audience)
    {
        var app = await fixture.CreateAppAsync();
        var body = Samples.Event();
        body["audience"] = JsonNode.Parse(audience);
        (await app.Publish.PostAsync($"{app.Path}/events", body)).Expect(202);
    }

    [Fact]
    public async Task Publish_SilentWithDataOnly_IsAccepted()
    {
        var app = await fixture.CreateAppAsync();
        var body = new { type = "sync", audience = new { all = true }, data = new { since = "1" }, options = new { silent = true } };
        (await app.Publish.PostAsync($"{app.Path}/events", body)).Expect(202);
    }

    [Theory]
    [InlineData("type", null, "field.missing", "type")]
    [InlineData("type", "\"a b\"", "type.invalid", "type")]
    [InlineData("type", "1", "json.wrongType", "type")]
    [InlineData("audience", null, "audience.missing", "audience")]
    [InlineData("audience", "{}", "audience.missing", "audience")]
    [InlineData("audience", """{"channel":"a","all":true}""", "audience.ambiguous", "audience")]
    [InlineData("audience", """{"channel":"a","channels":["b"]}""", "audience.ambiguous", "audience")]
    [InlineData("audience", """{"chanel":"a"}""", "json.unknownField", "audience.chanel")]
    [InlineData("audience", """{"channel":"a b"}""", "id.invalid", "audience.channel")]
    [InlineData("audience", """{"channel":["a"]}""", "json.wrongType", "audience.channel")]
    [InlineData("audience", """{"channels":[]}""", "audience.missing", "audience.channels")]
    [InlineData("audience", """{"channels":["a","a"]}""", "audience.duplicate", "audience.channels[1]")]
    [InlineData("audience", """{"channels":["a",null]}""", "json.wrongType", "audience.channels[1]")]
    [InlineData("audience", """{"devices":["a","b c"]}""", "id.invalid", "audience.devices[1]")]
    [InlineData("audience", """{"all":false}""", "audience.missing", "audience.all")]
    [InlineData("filter", """{"providers":["gcm"]}""", "provider.unknown", "filter.providers[0]")]
    [InlineData("filter", """{"locales":["!"]}""", "locale.invalid", "filter.locales[0]")]
    [InlineData("filter", """{"tags":{"a b":"c"}}""", "tag.invalid", "filter.tags.a b")]
    [InlineData("notification", null, "notification.empty", "notification")]
    [InlineData("notification", """{"sound":"default"}""", "notification.empty", "notification")]
    [InlineData("notification", """{"title":"x","badge":-1}""", "badge.outOfRange", "notification.badge")]
    [InlineData("notification", """{"title":"x","badge":1.5}""", "json.wrongType", "notification.badge")]
    [InlineData("notification", """{"title":"x","badge":9999999999}""", "json.wrongType", "notification.badge")]
    [InlineData("notification", """{"title":"x","imageUrl":"javascript:alert(1)"}""", "imageUrl.invalid", "notification.imageUrl")]
    [InlineData("notification", """{"title":"x","subtitle":"y"}""", "json.unknownField", "notification.subtitle")]
    [InlineData("localizations", """{"no locale":{"title":"x"}}""", "locale.invalid", "localizations.no locale")]
    [InlineData("localizations", """{"es-mx":{"title":"x"},"es_MX":{"title":"y"}}""", "locale.duplicate", "localizations.es_MX")]
    [InlineData("localizations", """{"es":{"title":5}}""", "json.wrongType", "localizations.es.title")]
    [InlineData("localizations", """{"es":null}""", "json.wrongType", "localizations.es")]
    [InlineData("data", """{"a":1}""", "json.wrongType", "data.a")]
    [InlineData("data", """{"a":{"b":"c"}}""", "json.wrongType", "data.a")]
    [InlineData("data", """{"pushgateway.event":"x"}""", "data.reserved", "data.pushgateway.event")]
    [InlineData("apns", """{"payload":{"pushgateway.event":"x"}}""", "data.reserved", "apns.payload.pushgateway.event")]
    [InlineData("options", """{"ttlSeconds":-1}""", "ttlSeconds.outOfRange", "options.ttlSeconds")]
    [InlineData("options", """{"ttlSeconds":2419201}""", "ttlSeconds.outOfRange", "options.ttlSeconds")]
    [InlineData("options", """{"ttlSeconds":"60"}""", "json.wrongType", "options.ttlSeconds")]
    [InlineData("options", """{"collapseId":""}""", "collapseId.invalid", "options.collapseId")]
    [InlineData("options", """{"collapseId":"ääääääääääääääääääääääääääääääääa"}""", "collapseId.invalid", "options.collapseId")]
    [InlineData("options", """{"sendAt":"tomorrow"}""", "sendAt.invalid", "options.sendAt")]
    [InlineData("options", """{"localTime":"25:00"}""", "localTime.invalid", "options.localTime")]
    [InlineData("options", """{"localTime":"18:00:30"}""", "localTime.invalid", "options.localTime")]
    [InlineData("options", """{"localTime":"18:00","timeZone":"Moon/Base"}""", "timeZone.unknown", "options.timeZone")]
    [InlineData("options", """{"ignoreCap":"yes"}""", "json.wrongType", "options.ignoreCap")]
    [InlineData("options", """{"sendAt":"2026-01-01T00:00:00"}""", "sendAt.invalid", "options.sendAt")]
    [InlineData("options", """{"sendAt":"9999-01-01T00:00:00Z"}""", "sendAt.tooFar", "options.sendAt")]
    [InlineData("options", """{"maxRatePerSecond":0}""", "maxRatePerSecond.outOfRange", "options.maxRatePerSecond")]
    [InlineData("options", """{"resendUnknown":"no"}""", "json.wrongType", "options.resendUnknown")]
    [InlineData("options", """{"priority":"urgent"}""", "priority.invalid", "options.priority")]
    [InlineData("options", """{"silent":true}""", "notification.notAllowed", "notification")]
    [InlineData("options", """{"silent":"yes"}""", "json.wrongType", "options.silent")]
    [InlineData("apns", """{"headers":{"apns-topic\r\n":"x"}}""", "header.invalid", "apns.headers.apns-topic\r\n")]
    [InlineData("apns", """{"headers":{"apns-id":"a\nb"}}""", "header.invalid", "apns.headers.apns-id")]
    [InlineData("apns", """{"payload":[]}""", "json.wrongType", "apns.payload")]
    [InlineData("apns", """{"payload":{"a":{"b":1,"b":2}}}""", "json.duplicateField", "apns.payload.a.b")]
    [InlineData("fcm", "[]", "json.wrongType", "fcm")]
    [InlineData("extra", "1", "json.unknownField", "extra")]
    public async Task Publish_BadMember_NamesTheFieldAndChangesNothing(string member, string? value, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        var body = Samples.Event();
        var text = value is null ? Without(body, member) : With(body, member, value);
        (await app.Publish.PostTextAsync($"{app.Path}/events", text)).ExpectProblem(400, code, field);
        (await app.Publish.PostTextAsync($"{app.Path}/events/validate", text)).ExpectProblem(400, code, field);
        Assert.Empty((await app.Read.GetAsync($"{app.Path}/events")).Expect(200).Json.GetProperty("items").EnumerateArray());
        fixture.Gateway.Errors.ExpectNone();
    }

    [Fact]
    public async Task Publish_SeveralBadMembers_NamesAll()
    {
        var app = await fixture.CreateAppAsync();
        var body = new { type = "a b", audience = new { }, options = new { ttlSeconds = -1, priority = "x" } };
        (await app.Publish.PostAsync($"{app.Path}/events", body))
            .ExpectProblem(400, "type.invalid", "type", "audience", "options.ttlSeconds", "options.priority", "notification");
    }

    [Fact]
    public async Task Publish_MoreIdsThanAllowed_IsRefused()
    {
        var app = await fixture.CreateAppAsync();
        var body = Samples.Event();
        body["audience"] = new JsonObject { ["devices"] = new JsonArray([.. Enumerable.Range(0, Audience.MaxIds + 1).Select(number => JsonValue.Create($"d{number}"))]) };
        (await app.Publish.PostAsync($"{app.Path}/events", body)).ExpectProblem(400, "audience.tooMany", "audience.devices");
    }

    [Theory]
    [InlineData("apns")]
    [InlineData("fcm")]
    public async Task Publish_PayloadTooLargeForOneProvider_IsRefusedForThatProvider(string provider)
    {
        var app = await fixture.CreateAppAsync();
        var body = Samples.Event();
        body["notification"]!["body"] = new string('x', 5000);
        body["filter"] = new JsonObject { ["providers"] = new JsonArray(provider) };
        var answer = (await app.Publish.PostAsync($"{app.Path}/events", body)).Expect(400);
        Assert.Equal("payload.tooLarge", answer.Code);
        Assert.NotEmpty(answer.Fields);
    }

    [Fact]
    public async Task Publish_OneLocalizationTooLarge_IsRefused()
    {
        var app = await fixture.CreateAppAsync();
        var body = Samples.Event();
        body["localizations"] = new JsonObject { ["es"] = new JsonObject { ["body"] = new string('x', 5000) } };
        var answer = (await app.Publish.PostAsync($"{app.Path}/events", body)).Expect(400);
        Assert.Equal("payload.tooLarge", answer.Code);
        Assert.Contains("es", answer.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_GoodBody_ShowsWhatWouldBeSentAndSendsNothing()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/anna")).Expect(204);
        var body = Samples.Event();
        body["localizations"] = new JsonObject { ["es"] = new JsonObject { ["title"] = "Nuevo" } };
        var answer = (await app.Publish.PostAsync($"{app.Path}/events/validate", body)).Expect(200);
        Assert.Equal(1, answer.Number("estimatedAudience"));
        foreach (var provider in new[] { "apns", "fcm" })
        {
            var rendered = answer.Json.GetProperty("providers").GetProperty(provider);
            Assert.InRange(rendered.GetProperty("sizeBytes").GetInt32(), 1, rendered.GetProperty("limitBytes").GetInt32());
            Assert.Equal(2, rendered.GetProperty("variants").GetArrayLength());
            Assert.Equal("es", rendered.GetProperty("variants")[1].GetProperty("locale").GetString());
            Assert.Contains("Nuevo", rendered.GetProperty("variants")[1].GetProperty("payload").GetRawText(), StringComparison.Ordinal);
        }

        Assert.Empty((await app.Read.GetAsync($"{app.Path}/events")).Expect(200).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task List_InPages_IsNewestFirst()
    {
        var app = await fixture.CreateAppAsync();
        var published = new List<string>();
        foreach (var _ in Enumerable.Range(0, 3))
        {
            published.Insert(0, (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event())).Expect(202).Text("id"));
        }

        var first = (await app.Read.GetAsync($"{app.Path}/events?limit=2")).Expect(200);
        var second = (await app.Read.GetAsync($"{app.Path}/events?limit=2&cursor={first.Text("nextCursor")}")).Expect(200);
        var ids = first.Json.GetProperty("items").EnumerateArray().Concat(second.Json.GetProperty("items").EnumerateArray());
        Assert.Equal(published, ids.Select(item => item.GetProperty("id").GetString()!));
        Assert.Equal("", second.Text("nextCursor"));
        (await app.Read.GetAsync($"{app.Path}/events?cursor=YWJj")).ExpectProblem(400, "cursor.invalid", "cursor");
    }

    [Theory]
    [InlineData("")]
    [InlineData("/receipts")]
    [InlineData("/receipts/d1")]
    [InlineData("/progress")]
    public async Task Get_UnknownEvent_Is404(string suffix)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Read.GetAsync($"{app.Path}/events/{new string('0', 32)}{suffix}")).ExpectProblem(404, "event.unknown");
    }

    [Fact]
    public async Task Receipts_BadQuery_NamesTheParameter()
    {
        var app = await fixture.CreateAppAsync();
        var published = (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event())).Expect(202);
        (await app.Read.GetAsync($"{published.Headers["Location"]}/receipts?outcome=lost")).ExpectProblem(400, "outcome.unknown", "outcome");
        var pending = (await app.Read.GetAsync($"{published.Headers["Location"]}/receipts?outcome=pending")).ExpectProblem(400, "outcome.unknown", "outcome");
        Assert.Contains("accepted, unregistered, rejected, expired, cancelled, suppressed or live", pending.Text("detail"), StringComparison.Ordinal);
        (await app.Read.GetAsync($"{published.Headers["Location"]}/receipts?cursor=YWJj")).ExpectProblem(400, "cursor.invalid", "cursor");
    }

    private static string Without(JsonObject body, string member)
    {
        body.Remove(member);
        return body.ToJsonString();
    }

    // As text, because the values under test are such that a JSON library would not write.
    private static string With(JsonObject body, string member, string value)
    {
        body.Remove(member);
        return $"{body.ToJsonString()[..^1]},\"{member}\":{value}}}";
    }
}
