namespace PushGateway.Client.Apps;

/// <summary>What proving a credential against its provider found.</summary>
public sealed record CredentialCheckResult
{
    public bool Ok { get; init; }

    /// <summary>Stable word for programs, such as <c>credential.refused</c>.</summary>
    public string? Code { get; init; }

    /// <summary>What is wrong, in words.</summary>
    public string? Message { get; init; }

    /// <summary>The provider's own word; <see langword="null"/> when it said none.</summary>
    public string? Reason { get; init; }
}
