using CsCheck;
using Microsoft.Extensions.Options;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

public sealed class RetryScheduleTests
{
    private static readonly DispatchOptions s_options = new();
    private static readonly AttemptResult s_unavailable = new(OutcomeKind.Unavailable, "ServiceUnavailable");

    [Fact]
    public void NextDelay_ProviderNamedNoWait_IsAnythingUpToTheDoubledLimit() => Gen.Int[1, 200].Sample(attempts =>
    {
        var delay = Schedule(seed: attempts).NextDelay(attempts, s_unavailable);

        Assert.InRange(delay, TimeSpan.FromTicks(1), LimitOf(attempts));
    });

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(12)]
    public void NextDelay_ManyDevices_SpreadFromNothingToTheLimit(int attempts)
    {
        var schedule = Schedule(seed: 1);
        var limit = LimitOf(attempts);

        var delays = Enumerable.Range(0, 10_000).Select(_ => schedule.NextDelay(attempts, s_unavailable) / limit).ToList();

        // Full jitter: a tenth of them in each tenth, not the upper half alone.
        Assert.All(Enumerable.Range(0, 10), tenth =>
            Assert.InRange(delays.Count(delay => (int)Math.Min(9, delay * 10) == tenth), 800, 1_200));
    }

    [Fact]
    public void NextDelay_ProviderNamedAWait_IsNeverShorterAndHardlyLonger() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 100_000]).Sample((attempts, seconds) =>
        {
            var told = TimeSpan.FromSeconds(seconds);

            var delay = Schedule(seed: seconds).NextDelay(attempts, s_unavailable with { RetryAfter = told, MinimumWait = TimeSpan.FromHours(40) });

            Assert.InRange(delay, told, told * 1.1);
        });

    [Fact]
    public void NextDelay_ProviderHasARuleAndNamedNoWait_IsNeverShorterAndSpread()
    {
        var schedule = Schedule(seed: 1);
        var minimum = TimeSpan.FromMinutes(1);

        var delays = Enumerable.Range(0, 1_000).Select(_ => schedule.NextDelay(1, s_unavailable with { MinimumWait = minimum })).ToList();

        Assert.All(delays, delay => Assert.InRange(delay, minimum, minimum * 1.1));
        Assert.True(delays.Max() - delays.Min() > minimum * 0.09);
    }

    [Fact]
    public void HeldBackDelay_DeadlineIsNear_LeavesAnotherChanceBeforeIt() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 1_000]).Sample((attempts, milliseconds) =>
        {
            var left = TimeSpan.FromMilliseconds(milliseconds);

            Assert.InRange(Schedule(seed: milliseconds).HeldBackDelay(attempts, left), TimeSpan.Zero, left);
        });

    [Fact]
    public void NextDelay_ManyDevicesToldTheSame_DoNotReturnTogether()
    {
        var schedule = Schedule(seed: 1);

        var delays = Enumerable.Range(0, 1_000).Select(_ => schedule.NextDelay(1, s_unavailable with { RetryAfter = TimeSpan.FromSeconds(60) })).ToHashSet();

        Assert.True(delays.Count > 900);
    }

    private static TimeSpan LimitOf(int attempts)
    {
        var soon = s_options.InProcessRetries;
        var (first, limit, times) = attempts <= soon
            ? (s_options.InProcessRetryDelay, s_options.InProcessRetryLimit, attempts)
            : (s_options.DeferredRetryDelay, s_options.DeferredRetryLimit, attempts - soon);
        return TimeSpan.FromSeconds(Math.Min(first.TotalSeconds * Math.Pow(2, Math.Min(times - 1, 30)), limit.TotalSeconds));
    }

    private static RetrySchedule Schedule(int seed) => new(Options.Create(s_options), new Random(seed));
}
