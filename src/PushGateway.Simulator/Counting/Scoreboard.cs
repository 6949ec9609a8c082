using PushGateway.Simulator.Hosting;

namespace PushGateway.Simulator.Counting;

/// <summary>Everything counted and remembered, for all three services.</summary>
internal sealed class Scoreboard
{
    private readonly SimulatorOptions _options;
    private readonly TimeProvider _timeProvider;
    private ProviderTotals[] _totals;

    public Scoreboard(SimulatorOptions options, TimeProvider timeProvider)
    {
        _options = options;
        _timeProvider = timeProvider;
        _totals = Create();
        Recent = new RecentPushRing(options.RecentPushes, timeProvider);
    }

    public RecentPushRing Recent { get; }

    public ConnectionRegistry Apns { get; } = new();

    public ConnectionRegistry Fcm { get; } = new();

    public ConnectionRegistry OAuth { get; } = new();

    public ProviderTotals TotalsOf(SimulatedProvider provider) => Volatile.Read(ref _totals)[(int)provider];

    public ConnectionRegistry ConnectionsOf(SimulatedProvider provider) => provider switch
    {
        SimulatedProvider.Apns => Apns,
        SimulatedProvider.Fcm => Fcm,
        _ => OAuth,
    };

    public void Reset()
    {
        Volatile.Write(ref _totals, Create());
        Recent.Clear();
        Apns.Totals.Reset();
        Fcm.Totals.Reset();
        OAuth.Totals.Reset();
    }

    public SimulatorCounters Snapshot()
    {
        var apns = TotalsOf(SimulatedProvider.Apns).Snapshot(Apns.Totals);
        var fcm = TotalsOf(SimulatedProvider.Fcm).Snapshot(Fcm.Totals);
        return new SimulatorCounters
        {
            Accepted = apns.Accepted + fcm.Accepted,
            DistinctAccepted = apns.DistinctAccepted + fcm.DistinctAccepted,
            AcceptedMoreThanOnce = apns.AcceptedMoreThanOnce + fcm.AcceptedMoreThanOnce,
            Apns = apns,
            Fcm = fcm,
            OAuth = TotalsOf(SimulatedProvider.OAuth).Snapshot(OAuth.Totals),
        };
    }

    private ProviderTotals[] Create() =>
        [.. Enum.GetValues<SimulatedProvider>().Order().Select(_ => new ProviderTotals(_timeProvider, _options.RememberTokens))];
}
