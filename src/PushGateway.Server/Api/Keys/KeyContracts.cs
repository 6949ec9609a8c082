namespace PushGateway.Server.Api.Keys;

/// <summary>A key to be made.</summary>
internal sealed record KeyRequest
{
    /// <summary>What it is for, 1 to 200 characters.</summary>
    public string? Name { get; init; }

    /// <summary>Of admin, publish, devices, read.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>The app it is for; absent for an admin key, which is for all.</summary>
    public string? App { get; init; }
}

/// <summary>A key just made. This is the only time it is shown.</summary>
internal sealed record CreatedKeyResponse(string Id, string Key, string Name, IReadOnlyList<string> Scopes, string? App, DateTimeOffset CreatedAt);

/// <summary>A key as listed: never the key itself.</summary>
/// <param name="LastUsedAt">When a request last came with it; null for never. Recorded about once a minute.</param>
internal sealed record KeyResponse(string Id, string Name, IReadOnlyList<string> Scopes, string? App, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);
