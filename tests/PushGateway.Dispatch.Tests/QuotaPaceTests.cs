using CsCheck;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch.Tests;

/// <summary>The pace against a provider that counts by the minute, and whose minute begins when it likes.</summary>
public sealed class QuotaPaceTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Available_AnyPagesAnswersAndStalls_NeverMoreThanTheQuotaInAnyMinute()
    {
        var page = Gen.Select(
            Gen.Int[1, 1_500], Gen.Int[0, 90], Gen.Frequency((20, Gen.Int[0, 400]), (1, Gen.Int[2_000, 20_000])),
            (wanted, unusedPercent, answerMs) => (Wanted: wanted, UnusedPercent: unusedPercent, AnswerMs: answerMs));
        Gen.Select(Gen.Int[100, 30_000], Gen.Int[0, 90], Gen.Int[0, 1_000_000], page.Array[20, 60]).Sample((quota, rampSeconds, seed, pages) =>
        {
            var run = new Run(quota, TimeSpan.FromSeconds(rampSeconds), new Random(seed));

            run.Send(TimeSpan.FromMinutes(4), pages);

            Assert.InRange(run.MostInAMinute(), 1, quota);
        }, iter: 60, threads: 2);
    }

    [Fact]
    public void Available_Saturated_UsesMoreThan98PercentAfterTheRamp()
    {
        var run = new Run(600_000, s_minute, new Random(1));

        run.Send(TimeSpan.FromMinutes(6), [(1_000, 0, 100)]);

        Assert.InRange(run.CountBetween(TimeSpan.FromSeconds(62), TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(62)), 0.98 * 5 * 600_000, 5 * 600_000);
        Assert.InRange(run.MostInAMinute(), 0.98 * 600_000, 600_000);
    }

    [Fact]
    public void ReserveUpTo_AsMuchAsThereIs_NeverMoreThanTheQuotaInAnyMinute()
    {
        const int Quota = 600;
        var pace = new QuotaPace(Quota, TimeSpan.Zero, _time);
        List<(TimeSpan At, int Count)> sent = [];
        for (var at = TimeSpan.Zero; at < 3 * s_minute; at += TimeSpan.FromMilliseconds(100))
        {
            var count = pace.ReserveUpTo(1_000);
            pace.Settle(count);
            sent.Add((at, count));
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.All(sent, first => Assert.InRange(sent.Where(next => next.At >= first.At && next.At < first.At + s_minute).Sum(next => next.Count), 0, Quota));
        Assert.InRange(sent.Sum(next => next.Count), 0.9 * 3 * Quota, 3 * Quota);
    }

    [Fact]
    public void Available_AfterTheStart_RampsUpFromAFifth()
    {
        var run = new Run(600_000, s_minute, new Random(1));

        run.Send(TimeSpan.FromMinutes(2), [(1_000, 0, 50)]);

        Assert.InRange(run.CountBetween(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)), 1_000, 3_000);
        Assert.InRange(run.CountBetween(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(31)), 5_000, 7_000);
        Assert.InRange(run.CountBetween(TimeSpan.FromSeconds(64), TimeSpan.FromSeconds(65)), 9_000, 11_000);
    }

    [Fact]
    public void Available_LittleTraffic_LeavesTheRampForWhenThereIsMuch()
    {
        var pace = new QuotaPace(600_000, s_minute, _time);
        for (var second = 0; second < 300; second++)
        {
            Assert.Equal(1, pace.Available(1, out _));
            pace.Reserve(1);
            pace.Settle(1);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0.2, pace.Level, 2);
    }

    [Fact]
    public void Available_IdleAfterABroadcast_RampsUpAgain()
    {
        var run = new Run(600_000, s_minute, new Random(1));
        run.Send(TimeSpan.FromMinutes(2), [(1_000, 0, 50)]);
        Assert.Equal(1, run.Pace.Level, 2);

        run.Time.Advance(TimeSpan.FromMinutes(3));

        Assert.Equal(0.2, run.Pace.Level, 2);
    }

    [Fact]
    public void Throttle_AgainAndAgain_CutsTheRateOnceAtATimeAndItComesBackSlowly()
    {
        var pace = new QuotaPace(60_000, TimeSpan.Zero, _time);
        pace.Throttle(retryAfter: null);
        pace.Throttle(retryAfter: null);
        Assert.Equal(0.7, pace.Level, 2);

        _time.Advance(TimeSpan.FromSeconds(2));
        pace.Throttle(retryAfter: null);
        Assert.Equal(0.7 * (0.7 + (2 * 0.8 / 60)), pace.Level, 2);

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.InRange(pace.Level, 0.5, 0.7);
        _time.Advance(s_minute);
        Assert.Equal(1, pace.Level, 2);
    }

    [Fact]
    public void Throttle_WithAWait_HoldsEverythingForThatLong()
    {
        var pace = new QuotaPace(60_000, TimeSpan.Zero, _time);
        pace.Throttle(TimeSpan.FromSeconds(7));

        Assert.Equal(0, pace.Available(1, out var wait));
        Assert.InRange(wait, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7.1));
        Assert.Equal(0, pace.ReserveUpTo(1));
        _time.Advance(wait);
        Assert.Equal(1, pace.Available(1, out _));
    }

    [Fact]
    public void ReserveUpTo_BetweenAnOfferAndItsReservation_LeavesTheOffer()
    {
        var pace = new QuotaPace(600, TimeSpan.Zero, _time);
        Assert.Equal(8, pace.Available(8, out _));

        Assert.Equal(2, pace.ReserveUpTo(10));
        pace.Reserve(8);

        Assert.Equal(0, pace.ReserveUpTo(1));
    }

    [Fact]
    public void Assign_TwoAppsOfOneProject_ShareOnePaceAndTheLesserQuota()
    {
        var quotas = new QuotaPaces(Options.Create(new DispatchOptions()), _time);
        using var first = Gate(quotas);
        using var second = Gate(quotas);
        using var other = Gate(quotas);

        var pace = quotas.Assign(first, Credential("shared", 600_000));

        Assert.Same(pace, quotas.Assign(second, Credential("shared", 60_000)));
        Assert.NotSame(pace, quotas.Assign(other, Credential("other", 60_000)));
        Assert.Equal(60_000, pace!.Quota);
        Assert.Null(quotas.Assign(second, null));
        Assert.Equal(600_000, pace.Quota);
    }

    [Fact]
    public void Assign_CredentialReplacedWithinTheProject_ForgetsNothing()
    {
        var quotas = new QuotaPaces(Options.Create(new DispatchOptions()), _time);
        using var gate = Gate(quotas);
        var pace = quotas.Assign(gate, Credential("p", 600));

        Assert.Same(pace, quotas.Assign(gate, Credential("p", 600)));
        Assert.NotSame(pace, quotas.Assign(gate, Credential("q", 600)));
        Assert.NotSame(pace, quotas.Assign(gate, Credential("p", 600)));
    }

    private ProviderGate Gate(QuotaPaces quotas)
    {
        var options = Options.Create(new DispatchOptions());
        return new ProviderGate(
            new ScriptedProvider(ProviderKind.Fcm), options.Value, new RetrySchedule(options, new Random(1)),
            new RetryBudget(options, _time).CreateShare(), quotas, _ => { }, _time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
    }

    private static FcmCredential Credential(string project, int quota) =>
        new() { ServiceAccountJson = "{}", ProjectId = project, ClientEmail = "e", MessagesPerMinute = quota };

    /// <summary>Sends as fast as the pace allows. The provider counts each message somewhere between its reservation and its answer.</summary>
    private sealed class Run
    {
        private readonly Random _random;
        private readonly PriorityQueue<int, TimeSpan> _answers = new();
        private readonly List<(TimeSpan At, int Count)> _counted = [];
        private readonly long _start;

        public Run(int quota, TimeSpan rampUp, Random random)
        {
            (_random, _start, Pace) = (random, Time.GetTimestamp(), new QuotaPace(quota, rampUp, Time));
        }

        public FakeTimeProvider Time { get; } = new();

        public QuotaPace Pace { get; }

        private TimeSpan Now => Time.GetElapsedTime(_start);

        public void Send(TimeSpan duration, (int Wanted, int UnusedPercent, int AnswerMs)[] pages)
        {
            var end = Now + duration;
            for (var number = 0; Now < end; number++)
            {
                var (wanted, unusedPercent, answerMs) = pages[number % pages.Length];
                int count;
                while ((count = Pace.Available(wanted, out var wait)) == 0)
                {
                    AdvanceTo(Now + wait);
                    if (Now >= end)
                    {
                        return;
                    }
                }

                Pace.Reserve(count);
                var unused = count * unusedPercent / 100;
                Pace.Release(unused);
                var answered = Now + TimeSpan.FromMilliseconds(answerMs);
                var sent = count - unused;
                _counted.Add((Now + ((answered - Now) * _random.NextDouble()), sent));
                _answers.Enqueue(sent, answered);
            }
        }

        public long CountBetween(TimeSpan from, TimeSpan to) => _counted.Where(page => page.At >= from && page.At < to).Sum(page => (long)page.Count);

        /// <summary>Over every minute there is, whenever it begins.</summary>
        public long MostInAMinute()
        {
            var (most, sum, first) = (0L, 0L, 0);
            var ordered = _counted.OrderBy(page => page.At).ToList();
            foreach (var (at, count) in ordered)
            {
                sum += count;
                while (ordered[first].At <= at - s_minute)
                {
                    sum -= ordered[first++].Count;
                }

                most = Math.Max(most, sum);
            }

            return most;
        }

        private void AdvanceTo(TimeSpan at)
        {
            while (_answers.TryPeek(out var sent, out var answered) && answered <= at)
            {
                _answers.Dequeue();
                Time.Advance(answered > Now ? answered - Now : TimeSpan.Zero);
                Pace.Settle(sent);
            }

            Time.Advance(at > Now ? at - Now : TimeSpan.Zero);
        }
    }
}
