using PushGateway.Core.Providers;

namespace PushGateway.Core.Apps;

/// <summary>How old a credential is, and the one that it replaced.</summary>
/// <param name="SetAt">When the credential came here. Putting the same again does not make it younger, and neither does going back to it.</param>
/// <param name="Previous"><see langword="null"/> when it replaced none, or that one is not kept any more.</param>
public sealed record CredentialHistory(DateTimeOffset SetAt, PreviousCredential? Previous)
{
    /// <summary>A credential that is this old should be replaced: neither APNs keys nor service accounts expire by themselves.</summary>
    public static readonly TimeSpan RotationAge = TimeSpan.FromDays(365);

    /// <summary>Whether it is time for another one.</summary>
    public bool IsRotationDue(DateTimeOffset now) => now - SetAt >= RotationAge;
}

/// <summary>A credential that was replaced, and can be used again until it is removed.</summary>
/// <param name="Credential">With the version that it had.</param>
/// <param name="SetAt">When it came here.</param>
/// <param name="ReplacedAt">When another one took its place.</param>
/// <param name="KeptUntil">From then on it cannot be used again, and is removed within the hour.</param>
public sealed record PreviousCredential(ProviderCredential Credential, DateTimeOffset SetAt, DateTimeOffset ReplacedAt, DateTimeOffset KeptUntil);
