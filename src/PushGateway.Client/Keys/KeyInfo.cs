namespace PushGateway.Client.Keys;

/// <summary>An API key as listed: never the key itself.</summary>
public sealed record KeyInfo
{
    public required string Id { get; init; }

    public string? Name { get; init; }

    /// <summary>Of <c>admin</c>, <c>publish</c>, <c>devices</c>, <c>read</c>.</summary>
    public IReadOnlyList<string> Scopes { get => field ?? []; init; }

    /// <summary>The app it is for; <see langword="null"/> for a key of all apps.</summary>
    public string? App { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When a request last came with it; <see langword="null"/> for never. Recorded about once a minute.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>A key just made. This is the only time it is shown.</summary>
public sealed record CreatedKey(string Id, string Key)
{
    public string? Name { get; init; }

    /// <summary>Of <c>admin</c>, <c>publish</c>, <c>devices</c>, <c>read</c>.</summary>
    public IReadOnlyList<string> Scopes { get => field ?? []; init; }

    /// <summary>The app it is for; <see langword="null"/> for a key of all apps.</summary>
    public string? App { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public override string ToString() => $"API key {Id}";
}

internal sealed record KeyRequest(string Name, IReadOnlyList<string> Scopes, string? App);
