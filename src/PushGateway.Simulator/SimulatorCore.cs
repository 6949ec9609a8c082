using PushGateway.Simulator.Counting;
using PushGateway.Simulator.Faults;

namespace PushGateway.Simulator;

/// <summary>What the simulated services share: clock, counters, faults, limits.</summary>
internal sealed class SimulatorCore(SimulatorOptions options, TimeProvider timeProvider, CancellationToken stopping)
{
    public TimeProvider TimeProvider { get; } = timeProvider;

    public Scoreboard Scoreboard { get; } = new(options, timeProvider);

    public FaultScript Faults { get; } = new(timeProvider);

    public FaultPerformer FaultPerformer { get; } = new(timeProvider, stopping);

    public QuotaGate Quotas { get; } = new(timeProvider, options.Quotas);

    /// <summary>Attempts at the well-known tokens that fail once.</summary>
    public TokenTally FirstAttempts { get; } = new();

    /// <summary>Forgets counts and what rules have seen; rules, quotas and credentials stay.</summary>
    public void Reset()
    {
        Scoreboard.Reset();
        Faults.Rearm();
        Quotas.Reset();
        FirstAttempts.Clear();
    }
}
