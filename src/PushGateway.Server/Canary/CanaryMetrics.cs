using System.Diagnostics.Metrics;

namespace PushGateway.Server.Canary;

/// <summary>What the canary has found. There are no such metrics without a canary.</summary>
internal sealed class CanaryMetrics
{
    private const string MeterName = "PushGateway.Canary";

    private static readonly CanaryOutcome[] s_outcomes = Enum.GetValues<CanaryOutcome>();

    private readonly long[] _runs = new long[s_outcomes.Length];
    private readonly Histogram<double> _duration;
    private long _lastSuccessMs;

    /// <param name="meters">Disposes of the meter in the end.</param>
    /// <param name="now">The last success, until there is one: what never succeeds is late from the start on.</param>
    public CanaryMetrics(IMeterFactory meters, TimeSpan interval, DateTimeOffset now)
    {
        _lastSuccessMs = now.ToUnixTimeMilliseconds();
        var meter = meters.Create(MeterName);
        _duration = meter.CreateHistogram(
            "pushgateway.canary.duration", "s", "From the canary's publish until a provider accepted it.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] });
        meter.CreateObservableCounter(
            "pushgateway.canary.runs",
            () => s_outcomes.Select(outcome => new Measurement<long>(Interlocked.Read(ref _runs[(int)outcome]), new KeyValuePair<string, object?>("result", Name(outcome)))),
            "{run}", "Runs of the canary, by result: accepted, late or failed.");
        meter.CreateObservableGauge(
            "pushgateway.canary.last_success.timestamp", () => Interlocked.Read(ref _lastSuccessMs) / 1000.0, "s", "When the canary was last accepted, in Unix time; the start before that.");
        meter.CreateObservableGauge("pushgateway.canary.interval", () => interval.TotalSeconds, "s", "From one run of the canary to the next, by the setting.");
    }

    public void Record(in CanaryResult result, DateTimeOffset now)
    {
        if (result.Outcome == CanaryOutcome.Accepted)
        {
            _duration.Record(result.Duration.TotalSeconds);
            Interlocked.Exchange(ref _lastSuccessMs, now.ToUnixTimeMilliseconds());
        }

        // Last: whoever sees the run finds the rest of it.
        Interlocked.Increment(ref _runs[(int)result.Outcome]);
    }

    private static string Name(CanaryOutcome outcome) => outcome switch
    {
        CanaryOutcome.Accepted => "accepted",
        CanaryOutcome.Late => "late",
        _ => "failed",
    };
}
