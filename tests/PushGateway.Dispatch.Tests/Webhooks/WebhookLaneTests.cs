using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Apps;
using PushGateway.Core.Messaging;
using PushGateway.Core.Webhooks;
using PushGateway.Dispatch.Webhooks;

namespace PushGateway.Dispatch.Tests.Webhooks;

/// <summary>When a lane tries, by a clock of the test's own.</summary>
public sealed class WebhookLaneTests
{
    // The clock goes on while a lane is on its way to its next try, so a wait is never shorter than it should be, but may look longer.
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_Failing_WaitsLongerEachTimeAndWithJitter()
    {
        await using var rig = await Rig.StartAsync(new WebhookOptions { BatchDelay = TimeSpan.Zero, Retries = 4, BreakAfter = 100 });
        HashSet<long> plannedTicks = [];
        rig.Store.Add();

        await rig.AdvanceUntilAsync(() =>
        {
            plannedTicks.Add(rig.Trouble?.NextTryAt.Ticks ?? 0);
            return rig.Store.Webhook.ParkedAt is not null;
        });

        Assert.Equal(5, rig.Tries.Count);

        // By the schedule alone each would be a tick of the clock.
        Assert.Contains(plannedTicks, ticks => ticks % s_tick.Ticks != 0);
        var waits = rig.Waits();
        Assert.All(waits, wait => Assert.True(wait > TimeSpan.Zero));
        Assert.True(waits.Distinct().Count() > 1 && waits[^1] > waits[0], string.Join(", ", waits));
        Assert.True(waits.Aggregate((sum, wait) => sum + wait) > TimeSpan.FromSeconds(4), string.Join(", ", waits));
        Assert.Equal(1, rig.Store.Waiting);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_ReceiverNamesAWait_IsObeyedUpToTheLimit(bool asADate)
    {
        await using var rig = await Rig.StartAsync(new WebhookOptions { BatchDelay = TimeSpan.Zero, RetryLimit = TimeSpan.FromSeconds(60), BreakAfter = 100 });
        rig.AnswersWithDates = asADate;
        rig.Answer = number => number switch
        {
            1 => (HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(40)),
            2 => (HttpStatusCode.ServiceUnavailable, TimeSpan.FromDays(3)),
            _ => (HttpStatusCode.OK, null),
        };
        rig.Store.Add();

        await rig.AdvanceUntilAsync(() => rig.Store.Waiting == 0);

        Assert.Equal(3, rig.Tries.Count);
        // A date has no fractions of a second.
        Assert.InRange(rig.Waits()[0], TimeSpan.FromSeconds(39), TimeSpan.FromSeconds(59));
        Assert.InRange(rig.Waits()[1], TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Run_FailingInARow_IsLeftAloneForTheBreak()
    {
        await using var rig = await Rig.StartAsync(new WebhookOptions
        {
            BatchDelay = TimeSpan.Zero,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            RetryLimit = TimeSpan.FromMilliseconds(2),
            Retries = 6,
            BreakAfter = 3,
            BreakDuration = TimeSpan.FromMinutes(2),
        });
        rig.Answer = number => number > 3 ? (HttpStatusCode.OK, null) : (HttpStatusCode.InternalServerError, null);
        rig.Store.Add();

        await rig.AdvanceUntilAsync(() => rig.Store.Waiting == 0);

        Assert.Equal(4, rig.Tries.Count);
        Assert.InRange(rig.Waits()[2], TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(4));
        Assert.All(rig.Waits().Take(2), wait => Assert.True(wait < TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Run_BreakEndsWithinAMillisecond_UsesNoTryUpBeforeItDoes()
    {
        await using var rig = await Rig.StartAsync(new WebhookOptions
        {
            BatchDelay = TimeSpan.Zero,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            RetryLimit = TimeSpan.FromMilliseconds(2),
            Retries = 6,
            BreakAfter = 2,
            BreakDuration = TimeSpan.FromSeconds(30) + TimeSpan.FromMicroseconds(600),
        });
        rig.Answer = number => number > 2 ? (HttpStatusCode.OK, null) : (HttpStatusCode.InternalServerError, null);
        rig.Store.Add();

        await rig.AdvanceUntilAsync(() => rig.Store.Waiting == 0 || rig.Store.Webhook.ParkedAt is not null);

        Assert.Null(rig.Store.Webhook.ParkedAt);
        Assert.Equal(3, rig.Tries.Count);
    }

    [Fact]
    public async Task Run_NoAnswer_IsGivenUpAfterTheTimeout()
    {
        await using var rig = await Rig.StartAsync(new WebhookOptions { BatchDelay = TimeSpan.Zero, Retries = 1, Timeout = TimeSpan.FromSeconds(20) });
        rig.Answer = _ => null;
        rig.Store.Add();

        await rig.AdvanceUntilAsync(() => rig.Store.Webhook.ParkedAt is not null);

        Assert.Equal(2, rig.Tries.Count);
        Assert.InRange(rig.Waits()[0], TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(2));
        Assert.Equal("It did not answer within 20 seconds.", rig.Store.Webhook.LastError);
    }

    [Fact]
    public async Task Kick_WhileParked_TriesAtOnceAlsoBehindTheBreak()
    {
        await using var rig = await Rig.StartAsync(new WebhookOptions
        {
            BatchDelay = TimeSpan.Zero,
            Retries = 1,
            BreakAfter = 2,
            BreakDuration = TimeSpan.FromHours(20),
            ProbeInterval = TimeSpan.FromHours(12),
        });
        rig.Answer = number => number > 2 ? (HttpStatusCode.OK, null) : (HttpStatusCode.InternalServerError, null);
        rig.Store.Add();
        await rig.AdvanceUntilAsync(() => rig.Store.Webhook.ParkedAt is not null);
        Assert.Equal(2, rig.Tries.Count);

        // Nothing is advanced: it does not wait for anything.
        await rig.Store.ResumeAsync(1, "hook", Cancelled);
        await rig.WhenAsync(() => rig.Store.Waiting == 0);

        Assert.Equal(3, rig.Tries.Count);
    }

    [Fact]
    public async Task Run_ChangedWhileItsAnswerWasUnderWay_IsNotParkedForIt()
    {
        await using var rig = await Rig.StartAsync(new WebhookOptions { BatchDelay = TimeSpan.Zero, Retries = 0, BreakAfter = 100 });
        rig.Answer = number =>
        {
            if (number > 1)
            {
                return (HttpStatusCode.OK, null);
            }

            // Ends at once here.
            Assert.True(rig.Store.ResumeAsync(1, "hook", Cancelled).IsCompletedSuccessfully);
            return (HttpStatusCode.InternalServerError, null);
        };
        rig.Store.Add();

        await rig.WhenAsync(() => rig.Store.Waiting == 0);

        Assert.Equal((2, 0), (rig.Tries.Count, rig.Store.Parkings));
    }

    [Fact]
    public async Task Run_MoreComesWithinTheDelay_GoesWithTheSameRequest()
    {
        await using var rig = await Rig.StartAsync(new WebhookOptions { BatchDelay = TimeSpan.FromSeconds(5) });
        rig.Answer = _ => (HttpStatusCode.OK, null);
        rig.Store.Add();
        await rig.WhenAsync(() => rig.Store.Reads > 0);
        rig.Store.Add();

        await rig.AdvanceUntilAsync(() => rig.Store.Waiting == 0);

        Assert.Single(rig.Tries);
    }

    [Fact]
    public async Task Kick_InTrouble_ForgetsItUntilTheNextAnswer()
    {
        await using var rig = await Rig.StartAsync(new WebhookOptions { BatchDelay = TimeSpan.Zero, Retries = 0 });
        rig.Answer = number => number > 1 ? null : (HttpStatusCode.InternalServerError, null);
        rig.Store.Add();
        await rig.WhenAsync(() => rig.Trouble is not null && rig.Store.Webhook.ParkedAt is not null);

        await rig.Store.ResumeAsync(1, "hook", Cancelled);
        await rig.WhenAsync(() => rig.Tries.Count == 2);

        Assert.Null(rig.Trouble);
    }

    /// <summary>One that no queue takes holds up those behind it in the store, but is all that is tried again.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    public async Task Run_ExchangeTakesAllButOne_IsGivenTheOthersOnce(int retries)
    {
        var broker = new PickyBroker("ntc_1_3");
        await using var rig = await Rig.StartAsync(
            new WebhookOptions { BatchDelay = TimeSpan.FromSeconds(1), Retries = retries, BreakAfter = 100, ProbeInterval = TimeSpan.FromSeconds(2) }, broker);
        for (var number = 0; number < 5; number++)
        {
            rig.Store.Add();
        }

        await rig.AdvanceUntilAsync(() => broker.Published.Count >= 10);
        Assert.Equal(3, rig.Store.Waiting);
        broker.TakesAll();
        await rig.AdvanceUntilAsync(() => rig.Store.Waiting == 0);

        Assert.Equal(["ntc_1_1", "ntc_1_2", "ntc_1_4", "ntc_1_5"], broker.Published.Where(id => id != "ntc_1_3").Order());
    }

    [Fact]
    public async Task Run_ExchangeIsAnother_IsGivenAllThatWaits()
    {
        var broker = new PickyBroker("ntc_1_1");
        await using var rig = await Rig.StartAsync(new WebhookOptions { BatchDelay = TimeSpan.FromSeconds(1), Retries = 0 }, broker);
        rig.Store.Add();
        rig.Store.Add();
        await rig.AdvanceUntilAsync(() => rig.Store.Webhook.ParkedAt is not null);

        broker.TakesAll();
        rig.Store.Url = new Uri("rabbitmq:another");
        await rig.Store.ResumeAsync(1, "hook", Cancelled);
        await rig.AdvanceUntilAsync(() => rig.Store.Waiting == 0);

        Assert.Equal(["ntc_1_1", "ntc_1_1", "ntc_1_2", "ntc_1_2"], broker.Published.Order());
    }

    /// <summary>A broker with no queue for one of the notices.</summary>
    private sealed class PickyBroker(string refused) : INoticePublisher
    {
        private volatile bool _takesAll;

        public bool IsConfigured => true;

        /// <summary>Ids, each as often as it was tried.</summary>
        public ConcurrentQueue<string> Published { get; } = [];

        public void TakesAll() => _takesAll = true;

        public Task<PublishedNotices> PublishAsync(string exchange, IReadOnlyList<BrokerNotice> notices, CancellationToken cancellationToken)
        {
            var takesAll = _takesAll;
            int[] confirmed = [.. Enumerable.Range(0, notices.Count).Where(place => takesAll || notices[place].Id != refused)];
            foreach (var notice in notices)
            {
                Published.Enqueue(notice.Id);
            }

            return Task.FromResult(new PublishedNotices(confirmed, confirmed.Length == notices.Count ? null : "No queue is bound."));
        }
    }

    private sealed class Rig : IAsyncDisposable
    {
        private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        private readonly CancellationTokenSource _stop = new();
        private readonly DispatchFixture _fixture;
        private readonly WebhookPoster _poster;
        private readonly WebhookLane _lane;
        private readonly Task _running;

        private Rig(DispatchFixture fixture, WebhookOptions options, INoticePublisher? broker)
        {
            _fixture = fixture;
            if (broker is not null)
            {
                Store.Url = new Uri("rabbitmq:an-exchange");
            }

            var metrics = fixture.Services.GetRequiredService<FeedbackMetrics>();
            _poster = new WebhookPoster(new ScriptedHandler(this), Options.Create(options), metrics, _time);
            _lane = new WebhookLane(1, static () => true, Store, fixture.Services.GetRequiredService<IAppStore>(), new WebhookDelivery(_poster, broker ?? new NoBroker(), metrics, _time), options, _time, new Random(3), NullLogger.Instance);
            Store.NoticeAdded += _ => _lane.Signal();
            Store.Changed += _ => _lane.Kick();
            _running = _lane.RunAsync(_stop.Token);
        }

        public StubWebhookStore Store { get; } = new();

        public WebhookTrouble? Trouble => _lane.Trouble;

        public ConcurrentQueue<DateTimeOffset> Tries { get; } = new();

        /// <summary>Of a try, the first being 1; <see langword="null"/> for none.</summary>
        public Func<int, (HttpStatusCode Status, TimeSpan? RetryAfter)?> Answer { get; set; } = _ => (HttpStatusCode.ServiceUnavailable, null);

        /// <summary>Says when to come back instead of how long to wait.</summary>
        public bool AnswersWithDates { get; set; }

        public static async Task<Rig> StartAsync(WebhookOptions options, INoticePublisher? broker = null) => new(await DispatchFixture.StartAsync(), options, broker);

        public List<TimeSpan> Waits() => [.. Tries.Zip(Tries.Skip(1), (earlier, later) => later - earlier)];

        /// <summary>Whoever was waiting goes on, on another thread, before the clock does.</summary>
        public Task AdvanceUntilAsync(Func<bool> condition) => Eventually.IsAsync(condition, Told, () => _time.Advance(s_tick));

        public Task WhenAsync(Func<bool> condition) => Eventually.IsAsync(condition, Told);

        private string Told() => $"It has not come to be; {Tries.Count} tries.";

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _lane.Dispose();
            _poster.Dispose();
            _stop.Dispose();
            await _fixture.DisposeAsync();
        }

        private sealed class ScriptedHandler(Rig rig) : HttpMessageHandler
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                rig.Tries.Enqueue(rig._time.GetUtcNow());
                if (rig.Answer(rig.Tries.Count) is not var (status, retryAfter))
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, rig._time, cancellationToken);
                    throw new InvalidOperationException("Nobody waits that long.");
                }

                var response = new HttpResponseMessage(status);
                response.Headers.RetryAfter = retryAfter is not { } wait ? null
                    : rig.AnswersWithDates ? new RetryConditionHeaderValue(rig._time.GetUtcNow() + wait)
                    : new RetryConditionHeaderValue(wait);
                return response;
            }
        }
    }
}
