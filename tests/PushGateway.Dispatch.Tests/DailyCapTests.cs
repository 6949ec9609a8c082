using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>The cap on notifications per subscriber and day, over a real store.</summary>
public sealed class DailyCapTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cap_MoreEventsThanItAllows_SuppressesTheRestUntilTheNextDay()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var gateway = await StartAsync(cap: 2, time);
        await gateway.ImportAsync(300);

        Assert.Equal(300, (await SendAsync(gateway)).Account.Counts.Accepted);
        Assert.Equal(300, (await SendAsync(gateway)).Account.Counts.Accepted);
        await gateway.RestartAsync(graceful: false);
        var third = await SendAsync(gateway);
        Assert.Equal((EventState.Completed, Suppressed(300)), (third.State, third.Account.Counts));
        Assert.Equal(300, third.Account.Providers.Values.Sum(provider => provider.Reasons[GatewayReasons.DailyCap]));
        var receipt = await gateway.Events.FindReceiptAsync(third, "d7", Cancelled);
        Assert.Equal((ReceiptOutcome.Suppressed, GatewayReasons.DailyCap), (receipt!.Outcome, receipt.Reason));
        Assert.Equal(600, gateway.Apns.Sent + gateway.Fcm.Sent);

        time.Advance(TimeSpan.FromHours(12));
        Assert.Equal(300, (await SendAsync(gateway)).Account.Counts.Accepted);
    }

    [Fact]
    public async Task Cap_EventsAtTheSameTime_NeverPassItTogether()
    {
        await using var gateway = await StartAsync(cap: 3);
        // Two devices each: they count once.
        await gateway.ImportAsync(600, (number, registration) => registration with { SubscriberId = $"s{number / 2}" });
        // So slow that all of them are under way when the first is recorded.
        gateway.Apns.Before = gateway.Fcm.Before = async _ => await Task.Yield();

        var published = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => gateway.PublishAsync()));
        var finals = await Task.WhenAll(published.Select(gateway.WaitAsync));

        Assert.All(finals, final => Assert.Equal(600, final.Account.Counts.Accepted + final.Account.Counts.Suppressed));
        Assert.Equal(3 * 600, finals.Sum(final => final.Account.Counts.Accepted));
        Assert.All(gateway.Apns.Accepted.Concat(gateway.Fcm.Accepted), accepted => Assert.Equal(3, accepted.Value));
    }

    [Fact]
    public async Task Cap_HighAndSilentEvents_PassAndAreNotCounted()
    {
        await using var gateway = await StartAsync(cap: 1);
        await gateway.ImportAsync(50);

        foreach (var options in (EventOptions[])[
            new() { Priority = EventPriority.High }, new() { Silent = true }, new() { IgnoreCap = true }, new(), new() { Priority = EventPriority.High }])
        {
            Assert.Equal(50, (await SendAsync(gateway, options)).Account.Counts.Accepted);
        }

        Assert.Equal(Suppressed(50), (await SendAsync(gateway, new EventOptions { Priority = EventPriority.High, IgnoreCap = false })).Account.Counts);
    }

    [Fact]
    public async Task Cap_NotificationsThatNobodyTook_AreNotCounted()
    {
        await using var gateway = await StartAsync(cap: 1);
        await gateway.ImportAsync(40);
        gateway.Fcm.Answer = (_, attempt) => attempt == 1 ? new AttemptResult(OutcomeKind.Rejected, "INVALID_ARGUMENT") : new AttemptResult(OutcomeKind.Accepted);

        Assert.Equal(new OutcomeCounts(20, 0, 20, 0, 0, 0), (await SendAsync(gateway)).Account.Counts);
        Assert.Equal(new OutcomeCounts(20, 0, 0, 0, 0, 0) { Suppressed = 20 }, (await SendAsync(gateway)).Account.Counts);
    }

    [Fact]
    public async Task Cap_TemporaryOutcomes_KeepTheirEventsPlace()
    {
        await using var gateway = await StartAsync(cap: 1, options: ("UnavailableLimit", "100000"));
        await gateway.ImportAsync(40, (number, registration) => registration with { SubscriberId = $"s{number / 2}" });
        // The subscriber's other device has it already: the repeat is of the same event.
        gateway.Fcm.Answer = (_, attempt) => attempt < 5 ? new AttemptResult(OutcomeKind.Unavailable, "x") : new AttemptResult(OutcomeKind.Accepted);

        Assert.Equal(new OutcomeCounts(40, 0, 0, 0, 0, 0), (await SendAsync(gateway)).Account.Counts);
        Assert.Equal(Suppressed(40), (await SendAsync(gateway)).Account.Counts);
    }

    [Fact]
    public async Task Cap_CrashInMidSend_CountsNobodyTwiceAndForgetsNobody()
    {
        await using var gateway = await StartAsync(cap: 2);
        await gateway.ImportAsync(2_000);
        var record = await gateway.PublishAsync();
        await gateway.Apns.WhenSentAsync(300);

        await gateway.RestartAsync(graceful: false);
        Assert.Equal(new OutcomeCounts(2_000, 0, 0, 0, 0, 0), (await gateway.WaitAsync(record)).Account.Counts);

        // Whoever was sent the first one twice was still charged once: one place is left for everybody, and no more.
        Assert.Equal(new OutcomeCounts(2_000, 0, 0, 0, 0, 0), (await SendAsync(gateway)).Account.Counts);
        Assert.Equal(Suppressed(2_000), (await SendAsync(gateway)).Account.Counts);
    }

    private static OutcomeCounts Suppressed(int count) => default(OutcomeCounts) with { Suppressed = count };

    private static async Task<DispatchFixture> StartAsync(int cap, TimeProvider? time = null, params IEnumerable<(string, string)> options)
    {
        var gateway = await DispatchFixture.StartAsync(time, options);
        await gateway.PutLimitsAsync(new AppLimits { MaxPerSubscriberPerDay = cap });
        return gateway;
    }

    private static async Task<EventRecord> SendAsync(DispatchFixture gateway, EventOptions? options = null) =>
        await gateway.WaitAsync(await gateway.PublishAsync(e => e with { Options = options ?? e.Options }));
}
