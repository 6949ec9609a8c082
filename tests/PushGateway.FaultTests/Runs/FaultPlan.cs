using System.Globalization;
using System.Text;
using PushGateway.Simulator;

namespace PushGateway.FaultTests.Runs;

/// <summary>Everything that happens in a run, decided by its seed alone: audiences, settings, when what breaks.</summary>
internal sealed class FaultPlan
{
    private const int ImportChunk = 400;

    private FaultPlan(int seed, int scale)
    {
        (Seed, Scale) = (seed, scale);
        var random = new Random(seed);
        (HasCrashes, HasNetworkFaults) = (seed % 5) switch
        {
            0 => (false, true),
            1 => (true, true),
            _ => (true, false),
        };
        PageSize = random.Next(5, 60);
        MaxDevicesInFlight = PageSize * random.Next(2, 10);
        InProcessRetries = random.Next(0, 3);
        CheckpointPages = random.Next(2) == 0 ? 100 : 16_000;
        AnswerDelayMs = random.Next(3) == 0 ? random.Next(1, 30) : 0;
        Audiences = PlanAudiences(random);
        Deleted = Audience.Plan(random, "deleted", 900_000, random.Next(200, 800), 0);
        Rates = [.. Audiences.Select(_ => random.Next(3) == 0 ? (int?)null : random.Next(800, 3_000))];
        FirstStartKills = HasCrashes && random.Next(4) == 0 ? [random.Next(150, 1_200)] : [];
        ImportCrashes = PlanCrashes(random, Audiences.Sum(audience => (audience.Devices.Count + ImportChunk - 1) / ImportChunk), 4, 40);
        PublishCrashes = PlanCrashes(random, Audiences.Count, 3, 12);
        Moments = PlanMoments(random);
        Rules = PlanRules(random);
    }

    public int Seed { get; }

    /// <summary>Audiences and moments, in multiples of a short run's.</summary>
    public int Scale { get; }

    public bool HasCrashes { get; }

    public bool HasNetworkFaults { get; }

    public int PageSize { get; }

    public int MaxDevicesInFlight { get; }

    public int InProcessRetries { get; }

    public int CheckpointPages { get; }

    public int AnswerDelayMs { get; }

    /// <summary>One channel, and one event, each.</summary>
    public IReadOnlyList<Audience> Audiences { get; }

    /// <summary>Of the app that is deleted in the middle.</summary>
    public Audience Deleted { get; }

    /// <summary>Notifications a second of each event; <see langword="null"/> for as fast as it goes.</summary>
    public IReadOnlyList<int?> Rates { get; }

    /// <summary>How long the very first process lives, which is the one that creates the store, milliseconds.</summary>
    public IReadOnlyList<int> FirstStartKills { get; }

    /// <summary>By number of the import call.</summary>
    public IReadOnlyDictionary<int, Crash> ImportCrashes { get; }

    /// <summary>By number of the event.</summary>
    public IReadOnlyDictionary<int, Crash> PublishCrashes { get; }

    /// <summary>In the order in which they happen.</summary>
    public IReadOnlyList<PlannedMoment> Moments { get; }

    public IReadOnlyList<FaultRule> Rules { get; }

    public static FaultPlan Of(int seed, int scale) => new(seed, scale);

    public IEnumerable<(Audience Audience, int From, int Count)> ImportCalls() =>
        from audience in Audiences
        from start in Enumerable.Range(0, (audience.Devices.Count + ImportChunk - 1) / ImportChunk)
        select (audience, start * ImportChunk, ImportChunk);

    public IEnumerable<(string Setting, string Value)> Settings() =>
    [
        ("PushGateway__Dispatch__PageSize", Text(PageSize)),
        ("PushGateway__Dispatch__MaxDevicesInFlight", Text(MaxDevicesInFlight)),
        ("PushGateway__Dispatch__InProcessRetries", Text(InProcessRetries)),
        // Short waits: a run is a few seconds, and its faults should meet devices in every state.
        ("PushGateway__Dispatch__InProcessRetryDelay", "00:00:00.050"),
        ("PushGateway__Dispatch__InProcessRetryLimit", "00:00:00.200"),
        ("PushGateway__Dispatch__DeferredRetryDelay", "00:00:00.200"),
        ("PushGateway__Dispatch__DeferredRetryLimit", "00:00:01"),
        ("PushGateway__Dispatch__BackOffDelay", "00:00:00.100"),
        ("PushGateway__Dispatch__ProbeIntervalLimit", "00:00:01"),
        ("PushGateway__Dispatch__MaxAttempts", "1000"),
        ("PushGateway__Dispatch__RetryBudgetFloor", "10000"),
        ("PushGateway__Dispatch__QuotaRampUp", "00:00:00"),
        ("PushGateway__Fcm__MinimumRetryDelay", "00:00:00.200"),
        ("PushGateway__Apns__AttemptTimeout", "00:00:05"),
        ("PushGateway__Fcm__AttemptTimeout", "00:00:05"),
        ("PushGateway__Storage__CheckpointPages", Text(CheckpointPages)),
    ];

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"seed {Seed}, scale {Scale}: page {PageSize}, in flight {MaxDevicesInFlight}, retries in process {InProcessRetries}, checkpoint {CheckpointPages}, answers after {AnswerDelayMs} ms");
        foreach (var (audience, rate) in Audiences.Zip(Rates))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {audience.Channel}: {audience.Devices.Count} devices, rate {rate?.ToString(CultureInfo.InvariantCulture) ?? "free"}");
        }

        foreach (var delay in FirstStartKills)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  first start: killed after {delay} ms");
        }

        foreach (var (call, crash) in ImportCrashes)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  import call {call}: {crash}");
        }

        foreach (var (number, crash) in PublishCrashes)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  publish {number}: {crash}");
        }

        foreach (var moment in Moments)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {moment}");
        }

        foreach (var rule in Rules)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {rule}");
        }

        return text.ToString();
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private List<Audience> PlanAudiences(Random random)
    {
        List<Audience> audiences = [];
        var number = 0;
        for (var remaining = random.Next(2, 5); remaining > 0; remaining--)
        {
            var count = Scale * random.Next(300, 1_800);
            audiences.Add(Audience.Plan(random, $"c{audiences.Count}", number, count, secondAttempts: random.NextDouble() * 0.02));
            number += count;
        }

        return audiences;
    }

    private Dictionary<int, Crash> PlanCrashes(Random random, int calls, int oneIn, int maxDelayMs)
    {
        Dictionary<int, Crash> crashes = [];
        if (HasCrashes && random.Next(oneIn) == 0)
        {
            crashes[random.Next(calls)] = Crash.Plan(random, maxDelayMs);
        }

        return crashes;
    }

    private List<PlannedMoment> PlanMoments(Random random)
    {
        var devices = Audiences.Sum(audience => audience.Devices.Count);
        List<PlannedMoment> moments = [];
        void Add(FaultKind kind, Crash? crash = null) => moments.Add(new PlannedMoment(
            kind, random.Next(devices / 100, devices), random.Next(3) == 0 ? random.Next(1, 200) : 0, random.Next(Audiences.Count), random.Next(100, 2_000), crash));

        Crash? Maybe(int maxDelayMs) => HasCrashes && random.Next(2) == 0 ? Crash.Plan(random, maxDelayMs) : null;
        for (var round = 0; round < Scale; round++)
        {
            for (var crashes = HasCrashes ? random.Next(1, 4) : 0; crashes > 0; crashes--)
            {
                Add(FaultKind.Crash, Crash.Plan(random, 1));
            }

            for (var cuts = HasNetworkFaults ? random.Next(2, 6) : 0; cuts > 0; cuts--)
            {
                Add((FaultKind)random.Next((int)FaultKind.Cut, (int)FaultKind.ProviderDown + 1));
            }
        }

        if (random.Next(2) == 0)
        {
            Add(FaultKind.Pause, Maybe(10));
        }

        if (random.Next(3) == 0)
        {
            Add(FaultKind.Cancel, Maybe(10));
        }

        if (random.Next(3) == 0)
        {
            Add(FaultKind.DeleteApp, Maybe(10));
        }

        return [.. moments.OrderBy(moment => moment.AfterAccepted)];
    }

    private List<FaultRule> PlanRules(Random random)
    {
        List<FaultRule> rules = [];
        void Add(double probability, FaultAction action) => rules.Add(new FaultRule { Probability = probability, Seed = random.Next(), Action = action });
        if (random.Next(2) == 0)
        {
            Add(random.NextDouble() * 0.03, new FaultAction { Status = 503 });
        }

        if (random.Next(2) == 0)
        {
            Add(random.NextDouble() * 0.01, new FaultAction { Status = 429, RetryAfterSeconds = 1 });
        }

        if (random.Next(2) == 0)
        {
            // REFUSED_STREAM: not processed, for certain.
            Add(random.NextDouble() * 0.02, new FaultAction { ResetCode = 7 });
        }

        if (random.Next(2) == 0)
        {
            rules.Add(new FaultRule { EveryNth = random.Next(200, 1_000), Action = new FaultAction { CloseConnection = true } });
        }

        if (HasNetworkFaults && random.Next(2) == 0)
        {
            // INTERNAL_ERROR after the push was taken: nobody can know. Only good devices' are taken.
            foreach (var prefix in new[] { PlannedDevice.GoodApnsPrefix, PlannedDevice.GoodFcmPrefix })
            {
                rules.Add(new FaultRule
                {
                    TokenPrefix = prefix,
                    Probability = random.NextDouble() * 0.01,
                    Seed = random.Next(),
                    Action = new FaultAction { ResetCode = 2, CountAsAccepted = true },
                });
            }
        }

        if (AnswerDelayMs > 0)
        {
            rules.Add(new FaultRule { Action = new FaultAction { DelayMilliseconds = AnswerDelayMs } });
        }

        return rules;
    }
}
