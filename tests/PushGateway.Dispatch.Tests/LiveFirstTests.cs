using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Events;
using PushGateway.Core.Live;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>Events that go to connected clients first, over a real store: whoever has confirmed is not sent to, everybody else is, and each device has one outcome.</summary>
public sealed class LiveFirstTests
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task First_WhoeverHasConfirmed_IsNotSentToAndEverybodyElseIsAfterTheWait(bool isCrashing)
    {
        var time = new FakeTimeProvider(s_start);
        await using var gateway = await DispatchFixture.StartAsync(time);
        // Two devices for each subscriber.
        await gateway.ImportAsync(300, (number, registration) => registration with { SubscriberId = $"s{number / 2}" });
        var record = await PublishAsync(gateway);
        await WhenBegunAsync(gateway, record);

        Assert.Equal(ConfirmStatus.Confirmed, await ConfirmAsync(gateway, record, "s3", null));
        Assert.Equal(ConfirmStatus.Confirmed, await ConfirmAsync(gateway, record, "s50", "d100"));
        Assert.Equal(ConfirmStatus.Confirmed, await ConfirmAsync(gateway, record, null, "d201", "d299"));
        Assert.Equal(ConfirmStatus.UnknownDevice, await ConfirmAsync(gateway, record, "s50", "d101", "d102"));
        Assert.Equal(ConfirmStatus.Confirmed, await ConfirmAsync(gateway, record, "nobody", null));
        time.Advance(TimeSpan.FromSeconds(4));
        if (isCrashing)
        {
            await gateway.RestartAsync(graceful: false);
        }

        Assert.Equal(0, gateway.Apns.Sent + gateway.Fcm.Sent);
        var final = await FinalAsync(gateway, record, time);

        Assert.Equal((EventState.Completed, new OutcomeCounts(295, 0, 0, 0, 0, 0) { Live = 5 }), (final.State, final.Account.Counts));
        Assert.Equal(5, final.Account.Providers.Values.Sum(provider => provider.Reasons[GatewayReasons.ConfirmedLive]));
        var live = await ReceiptsAsync(gateway, final, ReceiptOutcome.Live);
        Assert.Equal(["d100", "d201", "d299", "d6", "d7"], live.Order(StringComparer.Ordinal));
        Assert.All(live, device => Assert.False(gateway.Apns.Attempts.ContainsKey(Token(device)) || gateway.Fcm.Attempts.ContainsKey(Token(device))));
        Assert.Equal(ConfirmStatus.Late, await ConfirmAsync(gateway, record, "s4", null));
        Assert.InRange(final.Timings.FirstAcceptedAt!.Value - s_start, EventOptions.DefaultLiveWait, TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task First_Scheduled_WaitsFromWhenItBegins()
    {
        var time = new FakeTimeProvider(s_start);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(20);
        var record = await PublishAsync(gateway, options => options with { SendAt = s_start.AddHours(1), LiveWait = TimeSpan.FromSeconds(30) });
        Assert.Equal(EventState.Scheduled, record.State);

        await Eventually.IsAsync(async () => (await gateway.FindAsync(record)).Timings.StartedAt is not null, between: () => time.Advance(TimeSpan.FromSeconds(10)));
        var begun = (await gateway.FindAsync(record)).Timings.StartedAt!.Value;
        Assert.InRange(begun - s_start, TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        await ConfirmAsync(gateway, record, "s7", null);
        var final = await FinalAsync(gateway, record, time);

        Assert.Equal(new OutcomeCounts(19, 0, 0, 0, 0, 0) { Live = 1 }, final.Account.Counts);
        Assert.InRange(final.Timings.FirstAcceptedAt!.Value - begun, TimeSpan.FromSeconds(30), TimeSpan.FromHours(1));
    }

    /// <summary>Connected clients do not wait for the providers, whether the event is for one phone or for many.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task Also_ScheduledWhileTheProvidersDoNotAnswer_GoesLiveWhenItBegins(int devices)
    {
        var time = new FakeTimeProvider(s_start);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(devices);
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (gateway.Apns.Before, gateway.Fcm.Before) = (_ => answered.Task, _ => answered.Task);
        var record = await PublishAsync(gateway, options => options with { Live = LiveMode.Also, SendAt = s_start.AddHours(1) });
        var live = gateway.Services.GetRequiredService<ILiveStore>();
        Assert.Equal(0, (await live.ReadAsync(gateway.App.Key, "news", 0, 10, Cancelled)).Newest);

        await Eventually.IsAsync(
            async () => (await live.ReadAsync(gateway.App.Key, "news", 0, 10, Cancelled)).Entries.Count == 1, () => "It does not go live.", () => time.Advance(TimeSpan.FromSeconds(10)));

        answered.SetResult();
        var final = await FinalAsync(gateway, record, time);
        Assert.Equal((EventState.Completed, devices), (final.State, final.Account.Counts.Accepted));
        Assert.Single((await live.ReadAsync(gateway.App.Key, "news", 0, 10, Cancelled)).Entries);
    }

    [Fact]
    public async Task First_ConfirmedWhileTheDeviceIsDeferred_IsNotSentAgain()
    {
        var time = new FakeTimeProvider(s_start);
        await using var gateway = await DispatchFixture.StartAsync(time, ("UnavailableLimit", "100000"));
        await gateway.ImportAsync(10);
        await gateway.ProveAsync();
        gateway.Apns.Answer = (token, _) => token == Token("d4") ? new AttemptResult(OutcomeKind.Unavailable, "busy") : new AttemptResult(OutcomeKind.Accepted);
        var record = await PublishAsync(gateway);
        await Eventually.IsAsync(
            async () => (await gateway.FindAsync(record)).Account.Counts is { Accepted: 9, Pending: 1 }, between: () => time.Advance(TimeSpan.FromSeconds(1)));

        await ConfirmAsync(gateway, record, "s4", null);
        var final = await FinalAsync(gateway, record, time);

        Assert.Equal(new OutcomeCounts(9, 0, 0, 0, 0, 0) { Live = 1 }, final.Account.Counts);
        Assert.Equal(["d4"], await ReceiptsAsync(gateway, final, ReceiptOutcome.Live));
    }

    [Fact]
    public async Task First_CancelledWhileItWaits_SaysOfTheConfirmedThatTheyHaveIt()
    {
        var time = new FakeTimeProvider(s_start);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(100);
        var record = await PublishAsync(gateway);
        await WhenBegunAsync(gateway, record);
        await ConfirmAsync(gateway, record, null, "d1", "d2", "d3");

        var (cancelled, _) = await gateway.ControlAsync(record, EventControl.Cancel);

        Assert.Equal((EventState.Cancelled, new OutcomeCounts(0, 0, 0, 0, 97, 0) { Live = 3 }), (cancelled.State, cancelled.Account.Counts));
        Assert.Equal(0, gateway.Apns.Sent + gateway.Fcm.Sent);
    }

    [Fact]
    public async Task First_PausedWhileItWaits_GoesOnWhereItWas()
    {
        var time = new FakeTimeProvider(s_start);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(20);
        var record = await PublishAsync(gateway);
        await WhenBegunAsync(gateway, record);
        await gateway.ControlAsync(record, EventControl.Pause);
        await ConfirmAsync(gateway, record, "s1", null);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, gateway.Apns.Sent + gateway.Fcm.Sent);

        await gateway.ControlAsync(record, EventControl.Run);

        Assert.Equal(new OutcomeCounts(19, 0, 0, 0, 0, 0) { Live = 1 }, (await FinalAsync(gateway, record, time)).Account.Counts);
    }

    /// <summary>Fan-outs of millions have no use for it, and do not pay for it.</summary>
    [Fact]
    public async Task Publish_OtherEvents_NeitherAskWhoHasConfirmedNorWait()
    {
        var time = new FakeTimeProvider(s_start);
        await using var gateway = await DispatchFixture.StartAsync(time);
        await gateway.ImportAsync(500);
        foreach (var live in (LiveMode?[])[null, LiveMode.Also, LiveMode.Off])
        {
            var record = await PublishAsync(gateway, options => options with { Live = live });
            Assert.Equal(500, (await gateway.WaitAsync(record)).Account.Counts.Accepted);
            Assert.Equal(ConfirmStatus.NotAwaited, await ConfirmAsync(gateway, record, "s1", null));
        }

        Assert.Equal((0, s_start), (gateway.FanOuts.ConfirmedReads, time.GetUtcNow()));
        Assert.Equal(500, (await FinalAsync(gateway, await PublishAsync(gateway), time)).Account.Counts.Accepted);
        // One look for each page, however many devices it has.
        Assert.InRange(gateway.FanOuts.ConfirmedReads, 1, 200);
    }

    /// <summary>Whatever the providers say, whoever confirms when, and wherever the process ends: each device has one outcome, and they add up at every look.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task First_AtRandom_EveryDeviceHasOneOutcomeAndTheyAddUp(int seed)
    {
        var random = new Random(seed);
        var time = new FakeTimeProvider(s_start);
        await using var gateway = await DispatchFixture.StartAsync(time, ("UnavailableLimit", "100000"), ("MaxAttempts", "3"));
        var devices = random.Next(1, 400);
        await gateway.ImportAsync(devices, (number, registration) => registration with { SubscriberId = $"s{number / 2}" });
        gateway.Apns.Answer = gateway.Fcm.Answer = (token, attempt) => (HashOf(token, seed) % 8) switch
        {
            0 => new AttemptResult(OutcomeKind.Rejected, "no"),
            1 => new AttemptResult(OutcomeKind.Unavailable, "busy"),
            2 when attempt < 2 => new AttemptResult(OutcomeKind.Throttled, "slower"),
            _ => new AttemptResult(OutcomeKind.Accepted),
        };
        var record = await PublishAsync(gateway, options => options with { ForbidsResend = random.Next(4) == 0, LiveWait = TimeSpan.FromSeconds(random.Next(1, 61)) });
        await WhenBegunAsync(gateway, record);
        var early = new HashSet<string>();
        for (var count = random.Next(0, devices); count > 0; count--)
        {
            var number = random.Next(devices);
            early.UnionWith(random.Next(2) == 0 ? await OneAsync(number) : await AllAsync(number));
        }

        var isCancelled = random.Next(4) == 0;
        var crashes = random.Next(3);
        await Eventually.IsAsync(
            async () =>
            {
                var found = await gateway.FindAsync(record);
                AddsUp(found.Account);
                time.Advance(TimeSpan.FromSeconds(random.Next(1, 5)));
                if (random.Next(20) == 0)
                {
                    await ConfirmAsync(gateway, record, $"s{random.Next(devices) / 2}", null);
                }

                if (crashes > 0 && random.Next(10) == 0)
                {
                    crashes--;
                    await gateway.RestartAsync(graceful: random.Next(2) == 0);
                }

                if (isCancelled && found.Account.Counts.Accepted > 0 && !found.State.IsFinal())
                {
                    isCancelled = false;
                    await gateway.ControlAsync(record, EventControl.Cancel);
                }

                return found.State.IsFinal();
            });

        var final = await gateway.FindAsync(record);
        AddsUp(final.Account);
        Assert.Equal((devices, 0), (final.Account.Counts.Targeted, final.Account.Counts.Pending));
        var receipts = new Dictionary<string, ReceiptOutcome>();
        foreach (var outcome in Enum.GetValues<ReceiptOutcome>().Except([ReceiptOutcome.Pending]))
        {
            var named = await ReceiptsAsync(gateway, final, outcome);
            Assert.Equal(CountOf(final.Account.Counts, outcome), named.Count);
            named.ForEach(device => receipts.Add(device, outcome));
        }

        Assert.Equal(devices, receipts.Count);
        Assert.All(early, device => Assert.Equal(ReceiptOutcome.Live, receipts[device]));
        Assert.All(early, device => Assert.False(gateway.Apns.Attempts.ContainsKey(Token(device)) || gateway.Fcm.Attempts.ContainsKey(Token(device))));

        async Task<string[]> OneAsync(int number)
        {
            Assert.Equal(ConfirmStatus.Confirmed, await ConfirmAsync(gateway, record, $"s{number / 2}", $"d{number}"));
            return [$"d{number}"];
        }

        async Task<string[]> AllAsync(int number)
        {
            Assert.Equal(ConfirmStatus.Confirmed, await ConfirmAsync(gateway, record, $"s{number / 2}", null));
            return [.. Enumerable.Range(number / 2 * 2, 2).Where(other => other < devices).Select(other => $"d{other}")];
        }
    }

    private static void AddsUp(EventAccount account)
    {
        foreach (var counts in account.Providers.Values.Select(provider => provider.Counts).Append(account.Counts))
        {
            Assert.Equal(
                counts.Targeted,
                counts.Accepted + counts.Live + counts.Unregistered + counts.Rejected + counts.Expired + counts.Cancelled + counts.Suppressed + counts.Pending);
            Assert.All(Enum.GetValues<ReceiptOutcome>(), outcome => Assert.True(CountOf(counts, outcome) >= 0));
        }
    }

    private static long CountOf(OutcomeCounts counts, ReceiptOutcome outcome) => outcome switch
    {
        ReceiptOutcome.Accepted => counts.Accepted,
        ReceiptOutcome.Unregistered => counts.Unregistered,
        ReceiptOutcome.Rejected => counts.Rejected,
        ReceiptOutcome.Expired => counts.Expired,
        ReceiptOutcome.Cancelled => counts.Cancelled,
        ReceiptOutcome.Pending => counts.Pending,
        ReceiptOutcome.Suppressed => counts.Suppressed,
        _ => counts.Live,
    };

    private static int HashOf(string token, int seed) => ((int)((Convert.ToUInt64(token[^8..], 16) * 2_654_435_761) >> 8) + seed) & int.MaxValue;

    private static string Token(string device) => DispatchFixture.Token(int.Parse(device[1..], System.Globalization.CultureInfo.InvariantCulture));

    private static Task<EventRecord> PublishAsync(DispatchFixture gateway, Func<EventOptions, EventOptions>? change = null) =>
        gateway.PublishAsync(pushEvent => pushEvent with { Options = change?.Invoke(new EventOptions { Live = LiveMode.First }) ?? new EventOptions { Live = LiveMode.First } });

    private static Task<ConfirmStatus> ConfirmAsync(DispatchFixture gateway, EventRecord record, string? subscriber, params string[]? devices) =>
        gateway.Services.GetRequiredService<ILiveConfirmationStore>().ConfirmAsync(gateway.App.Key, record.Event.Id, subscriber, devices, Cancelled);

    private static Task WhenBegunAsync(DispatchFixture gateway, EventRecord record) =>
        Eventually.IsAsync(async () => (await gateway.FindAsync(record)).Timings.StartedAt is not null, () => "It does not begin.");

    private static async Task<EventRecord> FinalAsync(DispatchFixture gateway, EventRecord record, FakeTimeProvider time)
    {
        var found = record;
        await Eventually.IsAsync(
            async () => (found = await gateway.FindAsync(record)).State.IsFinal(), () => $"The event stays {found.State}.", () => time.Advance(TimeSpan.FromSeconds(1)));
        return found;
    }

    private static async Task<List<string>> ReceiptsAsync(DispatchFixture gateway, EventRecord record, ReceiptOutcome outcome)
    {
        List<string> devices = [];
        string? cursor = null;
        do
        {
            var page = await gateway.Events.ListReceiptsAsync(record, outcome, 100, cursor, Cancelled);
            devices.AddRange(page.Items.Select(receipt => receipt.DeviceId));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return devices;
    }
}
