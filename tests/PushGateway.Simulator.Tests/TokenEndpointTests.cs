using System.Text.Json;

namespace PushGateway.Simulator.Tests;

public sealed class TokenEndpointTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Grant_Valid_IssuesATokenThatSends()
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var answer = await fixture.Fcm.GrantAsync();

        Assert.Equal(200, answer.Code);
        Assert.Equal(3599, answer.Json.GetProperty("expires_in").GetInt32());
        Assert.Equal("Bearer", answer.Json.GetProperty("token_type").GetString());
        fixture.Fcm.AccessToken = answer.Json.GetProperty("access_token").GetString();
        Assert.Equal(200, (await fixture.Fcm.PushAsync()).Code);
    }

    [Fact]
    public async Task Grant_SpoiltAssertion_IsInvalidGrant()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        var fcm = fixture.Fcm;
        var good = fcm.Assertion();

        await RefusedAsync(fcm, good[..^4] + (good.EndsWith("AAAA", StringComparison.Ordinal) ? "BBBB" : "AAAA"), "invalid_grant", "Invalid JWT Signature.");
        await RefusedAsync(fcm, "not.a.jwt", "invalid_grant", "Invalid JWT Signature.");
        await RefusedAsync(fcm, fcm.Assertion(audience: "https://oauth2.googleapis.com/token"), "invalid_grant", "audience");
        await RefusedAsync(fcm, fcm.Assertion(issuer: "someone@else.iam.gserviceaccount.com"), "invalid_grant", "account not found");
        await RefusedAsync(fcm, fcm.Assertion(issued: -s_hour - TimeSpan.FromSeconds(1)), "invalid_grant", "short-lived token");
        await RefusedAsync(fcm, fcm.Assertion(issued: TimeSpan.FromMinutes(6)), "invalid_grant", "short-lived token");
        await RefusedAsync(fcm, fcm.Assertion(life: s_hour + TimeSpan.FromSeconds(1)), "invalid_grant", "short-lived token");
        await RefusedAsync(fcm, fcm.Assertion(scope: null), "invalid_scope", "scope");
    }

    [Fact]
    public async Task Grant_OtherGrantType_IsUnsupported()
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var answer = await fixture.Fcm.GrantAsync(grantType: "password");

        Assert.Equal("unsupported_grant_type", answer.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Key_Revoked_IsAnInvalidSignature()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        fixture.Control.Revoke(SimulatedCredential.ServiceAccountKey);

        var refused = await fixture.Fcm.GrantAsync();

        Assert.Equal("Invalid JWT Signature.", refused.Json.GetProperty("error_description").GetString());
        fixture.Control.Restore(SimulatedCredential.ServiceAccountKey);
        Assert.Equal(200, (await fixture.Fcm.GrantAsync()).Code);
    }

    [Fact]
    public async Task AccessToken_AtTheEndOfItsLife_IsExpired()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        Assert.Equal(200, (await fixture.Fcm.PushAsync()).Code);

        fixture.Clock.Advance(TimeSpan.FromSeconds(3598));
        Assert.Equal(200, (await fixture.Fcm.PushAsync()).Code);
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains("ACCESS_TOKEN_EXPIRED", (await fixture.Fcm.PushAsync()).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AccessTokens_Revoked_AreExpiredWhileNewOnesWork()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        Assert.Equal(200, (await fixture.Fcm.PushAsync()).Code);

        fixture.Control.Revoke(SimulatedCredential.AccessTokens);

        Assert.Equal(401, (await fixture.Fcm.PushAsync()).Code);
        await fixture.Fcm.AuthorizeAsync();
        Assert.Equal(200, (await fixture.Fcm.PushAsync()).Code);
    }

    [Fact]
    public async Task AccessToken_OfAnotherScope_MayNotSend()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        var granted = await fixture.Fcm.GrantAsync(fixture.Fcm.Assertion(scope: "https://www.googleapis.com/auth/drive"));
        fixture.Fcm.AccessToken = granted.Json.GetProperty("access_token").GetString();

        var answer = await fixture.Fcm.PushAsync();

        Assert.Equal(403, answer.Code);
        Assert.Contains("ACCESS_TOKEN_SCOPE_INSUFFICIENT", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rule_EveryOAuthAnswer_IsSent()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        foreach (var name in OAuthAnswers.All)
        {
            fixture.Control.AddRule(new FaultRule { Id = "only", Provider = SimulatedProvider.OAuth, Action = new FaultAction { Answer = name } });

            var answer = await fixture.Fcm.GrantAsync();

            Assert.True(answer.Code >= 400, name);
            Assert.True(name.EndsWith("HTML", StringComparison.Ordinal) || answer.Json.GetProperty("error").ValueKind == JsonValueKind.String, name);
        }
    }

    private static async Task RefusedAsync(FcmTestClient fcm, string assertion, string error, string description)
    {
        var answer = await fcm.GrantAsync(assertion);
        Assert.Equal(400, answer.Code);
        Assert.Equal(error, answer.Json.GetProperty("error").GetString());
        Assert.Contains(description, answer.Json.GetProperty("error_description").GetString(), StringComparison.Ordinal);
    }
}
