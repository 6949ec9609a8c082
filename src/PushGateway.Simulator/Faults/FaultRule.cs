namespace PushGateway.Simulator;

/// <summary>
/// Says which requests get which fault. All conditions given must hold; the first rule in order of adding that fires wins.
/// Rules are asked after the request has passed validation, so a request that is wrong is always told so.
/// </summary>
public sealed record FaultRule
{
    /// <summary>Name to remove the rule by; made up when absent. Adding a rule with the id of another replaces it.</summary>
    public string? Id { get; init; }

    /// <summary>Only this provider; null is any of them.</summary>
    public SimulatedProvider? Provider { get; init; }

    /// <summary>Only tokens that begin so. Case-insensitive for APNs, exact for the others.</summary>
    public string? TokenPrefix { get; init; }

    /// <summary>Only tokens that end so. Case-insensitive for APNs, exact for the others.</summary>
    public string? TokenSuffix { get; init; }

    /// <summary>Only tokens in which this regular expression (linear-time subset of .NET's) finds something.</summary>
    public string? TokenPattern { get; init; }

    /// <summary>Not before this instant.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>No longer at or after this instant.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Fire for the n-th, 2n-th, 3n-th… request that meets the conditions above.</summary>
    public int? EveryNth { get; init; }

    /// <summary>Fire with this probability, 0 to 1.</summary>
    public double? Probability { get; init; }

    /// <summary>Seed of the random numbers of <see cref="Probability"/>; the same seed and order of requests give the same faults. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>Fire only for the first attempts of each token, this many.</summary>
    public int? FirstAttemptsPerToken { get; init; }

    /// <summary>Fire this many times in all, then never again.</summary>
    public int? Times { get; init; }

    /// <summary>What happens to the request.</summary>
    public required FaultAction Action { get; init; }
}
