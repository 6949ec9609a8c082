using System.Text.Json.Serialization;

namespace PushGateway.Simulator;

/// <summary>Counters of the whole simulator at one moment.</summary>
public sealed record SimulatorCounters
{
    /// <summary>Pushes accepted by APNs and FCM together.</summary>
    public long Accepted { get; init; }

    /// <summary>Tokens that had at least one push accepted; 0 when tokens are not remembered.</summary>
    public long DistinctAccepted { get; init; }

    /// <summary>Tokens that had more than one push accepted; 0 when tokens are not remembered.</summary>
    public long AcceptedMoreThanOnce { get; init; }

    /// <summary>APNs.</summary>
    public required ProviderCounters Apns { get; init; }

    /// <summary>FCM.</summary>
    public required ProviderCounters Fcm { get; init; }

    /// <summary>The OAuth token endpoint; an access token issued counts as accepted.</summary>
    [JsonPropertyName("oauth")]
    public required ProviderCounters OAuth { get; init; }
}
