using System.Text.Json.Nodes;
using PushGateway.Server.Cli;

namespace PushGateway.Server.Tests.Cli;

public sealed class PublishCommandTests
{
    private const string Accepted = """{"id":"e1","type":"t","state":"dispatching","counts":{},"providers":{},"attempts":0,"estimatedAudience":1200,"timings":{"createdAt":"2030-01-01T00:00:00Z"}}""";

    [Fact]
    public async Task Publish_Flags_BecomeTheBody()
    {
        await using var gateway = await StubGateway.AnsweringAsync(Accepted, 202);

        var result = await CommandRun.Against(gateway).RunAsync(
            "publish", "--app", "news", "--type", "video.published", "--channel", "c1", "--title", "New", "--body", "Look",
            "--data", "videoId=abc", "--data", "query=a=b", "--ttl", "3600", "--priority", "high", "--max-rate", "500",
            "--send-at", "2030-01-31T18:00:00+01:00", "--local-time", "18:00", "--time-zone", "Europe/Madrid", "--idempotency-key", "k1");

        Assert.Equal(ExitCodes.Success, result.ExitCode);
        Assert.Contains("Event e1 dispatching", result.Output, StringComparison.Ordinal);
        var request = Assert.Single(gateway.Requests);
        Assert.Equal("POST /v1/apps/news/events k1", $"{request.Method} {request.Path} {request.IdempotencyKey}");
        AssertJson(
            """
            {"type":"video.published","audience":{"channel":"c1"},"notification":{"title":"New","body":"Look"},
             "options":{"priority":"high","ttlSeconds":3600,"sendAt":"2030-01-31T17:00:00.000Z","localTime":"18:00","timeZone":"Europe/Madrid",
             "maxRatePerSecond":500},
             "data":{"videoId":"abc","query":"a=b"}}
            """,
            request.Body);
    }

    [Theory]
    [InlineData("--channel a --channel b", """{"channels":["a","b"]}""")]
    [InlineData("--subscriber a", """{"subscribers":["a"]}""")]
    [InlineData("--device a --device b", """{"devices":["a","b"]}""")]
    [InlineData("--all", """{"all":true}""")]
    [InlineData("--condition !('b'in\tchannels)", """{"condition":"!('b'in\tchannels)"}""")]
    [InlineData("--saved readers", """{"saved":"readers"}""")]
    public async Task Publish_Audience_IsOfTheKindAskedFor(string flags, string audience)
    {
        await using var gateway = await StubGateway.AnsweringAsync(Accepted, 202);

        await CommandRun.Against(gateway).RunAsync(["publish", "--app", "a", "--silent", .. flags.Split(' ')]);

        AssertJson($$"""{"type":"message","options":{"silent":true},"audience":{{audience}} }""", Assert.Single(gateway.Requests).Body);
    }

    [Fact]
    public async Task Publish_FilterFlags_BecomeTheFilter()
    {
        await using var gateway = await StubGateway.AnsweringAsync(Accepted, 202);

        await CommandRun.Against(gateway).RunAsync(
            "publish", "--app", "a", "--all", "--silent", "--tag", "plan=pro", "--tag", "plan=team", "--tag", "beta", "--tag", "x=1=2", "--without-tag", "old",
            "--locale", "en", "--from-version", "2.1", "--below-version", "3", "--seen-within", "30");

        AssertJson(
            """
            {"type":"message","audience":{"all":true},"filter":{"locales":["en"],"tags":{"plan":["pro","team"],"beta":true,"x":"1=2","old":false},
             "appVersion":{"from":"2.1","to":"3"},"lastSeen":{"withinDays":30}},"options":{"silent":true}}
            """,
            Assert.Single(gateway.Requests).Body);
    }

    [Fact]
    public async Task Publish_FileFromStandardInput_KeepsWhatTheFlagsDoNotName()
    {
        await using var gateway = await StubGateway.AnsweringAsync(Accepted, 202);
        var file = """{"type":"t","audience":{"all":true},"notification":{"title":"Old","sound":"default"},"fcm":{"android":{"ttl":"1s"}},"later":1}""";

        await CommandRun.Against(gateway, file).RunAsync("publish", "--app", "a", "--file", "-", "--title", "New");

        AssertJson(
            """{"type":"t","audience":{"all":true},"notification":{"title":"New","sound":"default"},"fcm":{"android":{"ttl":"1s"}},"later":1}""",
            Assert.Single(gateway.Requests).Body);
    }

    [Theory]
    [InlineData("{\"type\":")]
    [InlineData("[]")]
    public async Task Publish_FileThatIsNoObject_SendsNothing(string file)
    {
        await using var gateway = await StubGateway.AnsweringAsync(Accepted, 202);

        var result = await CommandRun.Against(gateway, file).RunAsync("publish", "--app", "a", "--file", "-");

        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Requests);
    }

    [Fact]
    public async Task Publish_KeyUsedBefore_SaysThatNothingNewWasBegun()
    {
        await using var gateway = await StubGateway.StartAsync(context =>
        {
            context.Response.Headers["Idempotent-Replayed"] = "true";
            return StubGateway.WriteAsync(context, Accepted, 202);
        });

        var result = await CommandRun.Against(gateway).RunAsync("publish", "--app", "a", "--all", "--idempotency-key", "k");

        Assert.Equal(ExitCodes.Success, result.ExitCode);
        Assert.Contains("published before", result.Output, StringComparison.Ordinal);
    }

    private static void AssertJson(string expected, string actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"Expected {expected}\nActual {actual}");
}
