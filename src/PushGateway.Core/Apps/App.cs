using PushGateway.Core.Providers;

namespace PushGateway.Core.Apps;

/// <summary>One mobile application: everything else belongs to exactly one.</summary>
public sealed record App
{
    private static readonly Dictionary<ProviderKind, CredentialHistory> s_noHistories = [];

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

    /// <summary>Of each of <see cref="Credentials"/>, its age and the one before.</summary>
    public IReadOnlyDictionary<ProviderKind, CredentialHistory> CredentialHistories { get; init; } = s_noHistories;

    public static IReadOnlyDictionary<ProviderKind, ProviderCredential> EmptyCredentials { get; } =
        new Dictionary<ProviderKind, ProviderCredential>(0);

    public ProviderCredential? CredentialFor(ProviderKind provider) => Credentials.GetValueOrDefault(provider);

    public CredentialHistory? HistoryOf(ProviderKind provider) => CredentialHistories.GetValueOrDefault(provider);

    /// <summary>The credential that can be used again, or <see langword="null"/>.</summary>
    public PreviousCredential? PreviousFor(ProviderKind provider, DateTimeOffset now) =>
        HistoryOf(provider)?.Previous is { } previous && now < previous.KeptUntil ? previous : null;
}
