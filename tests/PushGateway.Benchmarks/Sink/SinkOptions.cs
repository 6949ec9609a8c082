namespace PushGateway.Benchmarks.Sink;

/// <summary>How a sink answers.</summary>
internal sealed record SinkOptions
{
    /// <summary>Streams at once that a client may open on one connection; announced in SETTINGS. Default 1,000, as APNs allows.</summary>
    public int Streams { get; init; } = 1_000;

    /// <summary>Time from a request's last byte to its answer; zero answers at once. Default zero.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Whether answers carry an <c>apns-id</c>, as those of APNs do.</summary>
    public bool HasApnsId { get; init; }

    /// <summary>Events whose numbers are noted as they come, 0 for none; see <see cref="Arrivals"/>. Default 0.</summary>
    public int Arrivals { get; init; }

    /// <summary>Whose refusals are mixed into the answers, see <see cref="FaultAnswers"/>; not together with a delay. Default none.</summary>
    public FaultKind Faults { get; init; }
}
