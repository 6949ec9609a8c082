using CsCheck;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

public sealed class FeedbackTests
{
    [Fact]
    public void Judge_UnregisteredSince_RemovesOnlyRegistrationsOlderThanIt() =>
        Gen.Select(Gen.Long[0, 4_000_000_000_000], Gen.Long[0, 4_000_000_000_000], Gen.Bool).Sample((lastSeen, since, proved) =>
        {
            var row = new AudienceRow { LastSeenMs = lastSeen };
            var result = new AttemptResult(OutcomeKind.Unregistered, "Unregistered")
            {
                Token = TokenVerdict.Remove,
                InvalidSince = DateTimeOffset.FromUnixTimeMilliseconds(since),
            };

            return Feedback.Judge(row, result, proved) == (lastSeen < since ? TokenVerdict.Remove : TokenVerdict.Keep);
        });

    [Theory]
    [InlineData(TokenVerdict.Remove, true, TokenVerdict.Remove)]
    [InlineData(TokenVerdict.Remove, false, TokenVerdict.Remove)]
    [InlineData(TokenVerdict.Quarantine, true, TokenVerdict.Remove)]
    [InlineData(TokenVerdict.Quarantine, false, TokenVerdict.Quarantine)]
    [InlineData(TokenVerdict.Keep, true, TokenVerdict.Keep)]
    [InlineData(TokenVerdict.Keep, false, TokenVerdict.Keep)]
    public void Judge_NoTime_DependsOnWhetherTheEnvironmentIsKnownRight(TokenVerdict verdict, bool proved, TokenVerdict expected) =>
        Assert.Equal(expected, Feedback.Judge(default, new AttemptResult(OutcomeKind.Rejected, "BadDeviceToken") { Token = verdict }, proved));
}
