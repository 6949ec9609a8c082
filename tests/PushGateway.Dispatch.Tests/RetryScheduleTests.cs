using CsCheck;
using Microsoft.Extensions.Options;

namespace PushGateway.Dispatch.Tests;

public sealed class RetryScheduleTests
{
    private static readonly DispatchOptions s_options = new();

    [Fact]
    public void NextDelay_ProviderNamedNoWait_DoublesWithJitterUpToTheLimit() => Gen.Int[1, 200].Sample(attempts =>
    {
        var full = Math.Min(
            s_options.DeferredRetryDelay.TotalSeconds * Math.Pow(2, Math.Min(attempts - 1, 30)), s_options.DeferredRetryLimit.TotalSeconds);

        var delay = Schedule(seed: attempts).NextDelay(attempts, retryAfter: null).TotalSeconds;

        Assert.InRange(delay, full / 2, full);
    });

    [Fact]
    public void NextDelay_ProviderNamedAWait_IsNeverShorterAndHardlyLonger() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 100_000]).Sample((attempts, seconds) =>
        {
            var told = TimeSpan.FromSeconds(seconds);

            var delay = Schedule(seed: seconds).NextDelay(attempts, told);

            Assert.InRange(delay, told, told * 1.1);
        });

    [Fact]
    public void NextDelay_ManyDevices_DoNotReturnTogether()
    {
        var schedule = Schedule(seed: 1);

        var delays = Enumerable.Range(0, 1_000).Select(_ => schedule.NextDelay(1, TimeSpan.FromSeconds(60))).ToHashSet();

        Assert.True(delays.Count > 900);
    }

    private static RetrySchedule Schedule(int seed) => new(Options.Create(s_options), new Random(seed));
}
