using System.Net;

namespace PushGateway.Simulator.Tests;

/// <summary>Every status and reason APNs has, as bytes on the wire.</summary>
public sealed class ApnsAnswerTests
{
    public static TheoryData<int, string> Reasons { get; } = new()
    {
        { 400, "BadCollapseId" }, { 400, "BadDeviceToken" }, { 400, "BadExpirationDate" }, { 400, "BadMessageId" }, { 400, "BadPriority" }, { 400, "BadTopic" },
        { 400, "DeviceTokenNotForTopic" }, { 400, "DuplicateHeaders" }, { 400, "IdleTimeout" }, { 400, "InvalidPushType" }, { 400, "MissingDeviceToken" },
        { 400, "MissingTopic" }, { 400, "PayloadEmpty" }, { 400, "TopicDisallowed" },
        { 403, "BadCertificate" }, { 403, "BadCertificateEnvironment" }, { 403, "ExpiredProviderToken" }, { 403, "Forbidden" }, { 403, "InvalidProviderToken" },
        { 403, "MissingProviderToken" }, { 403, "UnrelatedKeyIdInToken" }, { 403, "BadEnvironmentKeyIdInToken" }, { 403, "BadEnvironmentKeyInToken" },
        { 404, "BadPath" }, { 405, "MethodNotAllowed" }, { 413, "PayloadTooLarge" }, { 429, "TooManyProviderTokenUpdates" }, { 429, "TooManyRequests" },
        { 500, "InternalServerError" }, { 503, "ServiceUnavailable" }, { 503, "Shutdown" },
    };

    [Fact]
    public async Task Rule_EveryReason_HasItsStatusAndBytes()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        foreach (var (status, reason) in Reasons.Select(row => row.Data))
        {
            fixture.Control.AddRule(new FaultRule { Id = "only", Provider = SimulatedProvider.Apns, Action = new FaultAction { Answer = reason } });

            var answer = await fixture.Apns.PushAsync();

            Assert.Equal(status, answer.Code);
            Assert.Equal($$"""{"reason":"{{reason}}"}""", answer.Body);
            Assert.Equal("application/json", answer.Message.Content.Headers.ContentType?.ToString());
            Assert.NotNull(answer.Header("apns-id"));
        }

        Assert.Equal(ApnsAnswers.All.Count, Reasons.Count + 2);
    }

    [Theory]
    [InlineData("Unregistered", 0)]
    [InlineData("Unregistered", -86_400_000)]
    [InlineData("ExpiredToken", 5_000)]
    public async Task Rule_Gone_CarriesATimestampInMilliseconds(string reason, long offset)
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { Action = new FaultAction { Answer = reason, TimestampOffsetMilliseconds = offset } });

        var answer = await fixture.Apns.PushAsync();

        Assert.Equal(HttpStatusCode.Gone, answer.Status);
        Assert.Equal($"{{\"reason\":\"{reason}\",\"timestamp\":{fixture.Clock.GetUtcNow().ToUnixTimeMilliseconds() + offset}}}", answer.Body);
    }

    [Theory]
    [InlineData(400, """{"reason":"SomethingNew"}""")]
    [InlineData(500, null)]
    [InlineData(503, "<html>")]
    public async Task Rule_MadeUpAnswer_IsSentAsItIs(int status, string? body)
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.AddRule(new FaultRule { Action = new FaultAction { Status = status, Body = body } });

        var answer = await fixture.Apns.PushAsync();

        Assert.Equal(status, answer.Code);
        Assert.Equal(body ?? string.Empty, answer.Body);
    }
}
