using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Admin.Live;
using PushGateway.Admin.Shared;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Core.Webhooks;

namespace PushGateway.Admin.Tests.Components;

/// <summary>What pages that are drawn each second read beside the one stream.</summary>
public sealed class ReceiptListTests : BunitContext
{
    private readonly FakeTimeProvider _time = new();
    private EventRecord _record = Samples.Event(EventState.Dispatching);
    private Receipt? _ofDevice;
    private int _reads;

    public ReceiptListTests()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudBlazorParts();
        Services.AddSingleton<TimeProvider>(_time);
        Services.AddSingleton(Stub.Of<IEventStore>((method, arguments) =>
        {
            _reads++;
            if (method == nameof(IEventStore.FindReceiptAsync))
            {
                return Task.FromResult(_ofDevice);
            }

            var outcome = (ReceiptOutcome)arguments[1]!;
            var counts = _record.Account.Counts;
            var there = Math.Min((int)arguments[2]!, outcome == ReceiptOutcome.Rejected ? counts.Rejected : counts.Accepted);
            var receipts = Enumerable.Range(0, (int)there).Select(index => new Receipt($"{outcome}-{index}", ProviderKind.Apns, outcome, null, _time.GetUtcNow()));
            return Task.FromResult(new ReceiptPage([.. receipts], there == (int)arguments[2]! ? "more" : null));
        }));
    }

    [Fact]
    public void ReceiptList_WithRoomForMore_ReadsNowAndThenAndNotWithEachSample()
    {
        var list = Show(accepted: 3);
        Assert.Equal((1, 3), (_reads, Rows(list).Count));
        for (var second = 1; second <= 4; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Sample(list, accepted: 3 + second);
        }

        Assert.Equal(1, _reads);
        _time.Advance(TimeSpan.FromSeconds(1));
        Sample(list, accepted: 8);
        Assert.Equal((2, 8), (_reads, Rows(list).Count));
    }

    [Fact]
    public void ReceiptList_FullOfOthers_ShowsAFailureThatComesLater()
    {
        var list = Show(accepted: 40);
        _time.Advance(TimeSpan.FromSeconds(10));
        Sample(list, accepted: 80);
        Assert.Equal((1, 20), (_reads, Rows(list).Count));

        Sample(list, accepted: 80, rejected: 1);

        Assert.Equal("Rejected-0", Rows(list)[0]);
    }

    [Fact]
    public async Task ReceiptList_ReadAgain_FindsADeviceThatTheEventHasReachedSince()
    {
        var list = Show(accepted: 3);
        await list.Find("input[type=search]").InputAsync(new() { Value = "phone-1" });
        Assert.Empty(Rows(list));
        _ofDevice = new Receipt("phone-1", ProviderKind.Apns, ReceiptOutcome.Accepted, null, _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(10));
        Sample(list, accepted: 4);
        Assert.Empty(Rows(list));

        await list.Find("button[aria-label='Read again']").ClickAsync(new());

        Assert.Equal("phone-1", Assert.Single(Rows(list)));
    }

    [Fact]
    public async Task WebhookBacklogs_WithManyWhoLook_AreCountedOnceForAll()
    {
        var counts = 0;
        var webhook = new Webhook
        {
            Key = 7,
            AppKey = 1,
            Id = "reports",
            Url = new Uri("https://example.com"),
            Secret = string.Empty,
            Notices = WebhookNotices.None,
            IsEnabled = true,
            CreatedAt = DateTimeOffset.UnixEpoch,
        };
        var backlogs = new WebhookBacklogs(
            Stub.Of<IWebhookStore>((method, _) => method == nameof(IWebhookStore.List)
                ? new[] { webhook }
                : Task.FromResult(new WebhookBacklog(Interlocked.Increment(ref counts), 0, 0))),
            _time);

        var seen = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => backlogs.CountAsync(1)));

        Assert.All(seen, backlog => Assert.Equal(1, backlog[7].Notices));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, (await backlogs.CountAsync(1))[7].Notices);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, (await backlogs.CountAsync(1))[7].Notices);
    }

    private IRenderedComponent<ReceiptList> Show(long accepted)
    {
        _record = With(accepted, 0);
        return Render<ReceiptList>(parameters => parameters.Add(component => component.Record, _record));
    }

    private void Sample(IRenderedComponent<ReceiptList> list, long accepted, long rejected = 0)
    {
        _record = With(accepted, rejected);
        list.Render(parameters => parameters.Add(component => component.Record, _record));
    }

    private EventRecord With(long accepted, long rejected) => _record with
    {
        Account = new EventAccount(
            new Dictionary<ProviderKind, ProviderAccount> { [ProviderKind.Apns] = new(new OutcomeCounts(accepted, 0, rejected, 0, 0, 1_000), new Dictionary<string, long>()) }, accepted),
    };

    private static List<string> Rows(IRenderedComponent<ReceiptList> list) => [.. list.FindAll("tbody tr td:first-child a").Select(link => link.TextContent)];
}
