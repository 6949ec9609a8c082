using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PushGateway.Client;
using PushGateway.Client.Events;

namespace PushGateway.Server.Tests.Api;

public sealed class BatchTests(GatewayFixture fixture)
{
    [Fact]
    public async Task PublishBatch_GoodAndBad_AnswersEachInItsPlace()
    {
        var app = await fixture.CreateAppAsync();
        var noAudience = Samples.Event();
        noAudience.Remove("audience");
        var answer = await PostAsync(app, Samples.Event("a"), noAudience, JsonValue.Create(7), Samples.Event("b"), Keyed(Samples.Event(), "caf\u00E9"));

        answer.Expect(200);
        var items = Items(answer);
        Assert.Equal([202, 400, 400, 202, 400], items.Select(item => item.GetProperty("status").GetInt32()));
        Assert.Equal(["audience"], Fields(items[1]));
        Assert.Equal("json.wrongType", items[2].GetProperty("problem").GetProperty("code").GetString());
        Assert.Equal("idempotency.invalidKey", items[4].GetProperty("problem").GetProperty("code").GetString());
        Assert.Equal(["idempotencyKey"], Fields(items[4]));
        Assert.Equal(answer.Headers["X-Request-Id"], items[1].GetProperty("problem").GetProperty("requestId").GetString());
        Assert.False(items[0].TryGetProperty("problem", out _));
        Assert.False(items[0].TryGetProperty("replayed", out _));
        Assert.False(items[1].TryGetProperty("event", out _));

        var listed = Items(await app.Read.GetAsync($"{app.Path}/events")).Select(Id);
        Assert.Equal([Id(items[3].GetProperty("event")), Id(items[0].GetProperty("event"))], listed);
    }

    [Fact]
    public async Task PublishBatch_OneEvent_AnswersWhatTheSingleCallDoes()
    {
        var app = await fixture.CreateAppAsync();
        var single = (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), ("Idempotency-Key", "order 42/7"))).Expect(202);
        var item = Items(await PostAsync(app, Keyed(Samples.Event(), "order 42/7")))[0];
        Assert.True(item.GetProperty("replayed").GetBoolean());
        Assert.Equal(single.Body, item.GetProperty("event").GetRawText());

        var other = (await app.Publish.PostAsync($"{app.Path}/events", new JsonObject { ["type"] = "x", ["colour"] = 1 })).Expect(400).Json;
        var problem = Items(await PostAsync(app, new JsonObject { ["type"] = "x", ["colour"] = 1 }))[0].GetProperty("problem");
        Assert.All(
            other.EnumerateObject().Where(member => member.Name != "requestId"),
            member => Assert.Equal(member.Value.GetRawText(), problem.GetProperty(member.Name).GetRawText()));
    }

    [Fact]
    public async Task PublishBatch_KeyTwice_ReplaysTheSameAndRefusesAnother()
    {
        var app = await fixture.CreateAppAsync();
        var items = Items(await PostAsync(app, Keyed(Samples.Event("a"), "k"), Keyed(Samples.Event("a"), "k"), Keyed(Samples.Event("b"), "k"), Samples.Event("b")));
        Assert.Equal([202, 202, 409, 202], items.Select(item => item.GetProperty("status").GetInt32()));
        Assert.True(items[1].GetProperty("replayed").GetBoolean());
        Assert.Equal(items[0].GetProperty("event").GetRawText(), items[1].GetProperty("event").GetRawText());
        Assert.Equal("idempotency.keyReused", items[2].GetProperty("problem").GetProperty("code").GetString());
        Assert.Equal(2, Items(await app.Read.GetAsync($"{app.Path}/events")).Count);

        // The whole request again: what had a key is the same event, what had none is a new one.
        var again = Items(await PostAsync(app, Keyed(Samples.Event("a"), "k"), Samples.Event("b")));
        Assert.True(again[0].GetProperty("replayed").GetBoolean());
        Assert.NotEqual(Id(items[3].GetProperty("event")), Id(again[1].GetProperty("event")));
        (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event("b"), ("Idempotency-Key", "k"))).ExpectProblem(409, "idempotency.keyReused");
    }

    [Theory]
    [InlineData("[]", "json.wrongType", "$")]
    [InlineData("{}", "field.missing", "events")]
    [InlineData("""{"events":null}""", "field.missing", "events")]
    [InlineData("""{"events":{}}""", "json.wrongType", "events")]
    [InlineData("""{"events":[]}""", "batch.size", "events")]
    [InlineData("""{"events":[{}],"events":[{}]}""", "json.duplicateField", "events")]
    [InlineData("""{"events":[{}],"app":"news"}""", "json.unknownField", "app")]
    [InlineData("""{"events":[{}""", "json.malformed", "$")]
    public async Task PublishBatch_BadEnvelope_IsRefusedWhole(string body, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostTextAsync($"{app.Path}/events/batch", body)).ExpectProblem(400, code, field);
    }

    [Fact]
    public async Task PublishBatch_ThousandAndOneMore_TakesTheThousand()
    {
        var app = await fixture.CreateAppAsync();
        var events = Enumerable.Range(0, 1_001).Select(number => Samples.Event($"c{number}")).ToArray();
        (await PostAsync(app, [.. events])).ExpectProblem(400, "batch.size", "events");
        var items = Items((await PostAsync(app, [.. events[..1_000].Select(sample => sample.DeepClone())])).Expect(200));
        Assert.Equal(1_000, items.Count);
        Assert.All(items, item => Assert.Equal(202, item.GetProperty("status").GetInt32()));
        Assert.Equal(1_000, items.Select(item => Id(item.GetProperty("event"))).Distinct().Count());
    }

    [Fact]
    public async Task PublishBatch_LargerThanABodyMayBe_Is413()
    {
        var app = await fixture.CreateAppAsync();
        var large = Samples.Event();
        large["notification"]!["body"] = new string('x', 1024 * 1024);
        (await PostAsync(app, Samples.Event(), large)).ExpectProblem(413, "body.tooLarge");
        Assert.Empty(Items(await app.Read.GetAsync($"{app.Path}/events")));
    }

    [Fact]
    public async Task PublishBatch_NestedAsDeepAsAloneOrDeeper_IsTakenOrRefused()
    {
        var app = await fixture.CreateAppAsync();
        (await PostAsync(app, Nested(29))).Expect(200);
        (await app.Publish.PostAsync($"{app.Path}/events", Nested(29))).Expect(202);
        (await PostAsync(app, Nested(30))).ExpectProblem(400, "json.tooDeep", "$");
        (await app.Publish.PostAsync($"{app.Path}/events", Nested(30))).ExpectProblem(400, "json.tooDeep", "$");
    }

    [Fact]
    public async Task PublishBatch_OtherScopeOrApp_IsForbidden()
    {
        var (app, other) = (await fixture.CreateAppAsync(), await fixture.CreateAppAsync());
        var body = new { events = new[] { Samples.Event() } };
        (await app.Read.PostAsync($"{app.Path}/events/batch", body)).ExpectProblem(403, "scope.insufficient");
        (await other.Publish.PostAsync($"{app.Path}/events/batch", body)).ExpectProblem(403, "app.forbidden");
        (await fixture.Gateway.Client(null).PostAsync($"{app.Path}/events/batch", body)).Expect(401);
    }

    [Fact]
    public async Task PublishBatch_TypedClient_GivesEachAnswerAndSendsToEachDevice()
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        for (var number = 1; number <= 3; number++)
        {
            (await app.Devices.PutAsync($"{app.Path}/devices/d{number}", Samples.ApnsDevice(0x5000 + number))).Expect(201);
        }

        using var http = new HttpClient { BaseAddress = fixture.Gateway.Address };
        var client = new PushGatewayClient(http, GatewayFixture.AdminKey).App(app.Id);
        var answers = await client.PublishBatchAsync(
            [new(To("d1"), "one"), new(To("d2")), new(To("d3") with { Type = "no id" }), new(To("d1"), "one")], TestContext.Current.CancellationToken);

        Assert.Equal([false, false, null, true], answers.Select(answer => answer.Published?.Replayed));
        Assert.Equal(answers[0].Published!.Event.Id, answers[3].Published!.Event.Id);
        var refused = answers[2].Refused!;
        Assert.Equal((HttpStatusCode.BadRequest, "type.invalid", "type"), (refused.Status, refused.Code, Assert.Single(refused.Errors).Field));
        Assert.Contains("type", refused.Message, StringComparison.Ordinal);
        foreach (var published in answers.Take(2).Select(answer => answer.Published!))
        {
            await foreach (var info in client.WatchAsync(published.Event.Id, TestContext.Current.CancellationToken))
            {
                Assert.True(!info.IsFinal || info.Counts is { Targeted: 1, Accepted: 1 }, $"{info.State}: {info.Counts}");
            }
        }

        static EventRequest To(string device) => new()
        {
            Type = "message.received",
            Audience = new EventAudience { Devices = [device] },
            Notification = new EventNotification { Title = "Hello" },
        };
    }

    private static Task<Answer> PostAsync(TestApp app, params JsonNode[] events) =>
        app.Publish.PostAsync($"{app.Path}/events/batch", new JsonObject { ["events"] = new JsonArray(events) });

    private static JsonObject Keyed(JsonObject sample, string key)
    {
        sample["idempotencyKey"] = key;
        return sample;
    }

    private static JsonObject Nested(int levels)
    {
        var payload = new JsonObject();
        for (var level = 0; level < levels; level++)
        {
            payload = new JsonObject { ["n"] = payload };
        }

        var sample = Samples.Event();
        sample["apns"] = new JsonObject { ["payload"] = payload };
        return sample;
    }

    private static IReadOnlyList<JsonElement> Items(Answer answer) => [.. answer.Json.GetProperty("items").EnumerateArray()];

    private static string Id(JsonElement info) => info.GetProperty("id").GetString()!;

    private static IEnumerable<string?> Fields(JsonElement item) =>
        item.GetProperty("problem").GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString());
}
