namespace PushGateway.Core.Keys;

/// <summary>What an API key may do.</summary>
[Flags]
public enum ApiKeyScopes
{
    None = 0,
    Publish = 1,
    Devices = 2,
    Read = 4,

    /// <summary>Everything, in every app.</summary>
    Admin = 8,
}

/// <summary>An API key as stored: never the key itself, only its SHA-256.</summary>
public sealed record ApiKey
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required ApiKeyScopes Scopes { get; init; }

    /// <summary>The app it is for; <see langword="null"/> only with <see cref="ApiKeyScopes.Admin"/>.</summary>
    public string? AppId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a request last came with it; <see langword="null"/> for never. Recorded about once a minute, so that a crash may lose the last one.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>SHA-256 of the key's UTF-8 bytes, 32 bytes. The keys are random, so a slow hash would add nothing.</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }
}

/// <summary>Persistence of API keys; look-ups are served from memory.</summary>
public interface IApiKeyStore
{
    /// <param name="hash">SHA-256 of the presented key.</param>
    ApiKey? FindByHash(ReadOnlySpan<byte> hash);

    IReadOnlyList<ApiKey> List();

    Task AddAsync(ApiKey key, CancellationToken cancellationToken);

    /// <returns><see langword="false"/> when there was none.</returns>
    Task<bool> RemoveAsync(string id, CancellationToken cancellationToken);

    /// <summary>Notes that the key was used, in memory: <see cref="List"/> says so from now on. Quick, never fails, safe for concurrent use.</summary>
    void MarkUsed(ApiKey key, DateTimeOffset at);

    /// <summary>Writes what <see cref="MarkUsed"/> has noted since it was last written, all keys in one transaction; nothing when there is nothing.</summary>
    /// <exception cref="StoreUnavailableException">It is written next time.</exception>
    Task RecordUsesAsync(CancellationToken cancellationToken);
}
