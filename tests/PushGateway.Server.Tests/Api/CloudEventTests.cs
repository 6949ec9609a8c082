using System.Text.Json.Nodes;

namespace PushGateway.Server.Tests.Api;

public sealed class CloudEventTests(GatewayFixture fixture)
{
    private const string Structured = "application/cloudevents+json";

    private static readonly (string, string)[] s_binary =
        [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/videos"), ("ce-type", "video.published"), ("ce-time", "2026-01-01T00:00:00Z")];

    [Fact]
    public async Task Structured_Repeated_IsReplayedBySourceAndId()
    {
        var app = await fixture.CreateAppAsync();
        var first = (await app.Publish.PostTextAsync($"{app.Path}/events", Envelope().ToJsonString(), Structured)).Expect(202);
        Assert.Equal("video.published", first.Text("type"));
        var second = (await app.Publish.PostTextAsync($"{app.Path}/events", Envelope().ToJsonString(), Structured)).Expect(202);
        Assert.Equal("true", second.Headers["Idempotent-Replayed"]);
        Assert.Equal(first.Text("id"), second.Text("id"));
        (await app.Publish.PostTextAsync($"{app.Path}/events", Envelope(id: "2").ToJsonString(), Structured)).Expect(202);
    }

    [Fact]
    public async Task Binary_SameEventAsStructured_IsReplayed()
    {
        var app = await fixture.CreateAppAsync();
        var first = (await app.Publish.PostTextAsync($"{app.Path}/events", Envelope().ToJsonString(), Structured)).Expect(202);
        var second = (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), s_binary)).Expect(202);
        Assert.Equal("true", second.Headers["Idempotent-Replayed"]);
        Assert.Equal(first.Text("id"), second.Text("id"));
    }

    [Fact]
    public async Task Binary_BodyWithoutType_TakesTheCloudEventsType()
    {
        var app = await fixture.CreateAppAsync();
        var body = Samples.Event();
        body.Remove("type");
        Assert.Equal("video.published", (await app.Publish.PostAsync($"{app.Path}/events", body, s_binary)).Expect(202).Text("type"));
    }

    [Fact]
    public async Task Structured_WithHeaderToo_TheHeaderIsTheKey()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostTextAsync($"{app.Path}/events", Envelope().ToJsonString(), Structured, ("Idempotency-Key", "k1"))).Expect(202);
        var second = await app.Publish.PostTextAsync($"{app.Path}/events", Envelope(id: "2").ToJsonString(), Structured, ("Idempotency-Key", "k1"));
        Assert.Equal("true", second.Expect(202).Headers["Idempotent-Replayed"]);
    }

    [Theory]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/v","type":"t"}""", "cloudEvent.data", "data")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/v","type":"t","data":"text"}""", "json.wrongType", "$")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/v","type":"t","data":{"typo":1}}""", "json.unknownField", "typo")]
    [InlineData("""{"specversion":"0.3","id":"1","source":"/v","type":"t","data":{}}""", "cloudEvent.invalid", "$")]
    [InlineData("""{"specversion":"1.0","source":"/v","type":"t","data":{}}""", "cloudEvent.invalid", "$")]
    [InlineData("""{"specversion":"1.0","id":5,"source":"/v","type":"t","data":{}}""", "cloudEvent.invalid", "$")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/v","type":"t","data_base64":"!!"}""", "cloudEvent.invalid", "$")]
    [InlineData("[]", "cloudEvent.invalid", "$")]
    [InlineData("{", "json.malformed", "$")]
    public async Task Structured_Bad_NamesWhatIsWrong(string body, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostTextAsync($"{app.Path}/events", body, Structured)).ExpectProblem(400, code, field);
        fixture.Gateway.Errors.ExpectNone();
    }

    [Fact]
    public async Task Binary_Bad_NamesWhatIsWrong()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), ("ce-specversion", "0.9"))).ExpectProblem(400, "cloudEvent.invalid", "ce-specversion");
        (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), ("ce-specversion", "1.0"))).ExpectProblem(400, "cloudEvent.invalid", "$");
        (await app.Publish.PostAsync($"{app.Path}/events", Samples.Event(), [.. s_binary.SkipLast(1), ("ce-time", "noon")])).ExpectProblem(400, "cloudEvent.invalid", "ce-time");
        fixture.Gateway.Errors.ExpectNone();
    }

    private static JsonObject Envelope(string id = "1") => new()
    {
        ["specversion"] = "1.0",
        ["id"] = id,
        ["source"] = "/videos",
        ["type"] = "video.published",
        ["data"] = Samples.Event(),
    };
}
