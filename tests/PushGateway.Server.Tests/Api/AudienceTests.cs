using System.Text.Json.Nodes;
using PushGateway.Client;
using PushGateway.Client.Audiences;
using PushGateway.Client.Events;

namespace PushGateway.Server.Tests.Api;

/// <summary>Conditions, filters, counts and saved audiences, through the API.</summary>
public sealed class AudienceTests(GatewayFixture fixture)
{
    private static JsonObject EventFor(string audience, string? filter = null) => new()
    {
        ["type"] = "t",
        ["audience"] = JsonNode.Parse(audience),
        ["filter"] = filter is null ? null : JsonNode.Parse(filter),
        ["notification"] = new JsonObject { ["title"] = "T" },
    };

    [Theory]
    [InlineData("'news' in channels && !('vip' in channels)", null, 2)]
    [InlineData("!('news' in channels)", null, 1)]
    [InlineData("'unknown' in channels", null, 0)]
    [InlineData("'news' in channels || 'vip' in channels", """{"tags":{"plan":["pro","team"]}}""", 1)]
    [InlineData("'news' in channels", """{"tags":{"plan":true}}""", 2)]
    [InlineData("'news' in channels", """{"tags":{"plan":false}}""", 1)]
    [InlineData("'news' in channels", """{"appVersion":{"from":"2.9"}}""", 2)]
    [InlineData("'news' in channels", """{"appVersion":{"from":"2.9","to":"2.10"}}""", 1)]
    [InlineData("'news' in channels", """{"timeZones":["Europe/Madrid"]}""", 1)]
    [InlineData("'news' in channels", """{"lastSeen":{"withinDays":1}}""", 3)]
    [InlineData("'news' in channels", """{"lastSeen":{"before":"2020-01-01T00:00:00Z"}}""", 0)]
    public async Task Publish_ConditionAndFilter_ReachWhomTheyMeanAndNobodyElse(string condition, string? filter, int expected)
    {
        var app = await PopulateAsync();
        var audience = new JsonObject { ["condition"] = condition }.ToJsonString();

        var published = (await app.Publish.PostAsync($"{app.Path}/events", EventFor(audience, filter))).Expect(202);

        await Eventually.TrueAsync(async () => (await app.Read.GetAsync(published.Headers["Location"])).Text("state") == "completed");
        Assert.Equal(expected, (await app.Read.GetAsync(published.Headers["Location"])).Number("counts", "targeted"));
        var count = (await app.Read.PostAsync($"{app.Path}/audience/count", new JsonObject
        {
            ["audience"] = JsonNode.Parse(audience),
            ["filter"] = filter is null ? null : JsonNode.Parse(filter),
        })).Expect(200);
        Assert.Equal([expected, expected], [count.Number("devices"), count.Number("subscribers")]);
        Assert.Equal([expected, 0], [count.Number("providers", "apns"), count.Number("providers", "fcm")]);
        (await app.Publish.PostAsync($"{app.Path}/events/validate", EventFor(audience, filter))).Expect(200);
    }

    [Theory]
    [InlineData("""{"condition":"'a' in channels &&"}""", "audience.conditionInvalid", "audience.condition")]
    [InlineData("""{"condition":""}""", "audience.conditionInvalid", "audience.condition")]
    [InlineData("""{"condition":"!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!'a' in channels"}""", "audience.conditionTooLarge", "audience.condition")]
    [InlineData("""{"condition":5}""", "json.wrongType", "audience.condition")]
    [InlineData("""{"condition":"'a' in channels","channel":"a"}""", "audience.ambiguous", "audience")]
    [InlineData("""{"saved":"unknown"}""", "audience.savedUnknown", "audience.saved")]
    [InlineData("""{"saved":"a b"}""", "id.invalid", "audience.saved")]
    public async Task Publish_AudienceThatIsWrong_IsRefusedByName(string audience, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostAsync($"{app.Path}/events", EventFor(audience))).ExpectProblem(400, code, field);
        (await app.Read.PostAsync($"{app.Path}/audience/count", new JsonObject { ["audience"] = JsonNode.Parse(audience) })).ExpectProblem(400, code, field);
    }

    [Fact]
    public async Task Publish_ConditionThatIsWrong_SaysWhere()
    {
        var app = await fixture.CreateAppAsync();
        var problem = (await app.Publish.PostAsync($"{app.Path}/events", EventFor("""{"condition":"'a' in topics"}"""))).ExpectProblem(400, "audience.conditionInvalid");
        Assert.Contains("character 8: expected channels, found topics", problem.Text("detail"), StringComparison.Ordinal);
        var terms = string.Join(" || ", Enumerable.Range(0, 10_000).Select(number => $"'c{number}' in channels"));
        var large = (await app.Publish.PostAsync($"{app.Path}/events", EventFor(new JsonObject { ["condition"] = terms }.ToJsonString())))
            .ExpectProblem(400, "audience.conditionTooLarge");
        Assert.Contains("at most 65536 characters", large.Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"tags":{"plan":[]}}""", "tag.values", "filter.tags.plan")]
    [InlineData("""{"tags":{"plan":1}}""", "json.wrongType", "filter.tags.plan")]
    [InlineData("""{"tags":{"plan":null}}""", "json.wrongType", "filter.tags.plan")]
    [InlineData("""{"tags":{"plan":["a",1]}}""", "json.wrongType", "filter.tags.plan[1]")]
    [InlineData("""{"tags":{"a b":true}}""", "tag.invalid", "filter.tags.a b")]
    [InlineData("""{"timeZones":["Europe//Madrid"]}""", "timeZone.invalid", "filter.timeZones[0]")]
    [InlineData("""{"appVersion":{}}""", "field.missing", "filter.appVersion")]
    [InlineData("""{"appVersion":{"from":"v2"}}""", "appVersion.invalid", "filter.appVersion.from")]
    [InlineData("""{"appVersion":{"from":"2.10","to":"2.9"}}""", "appVersion.emptyRange", "filter.appVersion")]
    [InlineData("""{"lastSeen":{}}""", "field.missing", "filter.lastSeen")]
    [InlineData("""{"lastSeen":{"withinDays":0}}""", "lastSeen.outOfRange", "filter.lastSeen.withinDays")]
    [InlineData("""{"lastSeen":{"withinDays":2147483647}}""", "lastSeen.outOfRange", "filter.lastSeen.withinDays")]
    [InlineData("""{"lastSeen":{"after":"2026-01-01"}}""", "time.invalid", "filter.lastSeen.after")]
    [InlineData("""{"lastSeen":{"after":"2026-01-02T00:00:00Z","before":"2026-01-01T00:00:00Z"}}""", "lastSeen.emptyRange", "filter.lastSeen")]
    public async Task Publish_FilterThatIsWrong_IsRefusedByName(string filter, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostAsync($"{app.Path}/events", EventFor("""{"all":true}""", filter))).ExpectProblem(400, code, field);
    }

    [Fact]
    public async Task SavedAudience_PutNamedNarrowedAndReplaced_IsWhatItWasWhenTheEventWasPublished()
    {
        var app = await PopulateAsync();
        var path = $"{app.Path}/audiences/readers";
        var body = JsonNode.Parse("""{"audience":{"condition":"'news' in channels"},"filter":{"tags":{"plan":true},"lastSeen":{"withinDays":30}}}""");
        (await app.Publish.PutAsync(path, body)).Expect(201);
        var replaced = (await app.Publish.PutAsync(path, body)).Expect(200);
        Assert.Equal("'news' in channels", replaced.Text("audience", "condition"));
        Assert.Equal(30, (await app.Read.GetAsync(path)).Expect(200).Number("filter", "lastSeen", "withinDays"));
        Assert.Equal("readers", (await app.Read.GetAsync($"{app.Path}/audiences")).Expect(200).Json.GetProperty("items")[0].GetProperty("name").GetString());

        var scheduled = EventFor("""{"saved":"readers"}""", """{"appVersion":{"from":"2.10"}}""");
        scheduled["options"] = new JsonObject { ["sendAt"] = TimeProvider.System.GetUtcNow().AddSeconds(2).ToString("O") };
        var published = (await app.Publish.PostAsync($"{app.Path}/events", scheduled)).Expect(202);
        (await app.Publish.DeleteAsync(path)).Expect(204);

        await Eventually.TrueAsync(async () => (await app.Read.GetAsync(published.Headers["Location"])).Text("state") == "completed");
        Assert.Equal(1, (await app.Read.GetAsync(published.Headers["Location"])).Number("counts", "targeted"));
        (await app.Read.GetAsync(path)).ExpectProblem(404, "audience.unknown");
        (await app.Publish.DeleteAsync(path)).ExpectProblem(404, "audience.unknown");
    }

    [Fact]
    public async Task SavedAudience_WithNoProviderInCommonWithTheEvent_ReachesNobody()
    {
        var app = await PopulateAsync();
        (await app.Publish.PutAsync($"{app.Path}/audiences/android", JsonNode.Parse("""{"audience":{"all":true},"filter":{"providers":["fcm"]}}"""))).Expect(201);

        var published = (await app.Publish.PostAsync($"{app.Path}/events", EventFor("""{"saved":"android"}""", """{"providers":["apns"]}"""))).Expect(202);

        await Eventually.TrueAsync(async () => (await app.Read.GetAsync(published.Headers["Location"])).Text("state") == "completed");
        Assert.Equal(0, (await app.Read.GetAsync(published.Headers["Location"])).Number("counts", "targeted"));
    }

    [Fact]
    public async Task SavedAudience_InABatchAndACloudEvent_IsFound()
    {
        var app = await PopulateAsync();
        (await app.Publish.PutAsync($"{app.Path}/audiences/readers", JsonNode.Parse("""{"audience":{"channel":"news"}}"""))).Expect(201);

        var batch = (await app.Publish.PostAsync($"{app.Path}/events/batch", new JsonObject
        {
            ["events"] = new JsonArray(EventFor("""{"saved":"readers"}"""), EventFor("""{"saved":"unknown"}"""), EventFor("""{"condition":"'vip' in channels"}""")),
        })).Expect(200);
        Assert.Equal([202, 400, 202], batch.Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("status").GetInt32()));
        var cloud = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = "1",
            ["source"] = "/s",
            ["type"] = "t",
            ["data"] = EventFor("""{"saved":"readers"}"""),
        };
        (await app.Publish.PostTextAsync($"{app.Path}/events", cloud.ToJsonString(), "application/cloudevents+json")).Expect(202);
    }

    [Fact]
    public async Task PutSavedAudience_TooLarge_ChangesNothing()
    {
        var app = await fixture.CreateAppAsync();
        var ids = new JsonArray([.. Enumerable.Range(0, 600).Select(number => (JsonNode)$"{number:D3}{new string('s', 110)}")]);

        (await app.Publish.PutAsync($"{app.Path}/audiences/a", new JsonObject { ["audience"] = new JsonObject { ["subscribers"] = ids } }))
            .ExpectProblem(400, "audience.tooLarge", "audience");
        (await app.Publish.GetAsync($"{app.Path}/audiences/a")).Expect(404);
    }

    [Theory]
    [InlineData("""{"audience":{"saved":"other"}}""", "audience.savedNested", "audience.saved")]
    [InlineData("""{}""", "audience.missing", "audience")]
    [InlineData("""{"audience":{"all":true},"filter":{"later":1}}""", "json.unknownField", "filter.later")]
    public async Task PutSavedAudience_ThatIsWrong_ChangesNothing(string body, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PutAsync($"{app.Path}/audiences/a", JsonNode.Parse(body))).ExpectProblem(400, code, field);
        (await app.Read.GetAsync($"{app.Path}/audiences/a")).ExpectProblem(404, "audience.unknown");
        (await app.Publish.PutAsync($"{app.Path}/audiences/a%20b", JsonNode.Parse("""{"audience":{"all":true}}"""))).ExpectProblem(400, "id.invalid", "name");
    }

    [Fact]
    public async Task Audiences_ScopesAndApps_AreKeptApart()
    {
        var (app, other) = (await fixture.CreateAppAsync(), await fixture.CreateAppAsync());
        var body = JsonNode.Parse("""{"audience":{"all":true}}""");
        (await app.Read.PutAsync($"{app.Path}/audiences/a", body)).ExpectProblem(403, "scope.insufficient");
        (await app.Publish.PutAsync($"{app.Path}/audiences/a", body)).Expect(201);
        (await other.Publish.GetAsync($"{other.Path}/audiences/a")).ExpectProblem(404, "audience.unknown");
        Assert.Equal(403, (await other.Publish.GetAsync($"{app.Path}/audiences/a")).Status);
        Assert.Equal(403, (await app.Devices.PostAsync($"{app.Path}/audience/count", body)).Status);
        (await app.Publish.PostAsync($"{other.Path}/events", EventFor("""{"saved":"a"}"""))).Expect(403);

        var estimate = (await app.Read.PostAsync($"{app.Path}/audience/count", JsonNode.Parse("""{"audience":{"all":true},"exact":false}"""))).Expect(200);
        Assert.Equal("""{"estimate":0}""", estimate.Body);
    }

    [Fact]
    public async Task Client_AudiencesAndConditions_GoThroughTheApi()
    {
        var app = await PopulateAsync();
        using var http = new HttpClient { BaseAddress = fixture.Gateway.Address };
        var client = new PushGatewayClient(http, GatewayFixture.AdminKey).App(app.Id);
        var spec = new AudienceSpec
        {
            Audience = new EventAudience { Condition = "'news' in channels" },
            Filter = new EventFilter
            {
                Tags = new Dictionary<string, TagMatch> { ["plan"] = TagMatch.AnyOf("pro", "free"), ["none"] = TagMatch.Absent },
                AppVersion = new AppVersionRange(From: "2.0"),
                LastSeen = new LastSeen { WithinDays = 2 },
            },
        };
        var stop = TestContext.Current.CancellationToken;

        Assert.Equal(2, (await client.CountAudienceAsync(spec, stop)).Devices);
        Assert.Equal("readers", (await client.PutAudienceAsync("readers", spec, stop)).Name);
        var found = await client.FindAudienceAsync("readers", stop);
        Assert.Equal(["pro", "free"], found!.Filter!.Tags!["plan"].Values);
        Assert.False(found.Filter.Tags["none"].IsThere);
        Assert.Single((await client.ListAudiencesAsync(null, stop)).Items);
        var published = await client.PublishAsync(
            new EventRequest { Type = "t", Audience = new EventAudience { Saved = "readers" }, Notification = new EventNotification { Title = "T" } }, null, stop);
        Assert.Equal(3, published.Event.EstimatedAudience);
        Assert.True(await client.DeleteAudienceAsync("readers", stop));
        Assert.False(await client.DeleteAudienceAsync("readers", stop));
    }

    /// <summary>Three readers of news, one of them a vip as well, and somebody else.</summary>
    private async Task<TestApp> PopulateAsync()
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        (string Id, string? Plan, string? Version, string? Zone, string[] Channels)[] people =
        [
            ("d1", "pro", "2.10", "Europe/Madrid", ["news"]), ("d2", "free", "2.9.1", null, ["news"]), ("d3", null, "beta", "UTC", ["news", "vip"]), ("d4", "pro", "3.0", null, []),
        ];
        for (var number = 0; number < people.Length; number++)
        {
            var (id, plan, version, zone, channels) = people[number];
            var device = Samples.ApnsDevice(number);
            (device["appVersion"], device["timeZone"]) = (version, zone);
            device["tags"] = plan is null ? null : new JsonObject { ["plan"] = plan };
            (await app.Devices.PutAsync($"{app.Path}/devices/{id}", device)).Expect(201);
            foreach (var channel in channels)
            {
                (await app.Devices.PutAsync($"{app.Path}/channels/{channel}/subscribers/{id}")).Expect(204);
            }
        }

        return app;
    }
}
