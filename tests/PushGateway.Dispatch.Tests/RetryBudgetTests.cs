using CsCheck;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace PushGateway.Dispatch.Tests;

public sealed class RetryBudgetTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Take_WithoutFirstAttempts_GivesTheFloorASecond()
    {
        var share = Budget(percent: 10, floor: 5).CreateShare();

        Assert.Equal(5, share.Take(100));
        Assert.Equal(0, share.Take(100));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(5, share.Take(100));
    }

    [Fact]
    public void Take_AfterFirstAttempts_GivesTheirShareUntilTheyAreTooLongAgo()
    {
        var share = Budget(percent: 10, floor: 1).CreateShare();
        Assert.Equal(1, share.Take(1));
        share.Earn(1_000);

        Assert.Equal(100, share.Take(100));
        Assert.Equal(0, share.Take(1));
        share.Earn(1_000);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(61, share.Take(61)); // the default wait of a 429 later they still count
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(1, share.Take(100));
    }

    [Fact]
    public void Take_AnotherAppFails_HasItsOwnShareAndTheFloorInCommon()
    {
        var budget = Budget(percent: 10, floor: 10);
        var (failing, healthy) = (budget.CreateShare(), budget.CreateShare());
        failing.Earn(1_000);
        healthy.Earn(100);

        Assert.Equal(110, failing.Take(100_000));
        Assert.Equal(10, healthy.Take(100_000));
    }

    [Fact]
    public void Take_AnySequence_IsWithinShareAndFloorOfAllShares()
    {
        var steps = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5_000], Gen.Int[0, 5_000], Gen.Int[0, 5_000]).Array[1, 100];
        Gen.Select(Gen.Int[0, 100], Gen.Int[1, 200], steps).Sample((percent, floor, steps) =>
        {
            var time = new FakeTimeProvider();
            var budget = Budget(percent, floor, time);
            RetryShare[] shares = [budget.CreateShare(), budget.CreateShare(), budget.CreateShare()];
            var (first, repeated, start) = (0L, 0L, time.GetTimestamp());
            foreach (var (share, earned, wanted, waitMs) in steps)
            {
                shares[share].Earn(earned);
                first += earned;
                repeated += shares[share].Take(wanted);
                Assert.True(repeated <= (first * percent / 100.0) + (floor * (1 + time.GetElapsedTime(start).TotalSeconds)) + 1e-6);
                time.Advance(TimeSpan.FromMilliseconds(waitMs));
            }
        });
    }

    [Fact]
    public void Admits_AfterRestraint_WaitsASecondAndOutlivesAClockThatIsSetBack()
    {
        var share = Budget(percent: 10, floor: 1).CreateShare();
        var now = _time.GetUtcNow();
        Assert.True(share.Admits(now, out _));

        share.Restrain();

        Assert.False(share.Admits(now, out var retryAt));
        Assert.Equal(now + TimeSpan.FromSeconds(1), retryAt);
        Assert.True(share.Admits(retryAt, out _));
        Assert.True(share.Admits(now - TimeSpan.FromHours(1), out _));
    }

    private RetryBudget Budget(int percent, int floor, FakeTimeProvider? time = null) =>
        new(Options.Create(new DispatchOptions { RetryBudgetPercent = percent, RetryBudgetFloor = floor }), time ?? _time);
}
