namespace PushGateway.Simulator.Tests;

public sealed class ApnsProviderTokenTests
{
    [Fact]
    public async Task Token_AgeOfAnHour_IsTheLimit()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        Assert.Equal(200, (await fixture.Apns.PushAsync()).Code);

        fixture.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(200, (await fixture.Apns.PushAsync()).Code);

        fixture.Clock.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(1));
        var expired = await fixture.Apns.PushAsync();
        Assert.Equal(403, expired.Code);
        Assert.Equal("ExpiredProviderToken", expired.Reason);

        fixture.Apns.Renew();
        Assert.Equal(200, (await fixture.Apns.PushAsync()).Code);
    }

    [Fact]
    public async Task Token_FromTheFuture_IsInvalidBeyondSomeSkew()
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        fixture.Apns.Jwt = fixture.Apns.Sign(fixture.Clock.GetUtcNow().AddMinutes(10));

        Assert.Equal("InvalidProviderToken", (await fixture.Apns.PushAsync()).Reason);
    }

    [Fact]
    public async Task Token_SecondNewOneWithinTwentyMinutes_IsTooManyOnThatConnectionOnly()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        var first = fixture.Apns.Jwt;
        Assert.Equal(200, (await fixture.Apns.PushAsync()).Code);

        fixture.Clock.Advance(TimeSpan.FromMinutes(19));
        fixture.Apns.Renew();
        var tooSoon = await fixture.Apns.PushAsync();
        Assert.Equal(429, tooSoon.Code);
        Assert.Equal("TooManyProviderTokenUpdates", tooSoon.Reason);
        using var other = fixture.Apns.Another();
        Assert.Equal(200, (await other.PushAsync()).Code);

        fixture.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await fixture.Apns.PushAsync()).Code);

        // The older token is not new, so going back to it is no update.
        fixture.Apns.Jwt = first;
        Assert.Equal(200, (await fixture.Apns.PushAsync()).Code);
    }

    [Fact]
    public async Task Token_OtherKeyOfTheTeam_IsUnrelatedOnAUsedConnection()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        var options = fixture.Simulator.Options;
        var second = fixture.Control.AddApnsKey("SIMKEY0002", options.TeamId);
        var foreign = fixture.Control.AddApnsKey("SIMKEY0003", "OTHERTEAM1");
        Assert.Equal(200, (await fixture.Apns.PushAsync()).Code);

        fixture.Apns.Jwt = ProviderTokens.Es256(second.PrivateKeyPem, second.KeyId, second.TeamId, fixture.Clock.GetUtcNow());
        Assert.Equal("UnrelatedKeyIdInToken", (await fixture.Apns.PushAsync()).Reason);
        fixture.Apns.Jwt = ProviderTokens.Es256(foreign.PrivateKeyPem, foreign.KeyId, foreign.TeamId, fixture.Clock.GetUtcNow());
        Assert.Equal("InvalidProviderToken", (await fixture.Apns.PushAsync()).Reason);

        using var fresh = fixture.Apns.Another();
        fresh.Jwt = ProviderTokens.Es256(second.PrivateKeyPem, second.KeyId, second.TeamId, fixture.Clock.GetUtcNow());
        Assert.Equal(200, (await fresh.PushAsync()).Code);
    }

    [Theory]
    [InlineData("""{"alg":"ES256","kid":"UNKNOWNKEY"}""", """{"iss":"SIMTEAM001","iat":NOW}""")]
    [InlineData("""{"alg":"none","kid":"SIMKEY0001"}""", """{"iss":"SIMTEAM001","iat":NOW}""")]
    [InlineData("""{"alg":"ES256"}""", """{"iss":"SIMTEAM001","iat":NOW}""")]
    [InlineData("""{"alg":"ES256","kid":"SIMKEY0001"}""", """{"iss":"WRONGTEAM1","iat":NOW}""")]
    [InlineData("""{"alg":"ES256","kid":"SIMKEY0001"}""", """{"iss":"SIMTEAM001"}""")]
    [InlineData("""{"alg":"ES256","kid":"SIMKEY0001"}""", """{"iss":"SIMTEAM001","iat":"NOW"}""")]
    [InlineData("""{"alg":"ES256","kid":"SIMKEY0001"}""", """{"iss":"SIMTEAM001","iat":999999999999999}""")]
    [InlineData("""[]""", """{}""")]
    [InlineData("""{"alg":"ES256","kid":"SIMKEY0001"}""", """not json""")]
    public async Task Token_WrongInAnyPart_IsInvalid(string header, string claims)
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        var now = fixture.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

        fixture.Apns.Jwt = ProviderTokens.Es256(fixture.Simulator.ApnsPrivateKeyPem, header, claims.Replace("NOW", now, StringComparison.Ordinal));

        Assert.Equal("InvalidProviderToken", (await fixture.Apns.PushAsync()).Reason);
    }

    [Fact]
    public async Task Token_BadSignature_IsInvalidEvenAfterAGoodOne()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        Assert.Equal(200, (await fixture.Apns.PushAsync()).Code);
        var good = fixture.Apns.Jwt;

        fixture.Apns.Jwt = good[..^4] + (good.EndsWith("AAAA", StringComparison.Ordinal) ? "BBBB" : "AAAA");

        Assert.Equal("InvalidProviderToken", (await fixture.Apns.PushAsync()).Reason);
    }

    [Fact]
    public async Task Key_Revoked_RefusesItsTokensUntilRestored()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        Assert.Equal(200, (await fixture.Apns.PushAsync()).Code);

        fixture.Control.Revoke(SimulatedCredential.ApnsKey);
        var refused = await fixture.Apns.PushAsync();
        fixture.Control.Restore(SimulatedCredential.ApnsKey);

        Assert.Equal(403, refused.Code);
        Assert.Equal("InvalidProviderToken", refused.Reason);
        Assert.Equal(200, (await fixture.Apns.PushAsync()).Code);
    }
}
