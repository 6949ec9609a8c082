using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Core.Tests;

/// <summary>What a batch notices of its own results while it is sent.</summary>
public sealed class PushBatchTests
{
    private static readonly AttemptResult s_accepted = new(OutcomeKind.Accepted);
    private static readonly AttemptResult s_unavailable = new(OutcomeKind.Unavailable, "ServiceUnavailable");
    private static readonly AttemptResult s_lost = new(OutcomeKind.Unavailable, GatewayReasons.ConnectionLost) { Scope = OutcomeScope.Connection };

    private static readonly AttemptResult s_tooFast =
        new(OutcomeKind.Throttled, "TooManyRequests") { Scope = OutcomeScope.Device, RetryAfter = TimeSpan.FromSeconds(1) };

    private static readonly AttemptResult s_everybodyTooFast = s_tooFast with { Scope = OutcomeScope.Everybody };

    [Fact]
    public void SetResult_FailuresInARow_AreToldOnceAtTheLimit()
    {
        Assert.Equal((0, false), Run(s_unavailable, s_unavailable, s_accepted, s_unavailable, s_unavailable));
        Assert.Equal((1, true), Run(s_accepted, s_unavailable, s_unavailable, s_unavailable, s_unavailable));
    }

    [Fact]
    public void SetResult_LostWithTheirConnection_NeitherCountNorBreakTheRow()
    {
        Assert.Equal((0, false), Run(s_lost, s_lost, s_lost, s_lost));
        Assert.Equal((1, true), Run(s_unavailable, s_lost, s_unavailable, s_lost, s_unavailable));
    }

    [Fact]
    public void SetResult_ThrottledForTheDeviceItself_CountsAsAnyAnswer() =>
        Assert.Equal((0, false), Run(s_tooFast, s_tooFast, s_tooFast, s_unavailable, s_unavailable, s_tooFast, s_unavailable));

    [Fact]
    public void SetResult_EverybodyIsAskedToWait_IsToldAtOnce() => Assert.Equal((1, false), Run(s_accepted, s_everybodyTooFast));

    [Fact]
    public void Reset_AfterABatchThatFailed_BeginsAnew()
    {
        var batch = new PushBatch(TimeProvider.System);
        Assert.Equal((1, true), Run(batch, s_unavailable, s_unavailable, s_unavailable));

        Assert.Equal((0, false), Run(batch, s_unavailable, s_unavailable));
        Assert.Equal((0, false), Run(batch, s_unavailable));
    }

    /// <returns>How often it was told, and whether the batch is failing, with a limit of three.</returns>
    private static (int Told, bool IsFailing) Run(params AttemptResult[] results) => Run(new PushBatch(TimeProvider.System), results);

    private static (int Told, bool IsFailing) Run(PushBatch batch, params AttemptResult[] results)
    {
        var told = 0;
        batch.Reset(new AudiencePage(results.Length), [], DateTimeOffset.MaxValue);
        batch.Watch(3, () => told++);
        for (var index = 0; index < results.Length; index++)
        {
            batch.Add(index);
        }

        for (var index = 0; index < results.Length; index++)
        {
            batch.SetResult(index, results[index]);
        }

        return (told, batch.IsFailing);
    }
}
