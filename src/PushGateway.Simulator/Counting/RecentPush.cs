namespace PushGateway.Simulator;

/// <summary>One request as it arrived, and what it was answered; for inspection.</summary>
public sealed record RecentPush
{
    /// <summary>Who was asked.</summary>
    public required SimulatedProvider Provider { get; init; }

    /// <summary>When, by the simulator's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The path, for example <c>/3/device/…</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The device token; empty when the request did not get as far as naming one.</summary>
    public required string Token { get; init; }

    /// <summary>Request headers as received.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The body as UTF-8 text, at most the first 8 KiB.</summary>
    public required string Payload { get; init; }

    /// <summary>HTTP status of the answer; 0 when there was none.</summary>
    public required int Status { get; init; }

    /// <summary>The provider's word for a refusal; null when accepted.</summary>
    public string? Reason { get; init; }
}
