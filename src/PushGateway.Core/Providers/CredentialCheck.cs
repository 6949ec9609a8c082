namespace PushGateway.Core.Providers;

/// <summary>What proving a credential against the provider found.</summary>
/// <param name="Ok">The provider accepted the credential.</param>
/// <param name="Code">Stable word for programs: <c>ok</c>, <c>credential.refused</c>, <c>environment.mismatch</c>, <c>topic.disallowed</c>,
/// <c>project.unknown</c>, <c>permission.denied</c>, <c>endpoint.unreachable</c>, <c>endpoint.untrusted</c>, <c>clock.skewed</c>, <c>provider.unavailable</c>.</param>
/// <param name="Message">What is wrong and what to do about it, in words for an operator.</param>
/// <param name="Reason">The provider's own word, when it gave one.</param>
public sealed record CredentialCheck(bool Ok, string Code, string Message, string? Reason = null)
{
    /// <summary>Whether a check's code means that the provider could not be asked, or could not tell: that says nothing about the credential.</summary>
    public static bool IsInconclusive(string? code) => code is "endpoint.unreachable" or "provider.unavailable";
}
