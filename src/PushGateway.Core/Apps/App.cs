using PushGateway.Core.Providers;

namespace PushGateway.Core.Apps;

/// <summary>One mobile application: everything else belongs to exactly one.</summary>
public sealed record App
{
    /// <summary>The store's own number for the app; never reused.</summary>
    public required int Key { get; init; }

    /// <summary>The id its publisher chose.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whose tokens it takes for its subscribers; <see langword="null"/> for the gateway's own only.</summary>
    public AppIdentity? Identity { get; init; }

    public AppLimits Limits { get; init; } = AppLimits.None;

    /// <summary>Credentials by provider, decrypted; a snapshot that is never changed in place.</summary>
    public IReadOnlyDictionary<ProviderKind, ProviderCredential> Credentials { get; init; } = EmptyCredentials;

    public static IReadOnlyDictionary<ProviderKind, ProviderCredential> EmptyCredentials { get; } =
        new Dictionary<ProviderKind, ProviderCredential>(0);

    public ProviderCredential? CredentialFor(ProviderKind provider) => Credentials.GetValueOrDefault(provider);
}
