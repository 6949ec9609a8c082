using PushGateway.Core.Providers;

namespace PushGateway.Providers.Apns.Answers;

/// <summary>What one answer of APNs means.</summary>
/// <param name="Connection">What becomes of the connection it came over.</param>
/// <param name="Scope">Whom a temporary outcome is about.</param>
internal readonly record struct ApnsRule(
    OutcomeKind Outcome,
    TokenVerdict Token = TokenVerdict.Keep,
    CredentialVerdict Credential = CredentialVerdict.Keep,
    ApnsConnection Connection = ApnsConnection.Keep,
    OutcomeScope Scope = OutcomeScope.Unclear);

internal enum ApnsConnection : byte
{
    Keep = 0,

    /// <summary>This attempt is repeated at once over a new connection.</summary>
    Replace,

    /// <summary>So it is, and nothing more is begun over the old one: it is tied to another key.</summary>
    ReplaceFirst,
}
