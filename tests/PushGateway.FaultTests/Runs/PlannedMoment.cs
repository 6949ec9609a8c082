namespace PushGateway.FaultTests.Runs;

internal enum FaultKind
{
    Crash,
    Pause,
    Cancel,
    DeleteApp,

    // The network's, in one row.
    Cut,
    Stall,
    Truncate,
    ProviderDown,
}

/// <summary>Something that is done to a run once the provider has accepted so many pushes.</summary>
/// <param name="AfterAccepted">Counted by the provider.</param>
/// <param name="ThenMs">And then this long.</param>
/// <param name="Event">Number of the event it is about, if it is about one.</param>
/// <param name="Measure">Milliseconds or bytes, as the kind needs.</param>
/// <param name="Crash">For a request to the gateway: how that dies over it.</param>
internal sealed record PlannedMoment(FaultKind Kind, int AfterAccepted, int ThenMs, int Event, int Measure, Crash? Crash);

/// <summary>One end of the gateway's process.</summary>
/// <param name="IsKill">SIGKILL; otherwise SIGTERM, which repeats nothing.</param>
/// <param name="DelayMs">How long after the request that it meets.</param>
/// <param name="StartKills">The next processes die this many milliseconds after their start, ready or not.</param>
internal sealed record Crash(bool IsKill, int DelayMs, IReadOnlyList<int> StartKills)
{
    public static Crash Plan(Random random, int maxDelayMs) => new(
        random.Next(6) > 0, random.Next(maxDelayMs + 1), random.Next(5) == 0 ? [random.Next(100, 1_200)] : []);

    public override string ToString() => $"{(IsKill ? "kill" : "stop")} after {DelayMs} ms, starts killed after [{string.Join(", ", StartKills)}] ms";
}
