using PushGateway.Core.Keys;

namespace PushGateway.Storage.Entities;

/// <summary>An API key: its hash, never the key.</summary>
internal sealed class ApiKeyRow
{
    public required string KeyId { get; set; }

    public required string Name { get; set; }

    public ApiKeyScopes Scopes { get; set; }

    public int? AppKey { get; set; }

    public long CreatedAtMs { get; set; }

    public required byte[] Hash { get; set; }

    public long? LastUsedAtMs { get; set; }
}
