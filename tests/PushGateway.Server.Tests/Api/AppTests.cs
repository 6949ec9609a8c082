namespace PushGateway.Server.Tests.Api;

public sealed class AppTests(GatewayFixture fixture)
{
    [Fact]
    public async Task Put_NewThenKnown_Is201Then200()
    {
        var created = (await fixture.Admin.PutAsync("/v1/apps/put-app", new { name = "First" })).Expect(201);
        Assert.Equal("/v1/apps/put-app", created.Headers["Location"]);
        (await fixture.Admin.PutAsync("/v1/apps/put-app", new { name = "Second" })).Expect(200);
        var found = (await fixture.Admin.GetAsync("/v1/apps/put-app")).Expect(200);
        Assert.Equal("Second", found.Text("name"));
        Assert.Equal("put-app", found.Text("id"));
    }

    [Fact]
    public async Task Put_MaxRatePerSecond_IsKeptUntilItIsLeftOut()
    {
        var created = (await fixture.Admin.PutAsync("/v1/apps/paced", new { name = "Paced", maxRatePerSecond = 5_000 })).Expect(201);
        Assert.Equal("5000", created.Text("maxRatePerSecond"));
        Assert.Equal("5000", (await fixture.Admin.GetAsync("/v1/apps/paced")).Expect(200).Text("maxRatePerSecond"));

        (await fixture.Admin.PutAsync("/v1/apps/paced", new { name = "Paced" })).Expect(200);

        Assert.DoesNotContain("maxRatePerSecond", (await fixture.Admin.GetAsync("/v1/apps/paced")).Expect(200).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_000_001)]
    public async Task Put_MaxRatePerSecondOutOfRange_IsRefusedAndChangesNothing(int rate)
    {
        (await fixture.Admin.PutAsync("/v1/apps/paced-badly", new { name = "x", maxRatePerSecond = rate }))
            .ExpectProblem(400, "maxRatePerSecond.outOfRange", "maxRatePerSecond");
        (await fixture.Admin.GetAsync("/v1/apps/paced-badly")).ExpectProblem(404, "app.unknown");
    }

    [Fact]
    public async Task Put_Limits_ReplacesThem()
    {
        var quietHours = new { from = "22:00", to = "08:00", timeZone = "Europe/Madrid" };
        (await fixture.Admin.PutAsync("/v1/apps/limited", new { name = "x", quietHours, maxPerSubscriberPerDay = 3 })).Expect(201);
        var found = (await fixture.Admin.GetAsync("/v1/apps/limited")).Expect(200);
        Assert.Equal(
            ["22:00", "08:00", "Europe/Madrid"],
            [found.Text("quietHours", "from"), found.Text("quietHours", "to"), found.Text("quietHours", "timeZone")]);
        Assert.Equal(3, found.Number("maxPerSubscriberPerDay"));

        var without = (await fixture.Admin.PutAsync("/v1/apps/limited", new { name = "x" })).Expect(200);
        Assert.False(without.Json.TryGetProperty("quietHours", out _));
        Assert.False(without.Json.TryGetProperty("maxPerSubscriberPerDay", out _));
    }

    [Fact]
    public async Task Delete_Known_IsGoneWithItsKeys()
    {
        var app = await fixture.CreateAppAsync();
        (await fixture.Admin.DeleteAsync(app.Path)).Expect(204);
        (await fixture.Admin.GetAsync(app.Path)).ExpectProblem(404, "app.unknown");
        (await fixture.Admin.DeleteAsync(app.Path)).ExpectProblem(404, "app.unknown");
        (await app.Read.GetAsync($"{app.Path}/events")).ExpectProblem(401, "key.unknown");
    }

    /// <summary>Dot segments are resolved on the way here, by the client or by the server, and would lead to the app itself.</summary>
    [Theory]
    [InlineData("/devices/..")]
    [InlineData("/devices/%2E%2E")]
    [InlineData("/devices/x/..")]
    [InlineData("/")]
    public async Task Delete_AddressThatOnlyLeadsToAnApp_LeavesIt(string path)
    {
        var app = await fixture.CreateAppAsync();
        (await fixture.Admin.DeleteAsync(app.Path + path)).ExpectProblem(404, "route.unknown");
        (await fixture.Admin.GetAsync(app.Path)).Expect(200);
    }

    [Theory]
    [InlineData("a\u0000b")]
    [InlineData("\u001b[31mred")]
    [InlineData("two\nlines")]
    public async Task Put_NameWithControlCharacters_IsRefused(string name) =>
        (await fixture.Admin.PutAsync("/v1/apps/named", new { name })).ExpectProblem(400, "name.invalid", "name");

    [Fact]
    public async Task List_InPages_ShowsEachOnceInOrder()
    {
        foreach (var number in Enumerable.Range(0, 5))
        {
            (await fixture.Admin.PutAsync($"/v1/apps/listed-{number}", new { name = "x" })).Expect(201);
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await fixture.Admin.GetAsync($"/v1/apps?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(200);
            Assert.InRange(page.Json.GetProperty("items").GetArrayLength(), 1, 2);
            seen.AddRange(page.Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()!));
            cursor = page.Json.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(5, seen.Count(id => id.StartsWith("listed-", StringComparison.Ordinal)));
        Assert.Equal(seen.Distinct().Order(StringComparer.Ordinal), seen);
    }

    [Theory]
    [InlineData("limit=0", "limit.outOfRange", "limit")]
    [InlineData("limit=1001", "limit.outOfRange", "limit")]
    [InlineData("limit=-1", "limit.outOfRange", "limit")]
    [InlineData("limit=x", "limit.outOfRange", "limit")]
    [InlineData("cursor=%21%21", "cursor.invalid", "cursor")]
    public async Task List_BadPage_NamesTheParameter(string query, string code, string field) =>
        (await fixture.Admin.GetAsync($"/v1/apps?{query}")).ExpectProblem(400, code, field);

    [Theory]
    [InlineData("a%20b")]
    [InlineData("a%2Fb")]
    [InlineData("%C3%A4")]
    [InlineData("a%00b")]
    public async Task Put_IllegalId_IsRefused(string id)
    {
        var answer = await fixture.Admin.PutAsync($"/v1/apps/{id}", new { name = "x" });
        Assert.InRange(answer.Status, 400, 499);
    }

    [Fact]
    public async Task Put_IdTooLong_NamesTheField() =>
        (await fixture.Admin.PutAsync($"/v1/apps/{new string('a', 129)}", new { name = "x" })).ExpectProblem(400, "id.invalid", "app");

    [Fact]
    public async Task Put_LongestId_IsTaken() => (await fixture.Admin.PutAsync($"/v1/apps/{new string('a', 123)}._:~-", new { name = "x" })).Expect(201);

    [Theory]
    [InlineData("{}", "field.missing", "name")]
    [InlineData("""{"name":"  "}""", "field.missing", "name")]
    [InlineData("""{"name":null}""", "field.missing", "name")]
    [InlineData("""{"name":5}""", "json.wrongType", "name")]
    [InlineData("""{"name":"x","nome":"y"}""", "json.unknownField", "nome")]
    [InlineData("""{"name":"x","name":"y"}""", "json.duplicateField", "name")]
    [InlineData("""["name"]""", "json.wrongType", "$")]
    [InlineData("null", "json.wrongType", "$")]
    [InlineData("""{"name":"x","maxPerSubscriberPerDay":0}""", "maxPerSubscriberPerDay.outOfRange", "maxPerSubscriberPerDay")]
    [InlineData("""{"name":"x","maxPerSubscriberPerDay":101}""", "maxPerSubscriberPerDay.outOfRange", "maxPerSubscriberPerDay")]
    [InlineData("""{"name":"x","quietHours":{"to":"08:00"}}""", "field.missing", "quietHours.from")]
    [InlineData("""{"name":"x","quietHours":{"from":"22:00","to":"8:00"}}""", "quietHours.invalid", "quietHours.to")]
    [InlineData("""{"name":"x","quietHours":{"from":"24:00","to":"08:00"}}""", "quietHours.invalid", "quietHours.from")]
    [InlineData("""{"name":"x","quietHours":{"from":"08:00","to":"08:00"}}""", "quietHours.empty", "quietHours.to")]
    [InlineData("""{"name":"x","quietHours":{"from":"22:00","to":"08:00","timeZone":"Moon/Base"}}""", "timeZone.unknown", "quietHours.timeZone")]
    public async Task Put_BadBody_NamesTheField(string body, string code, string field)
    {
        using var content = new StringContent(body, null, "application/json");
        (await fixture.Admin.SendAsync(HttpMethod.Put, "/v1/apps/bad-app", content)).ExpectProblem(400, code, field);
        (await fixture.Admin.GetAsync("/v1/apps/bad-app")).ExpectProblem(404, "app.unknown");
    }
}
