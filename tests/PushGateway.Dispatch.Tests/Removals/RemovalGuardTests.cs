using CsCheck;
using PushGateway.Core.Providers;
using PushGateway.Dispatch.Removals;

namespace PushGateway.Dispatch.Tests.Removals;

public sealed class RemovalGuardTests
{
    private static readonly RemovalGuardOptions s_options = new();

    [Fact]
    public void Judge_AllDead_LetsFewerPassThanTheLimitWhateverThePages() =>
        Gen.Int[1, 1_500].Array[1, 400].Sample(pages =>
        {
            var guard = new RemovalGuard(s_options);
            var (applied, judged) = (0, 0);
            foreach (var page in pages)
            {
                judged += page;
                applied += Judge(guard, page, page).IsHeld ? 0 : page;
            }

            return applied < s_options.MinRemovals && (judged < s_options.MinRemovals || applied < judged);
        });

    [Fact]
    public void Judge_BelowTheShare_NeverHolds() =>
        Gen.Select(Gen.Int[1, 1_000], Gen.Double[0, 0.19]).Array[1, 300].Sample(pages =>
        {
            // Small pages cannot have an even share, so they are given one over time.
            var guard = new RemovalGuard(s_options);
            var carried = 0.0;
            foreach (var (size, share) in pages)
            {
                carried += size * share;
                var removed = Math.Min(size, (int)carried);
                carried -= removed;
                if (Judge(guard, size, removed).IsHeld)
                {
                    return false;
                }
            }

            return true;
        });

    [Fact]
    public void Judge_SuddenlyManyDead_HoldsThePageThatShowsItAsAWhole()
    {
        var guard = new RemovalGuard(s_options);
        Repeat(guard, 50, 1_000, 10);

        var ruling = Judge(guard, 1_000, 1_000);

        Assert.True(ruling.IsHeld);
        Assert.Equal(ProviderKind.Apns, ruling.Start!.Provider);
        Assert.True(ruling.Start.Removed >= 1_000 && ruling.Start.Judged >= ruling.Start.Removed);

        // Further pages are held too, and the hold begins but once.
        var further = Judge(guard, 1_000, 1);
        Assert.Equal((true, null), (further.IsHeld, further.Start));
    }

    [Fact]
    public void Judge_FarAboveTheLimitButUsualForTheApp_DoesNotHold()
    {
        // It grows slowly, as an app's audience ages; what is usual grows with it.
        var guard = new RemovalGuard(s_options);
        Repeat(guard, 100, 1_000, 150);

        Assert.False(Judge(guard, 1_000, 300).IsHeld);
        Repeat(guard, 5, 1_000, 150);
        Assert.True(Judge(guard, 1_000, 1_000).IsHeld);
    }

    [Fact]
    public void Judge_OperatorAllowsIt_AppliesAll()
    {
        var guard = new RemovalGuard(s_options);

        Assert.False(guard.Judge(ProviderKind.Apns, 1_000, 1_000, isHeld: false, isAllowed: true).IsHeld);
    }

    [Fact]
    public void Judge_HeldInTheStore_HoldsFromTheFirst()
    {
        var guard = new RemovalGuard(s_options);

        Assert.True(guard.Judge(ProviderKind.Apns, 1, 1, isHeld: true, isAllowed: false).IsHeld);
        Assert.False(Judge(guard, 1, 1).IsHeld);
    }

    [Fact]
    public void Reset_AfterAMistake_WatchesAgain()
    {
        var guard = new RemovalGuard(s_options);
        Assert.True(Judge(guard, 1_000, 1_000).IsHeld);

        guard.Reset(wasRight: false);

        Assert.False(Judge(guard, 100, 10).IsHeld);
        Assert.True(Judge(guard, 1_000, 1_000).IsHeld);
    }

    [Fact]
    public void Reset_WasRight_CountsItAsUsual()
    {
        var guard = new RemovalGuard(s_options);
        Assert.True(Judge(guard, 1_000, 600).IsHeld);

        guard.Reset(wasRight: true);

        Assert.False(Judge(guard, 1_000, 600).IsHeld);
    }

    private static RemovalRuling Judge(RemovalGuard guard, int judged, int removed) =>
        guard.Judge(ProviderKind.Apns, judged, removed, isHeld: false, isAllowed: false);

    private static void Repeat(RemovalGuard guard, int times, int judged, int removed)
    {
        for (var time = 0; time < times; time++)
        {
            Assert.False(Judge(guard, judged, removed).IsHeld);
        }
    }
}
