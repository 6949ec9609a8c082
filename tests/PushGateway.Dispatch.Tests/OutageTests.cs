using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>A provider that is down costs no device its attempts.</summary>
public sealed class OutageTests
{
    private static readonly (string, string)[] s_impatient =
        [("MaxAttempts", "3"), ("InProcessRetries", "0"), ("UnavailableLimit", "5"), ("BackOffDelay", "00:00:00.010"), ("ProbeIntervalLimit", "00:00:00.020")];

    [Theory]
    [InlineData(GatewayReasons.ConnectionFailed)]
    [InlineData("ServiceUnavailable")]
    [InlineData(GatewayReasons.Timeout)]
    public async Task Outage_LongerThanAllAttempts_NoDeviceIsGivenUp(string reason)
    {
        await using var fixture = await DispatchFixture.StartAsync(null, s_impatient);
        var isDown = true;
        fixture.Apns.Answer = (_, _) => Volatile.Read(ref isDown) ? new AttemptResult(OutcomeKind.Unavailable, reason) : new AttemptResult(OutcomeKind.Accepted);
        await fixture.ImportAsync(100);
        var record = await fixture.PublishAsync();

        // Probes go on for many times the attempts that a device has.
        await fixture.Apns.WhenSentAsync(400);
        Volatile.Write(ref isDown, false);

        var final = await fixture.WaitAsync(record);
        Assert.Equal((EventState.Completed, 100), (final.State, final.Account.Counts.Accepted));
        Assert.All(fixture.Apns.Accepted.Values, times => Assert.Equal(1, times));
    }

    /// <summary>The provider goes on for the others, so it is not left alone.</summary>
    [Fact]
    public async Task Unreachable_ForOneDeviceOnly_CostsItNoAttempt()
    {
        await using var fixture = await DispatchFixture.StartAsync(null, ("MaxAttempts", "3"), ("InProcessRetries", "0"));
        var unlucky = DispatchFixture.Token(0);
        fixture.Apns.Answer = (token, attempt) =>
            new AttemptResult(token == unlucky && attempt <= 5 ? OutcomeKind.Unavailable : OutcomeKind.Accepted, token == unlucky && attempt <= 5 ? GatewayReasons.ConnectionFailed : null);
        await fixture.ImportAsync(20);

        var final = await fixture.WaitAsync(await fixture.PublishAsync());

        Assert.Equal(20, final.Account.Counts.Accepted);
        Assert.Equal(6, fixture.Apns.Attempts[unlucky]);
    }

    [Fact]
    public async Task Refused_MoreOftenThanADeviceHasAttempts_CostsItNone()
    {
        await using var fixture = await DispatchFixture.StartAsync(null, ("MaxAttempts", "3"), ("InProcessRetries", "0"), ("ProbeIntervalLimit", "00:00:00.020"));
        fixture.Apns.Answer = (_, attempt) => attempt switch
        {
            <= 5 => new AttemptResult(OutcomeKind.Unauthorized, "InvalidProviderToken") { Credential = CredentialVerdict.Stop },
            6 => new AttemptResult(OutcomeKind.Throttled, "TooManyRequests") { Scope = OutcomeScope.Device },
            _ => new AttemptResult(OutcomeKind.Accepted),
        };
        await fixture.ImportAsync(1);

        var final = await fixture.WaitAsync(await fixture.PublishAsync());

        Assert.Equal((EventState.Completed, 1), (final.State, final.Account.Counts.Accepted));
        Assert.Equal(7, fixture.Apns.Attempts[DispatchFixture.Token(0)]);
    }

    [Fact]
    public async Task Failing_ForOneDeviceOnly_ItIsGivenUp()
    {
        await using var fixture = await DispatchFixture.StartAsync(null, ("MaxAttempts", "3"), ("InProcessRetries", "0"));
        var bad = DispatchFixture.Token(0);
        fixture.Apns.Answer = (token, _) => token == bad ? new AttemptResult(OutcomeKind.Unavailable, "InternalServerError") : new AttemptResult(OutcomeKind.Accepted);
        await fixture.ImportAsync(20);

        var final = await fixture.WaitAsync(await fixture.PublishAsync());

        Assert.Equal((19, 1), (final.Account.Counts.Accepted, final.Account.Counts.Expired));
        Assert.Equal(1, final.Account.Providers[ProviderKind.Apns].Reasons[GatewayReasons.AttemptsExhausted]);
        Assert.Equal(3, fixture.Apns.Attempts[bad]);
    }
}
