using CsCheck;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

public sealed class FanOutAccountTests
{
    [Fact]
    public async Task Snapshot_WhilePagesBeginAndEnd_AlwaysAddsUpAndNeverShrinks()
    {
        var account = new FanOutAccount(new FanOutPlan([]));
        var pages = Gen.Select(Gen.Int[0, 50], Gen.Int[0, 50]).Array[200].Single();
        using var stop = new CancellationTokenSource();
        var targeted = 0L;
        var reader = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                var counts = account.Snapshot().Counts;
                Assert.True(counts.Pending >= 0);
                Assert.True(counts.Targeted >= targeted, "devices once targeted stay targeted");
                targeted = counts.Targeted;
            }
        }, TestContext.Current.CancellationToken);

        Parallel.ForEach(pages, page =>
        {
            int[] devices = [page.Item1, page.Item2];
            account.Begin(devices);
            account.End(devices,
            [
                new PageAccount(ProviderKind.Apns, default(OutcomeCounts).Plus(ReceiptOutcome.Accepted, page.Item1), NoReasons, page.Item1),
                new PageAccount(
                    ProviderKind.Fcm, default(OutcomeCounts).Plus(ReceiptOutcome.Rejected, page.Item2),
                    new Dictionary<string, long> { ["INVALID_ARGUMENT"] = page.Item2 }, page.Item2),
            ]);
        });
        await stop.CancelAsync();
        await reader;

        var end = account.Snapshot();
        Assert.Equal(pages.Sum(page => page.Item1), end.Counts.Accepted);
        Assert.Equal(pages.Sum(page => page.Item2), end.Providers[ProviderKind.Fcm].Reasons["INVALID_ARGUMENT"]);
        Assert.Equal(pages.Sum(page => page.Item1 + page.Item2), end.Attempts);
        Assert.Equal(0, end.Counts.Pending);
    }

    private static Dictionary<string, long> NoReasons => [];
}
