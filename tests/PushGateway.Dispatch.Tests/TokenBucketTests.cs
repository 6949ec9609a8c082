using CsCheck;

namespace PushGateway.Dispatch.Tests;

public sealed class TokenBucketTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Take_AnySequenceOfPages_NeverExceedsRateTimesTimePlusOneBurst()
    {
        var steps = Gen.Select(Gen.Int[0, 3_000], Gen.Int[1, 1_500]).Array[1, 200];
        Gen.Select(Gen.Int[1, 20_000], Gen.Int[1, 5_000], steps).Sample((rate, burst, pages) =>
        {
            var bucket = new TokenBucket(rate, burst, s_start);
            var (now, taken) = (s_start, 0L);
            foreach (var (waitMs, wanted) in pages)
            {
                now += TimeSpan.FromMilliseconds(waitMs);
                var count = bucket.Available(wanted, now);
                bucket.Take(count);
                taken += count;
                Assert.True(taken <= burst + ((now - s_start).TotalSeconds * rate) + 1e-6);
            }
        });
    }

    [Fact]
    public void WhenAvailable_Waited_GivesWhatWasWanted() =>
        Gen.Select(Gen.Int[1, 20_000], Gen.Int[1, 5_000], Gen.Int[1, 1_500]).Sample((rate, burst, wanted) =>
        {
            var bucket = new TokenBucket(rate, burst, s_start);
            bucket.Take(bucket.Available(burst, s_start));

            var at = bucket.WhenAvailable(wanted, s_start);

            Assert.True(at > s_start);
            Assert.Equal(Math.Min(wanted, burst), bucket.Available(wanted, at));
        });

    [Fact]
    public void Return_UnusedReservation_CanBeTakenAgain()
    {
        var bucket = new TokenBucket(10, 10, s_start);
        bucket.Take(bucket.Available(10, s_start));
        Assert.Equal(0, bucket.Available(1, s_start));

        bucket.Return(4);

        Assert.Equal(4, bucket.Available(4, s_start));
        Assert.Equal(0, bucket.Available(5, s_start));
    }

    [Fact]
    public void Available_ClockStepsBack_AddsNothing()
    {
        var bucket = new TokenBucket(10, 10, s_start);
        bucket.Take(10);

        Assert.Equal(0, bucket.Available(1, s_start - TimeSpan.FromHours(1)));
        Assert.Equal(0, bucket.Available(1, s_start - TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(50)));
    }
}
