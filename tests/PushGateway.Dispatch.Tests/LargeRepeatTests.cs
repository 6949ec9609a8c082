using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>What is to be tried again of an event for many devices waits by page, not each device by itself, and comes to the same end.</summary>
public sealed class LargeRepeatTests
{
    /// <summary>As many as make an event large.</summary>
    private const int Devices = 20_000;

    private const int PageSize = 1_000;

    /// <summary>Every one of so many is told once to come again.</summary>
    private const int ToldOnce = 41;

    private static readonly int s_toldOnce = Enumerable.Range(0, Devices).Count(number => number % ToldOnce == 0);

    private static readonly AttemptResult s_tooFast = new(OutcomeKind.Throttled, "TooManyRequests") { Scope = OutcomeScope.Device, RetryAfter = TimeSpan.FromSeconds(2) };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Publish_SomeAreTooFast_ShareRowsAndAreTriedNoOftenerThanAllowed()
    {
        await using var gateway = await StartAsync();
        Answer(gateway, (number, attempt) => number % 1_000 == 7 || (number % ToldOnce == 0 && attempt == 1));
        var always = Enumerable.Range(0, Devices).Count(number => number % 1_000 == 7);
        var both = Enumerable.Range(0, Devices).Count(number => number % 1_000 == 7 && number % ToldOnce == 0);

        var record = await gateway.PublishAsync();
        await _time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);

        var final = await gateway.FindAsync(record);
        Assert.Equal((Devices - always, always, 0), (final.Account.Counts.Accepted, final.Account.Counts.Expired, final.Account.Counts.Pending));
        Assert.Equal(Devices + (s_toldOnce - both) + (2 * always), final.Account.Attempts);
        Assert.All(gateway.Apns.Attempts.Concat(gateway.Fcm.Attempts), token => Assert.Equal(
            Number(token.Key) % 1_000 == 7 ? 3 : Number(token.Key) % ToldOnce == 0 ? 2 : 1, token.Value));
        Assert.Equal(0, gateway.FanOuts.Deferred);
        // Those of a page and provider that came due within the fifth of two seconds by which waits differ: in one second, or on both sides of its end.
        Assert.InRange(gateway.FanOuts.Waits, 1, (s_toldOnce + (2 * always)) / 2);
    }

    [Fact]
    public async Task Publish_ProcessDiesWhileTheyWait_EachIsAcceptedOnce()
    {
        await using var gateway = await StartAsync();
        Answer(gateway, (number, attempt) => number % ToldOnce == 0 && attempt == 1);
        var record = await gateway.PublishAsync();
        await gateway.WhenRecordedAsync(record, counts => counts.Accepted == Devices - s_toldOnce && counts.Pending == s_toldOnce);

        await gateway.RestartAsync(graceful: false);
        await _time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);

        var final = await gateway.FindAsync(record);
        Assert.Equal((Devices, Devices + s_toldOnce), (final.Account.Counts.Accepted, final.Account.Attempts));
        Assert.All(gateway.Apns.Accepted.Concat(gateway.Fcm.Accepted), token => Assert.Equal(1, token.Value));
    }

    [Fact]
    public async Task Cancel_WhileTheyWait_CountsThemCancelled()
    {
        await using var gateway = await StartAsync();
        Answer(gateway, (number, _) => number % ToldOnce == 0);
        var record = await gateway.PublishAsync();
        await gateway.WhenRecordedAsync(record, counts => counts.Accepted == Devices - s_toldOnce && counts.Pending == s_toldOnce);

        await gateway.ControlAsync(record, EventControl.Cancel);
        await _time.StepUntilFinalAsync(TimeSpan.FromSeconds(1), gateway, record);

        var final = await gateway.FindAsync(record);
        Assert.Equal((EventState.Cancelled, Devices - s_toldOnce, s_toldOnce), (final.State, final.Account.Counts.Accepted, final.Account.Counts.Cancelled));
    }

    /// <summary>What waits is brought nearer in the store, and pages that have been read are on their way: they must find what they took.</summary>
    [Fact]
    public async Task ClockSetBack_WhileTheyAreSentTo_EachIsAcceptedOnce()
    {
        var clock = new SteppedClock();
        await using var gateway = await StartAsync(clock);
        Answer(gateway, (number, attempt) => number % ToldOnce == 0 && attempt == 1);
        var record = await gateway.PublishAsync();
        await gateway.WhenRecordedAsync(record, counts => counts.Accepted == Devices - s_toldOnce && counts.Pending == s_toldOnce);
        var underWay = new TaskCompletionSource();
        gateway.FanOuts.BeforeCommit = () => underWay.Task;
        await Eventually.IsAsync(() => gateway.Apns.Sent + gateway.Fcm.Sent > Devices + 10, () => "Nobody is tried again.");

        clock.Set(TimeSpan.FromHours(-1));
        await Eventually.IsAsync(
            async () => (await gateway.FanOuts.FindWorkAsync(record.Key, TestContext.Current.CancellationToken))!.Plan.Shards.All(
                shard => !(shard.DeferredDueAt > clock.GetUtcNow() + TimeSpan.FromMinutes(1))),
            () => "What waits is not brought nearer.");
        underWay.SetResult();

        var final = await gateway.WaitAsync(record);
        Assert.Equal((EventState.Completed, Devices, Devices + s_toldOnce), (final.State, final.Account.Counts.Accepted, final.Account.Attempts));
        Assert.All(gateway.Apns.Accepted.Concat(gateway.Fcm.Accepted), token => Assert.Equal(1, token.Value));
    }

    private async Task<DispatchFixture> StartAsync(TimeProvider? clock = null)
    {
        var gateway = await DispatchFixture.StartAsync(clock ?? _time, ("PageSize", $"{PageSize}"), ("MaxDevicesInFlight", $"{10 * PageSize}"), ("MaxAttempts", "3"));
        await gateway.ImportAsync(Devices);
        await gateway.ProveAsync();
        gateway.Apns.Forget();
        gateway.Fcm.Forget();
        return gateway;
    }

    private static void Answer(DispatchFixture gateway, Func<int, int, bool> isTooFast)
    {
        gateway.Apns.Answer = gateway.Fcm.Answer = (token, attempt) => isTooFast(Number(token), attempt) ? s_tooFast : new AttemptResult(OutcomeKind.Accepted);
    }

    private static int Number(string token) => int.Parse(token[^8..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
