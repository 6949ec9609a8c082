namespace PushGateway.Simulator.Tests;

public sealed class WellKnownTokenTests
{
    [Theory]
    [InlineData("dead01", 410, "Unregistered")]
    [InlineData("DEAD01", 410, "Unregistered")]
    [InlineData("dea001", 410, "ExpiredToken")]
    [InlineData("bad001", 400, "BadDeviceToken")]
    [InlineData("0ff001", 400, "DeviceTokenNotForTopic")]
    public async Task Apns_RefusedToken_IsRefusedEveryTime(string token, int status, string reason)
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var answer = await fixture.Apns.PushAsync(token);

            Assert.Equal(status, answer.Code);
            Assert.Equal(reason, answer.Reason);
        }
    }

    [Theory]
    [InlineData("503001", 503, "ServiceUnavailable")]
    [InlineData("429001", 429, "TooManyRequests")]
    public async Task Apns_OnceFailingToken_IsAcceptedAtTheSecondAttempt(string token, int status, string reason)
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var first = await fixture.Apns.PushAsync(token);

        Assert.Equal(status, first.Code);
        Assert.Equal(reason, first.Reason);
        Assert.Equal(200, (await fixture.Apns.PushAsync(token)).Code);
        Assert.Equal(status, (await fixture.Apns.PushAsync(token + "ff")).Code);
    }

    [Theory]
    [InlineData("dead:1", 404, "UNREGISTERED", null)]
    [InlineData("bad:1", 400, "not a valid FCM registration token", null)]
    [InlineData("disabled:1", 400, "\"statusCode\": 410", null)]
    [InlineData("mismatch:1", 403, "SENDER_ID_MISMATCH", null)]
    [InlineData("unavailable:1", 503, "UNAVAILABLE", 200)]
    [InlineData("quota:1", 429, "QUOTA_EXCEEDED", 200)]
    public async Task Fcm_Token_IsAnsweredAsItsNameSays(string token, int status, string text, int? second)
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var first = await fixture.Fcm.PushAsync(token);

        Assert.Equal(status, first.Code);
        Assert.Contains(text, first.Body, StringComparison.Ordinal);
        Assert.Equal(token.StartsWith("quota", StringComparison.Ordinal) ? "1" : null, first.Header("retry-after"));
        Assert.Equal(second ?? status, (await fixture.Fcm.PushAsync(token)).Code);
    }

    [Fact]
    public async Task SlowTokens_AreAnsweredWhenTheDelayIsOver()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        await fixture.Fcm.AuthorizeAsync();

        Task<Answer>[] slow = [fixture.Apns.PushAsync("5100aa"), fixture.Fcm.PushAsync("slow:1")];
        var quick = await fixture.Apns.PushAsync();

        Assert.Equal(200, quick.Code);
        await fixture.Clock.TimersAsync(slow.Length);
        Assert.DoesNotContain(slow, answer => answer.IsCompleted);
        fixture.Clock.Advance(fixture.Simulator.Options.SlowAnswerDelay);

        Assert.All(await Task.WhenAll(slow), answer => Assert.Equal(200, answer.Code));
    }

    [Fact]
    public async Task Tokens_SwitchedOff_AreOrdinary()
    {
        await using var fixture = await SimulatorFixture.StartAsync(new SimulatorOptions { UseWellKnownTokens = false });

        foreach (var token in new[] { "dead01", "dea001", "bad001", "0ff001", "510001", "503001", "429001" })
        {
            Assert.Equal(200, (await fixture.Apns.PushAsync(token)).Code);
        }

        foreach (var token in new[] { "dead:1", "bad:1", "disabled:1", "mismatch:1", "unavailable:1", "quota:1", "slow:1" })
        {
            Assert.Equal(200, (await fixture.Fcm.PushAsync(token)).Code);
        }
    }
}
