using System.Net;

namespace PushGateway.Simulator.Tests;

public sealed class ApnsAcceptanceTests
{
    private const string BundleId = "com.example.demo";

    [Fact]
    public async Task Push_Valid_IsAcceptedWithAnIdAndNoBody()
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var answer = await fixture.Apns.PushAsync();

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Empty(answer.Body);
        Assert.True(Guid.TryParseExact(answer.Header("apns-id"), "D", out _));
        Assert.Null(answer.Header("apns-unique-id"));
        Assert.Equal(HttpVersion.Version20, answer.Message.Version);
    }

    [Fact]
    public async Task Push_WithAnId_EchoesIt()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        const string Id = "eabeae54-14a8-11e5-b60b-1697f925ec7b";

        Assert.Equal(Id, (await fixture.Apns.PushAsync(headers: [("apns-id", Id)])).Header("apns-id"));
        Assert.Equal(Id, (await fixture.Apns.PushAsync("bad0", headers: [("apns-id", Id)])).Header("apns-id"));
    }

    [Fact]
    public async Task Push_ToTheSandbox_HasAUniqueId()
    {
        await using var fixture = await SimulatorFixture.StartAsync(new SimulatorOptions { Sandbox = true });

        Assert.True(Guid.TryParse((await fixture.Apns.PushAsync()).Header("apns-unique-id"), out _));
        Assert.Null((await fixture.Apns.PushAsync("bad0")).Header("apns-unique-id"));
    }

    [Theory]
    [InlineData("alert", "", "10")]
    [InlineData("alert", "", "1")]
    [InlineData("background", "", "5")]
    [InlineData("voip", ".voip", "10")]
    [InlineData("complication", ".complication", "10")]
    [InlineData("fileprovider", ".pushkit.fileprovider", "10")]
    [InlineData("location", ".location-query", "10")]
    [InlineData("liveactivity", ".push-type.liveactivity", "5")]
    [InlineData("pushtotalk", ".voip-ptt", "10")]
    [InlineData("widgets", ".push-type.widgets", "10")]
    [InlineData("controls", ".push-type.controls", "10")]
    public async Task Push_TypeWithItsTopic_IsAcceptedAndWithAnotherRefused(string type, string suffix, string priority)
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        var payload = type == "background" ? """{"aps":{"content-available":1}}""" : ApnsTestClient.Payload;
        var wrongSuffix = suffix.Length == 0 ? ".voip" : string.Empty;

        var right = await fixture.Apns.PushAsync(payload: payload, headers: [("apns-push-type", type), ("apns-topic", BundleId + suffix), ("apns-priority", priority)]);
        var wrong = await fixture.Apns.PushAsync(payload: payload, headers: [("apns-push-type", type), ("apns-topic", BundleId + wrongSuffix), ("apns-priority", priority)]);

        Assert.Equal(200, right.Code);
        Assert.Equal("BadTopic", wrong.Reason);
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("00FC13ADFF785122B4AD28809A3420982341241421348097878E577C991DE8F0")]
    [InlineData("800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000ff")]
    public async Task Push_TokenOfAnyEvenLengthUpTo200_IsAccepted(string token)
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        Assert.Equal(200, (await fixture.Apns.PushAsync(token)).Code);
        Assert.Equal(1, fixture.Control.TimesAccepted(SimulatedProvider.Apns, token.ToLowerInvariant()));
    }

    [Fact]
    public async Task Push_WithoutPushType_IsAnAlert()
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        Assert.Equal(200, (await fixture.Apns.PushAsync(headers: [("apns-push-type", null)])).Code);
    }
}
