namespace PushGateway.Benchmarks.Sink;

/// <summary>Whose refusals a sink mixes into its answers.</summary>
internal enum FaultKind
{
    /// <summary>None: every request is accepted.</summary>
    None = 0,
    Apns,
    Fcm,
}
