namespace PushGateway.Client.Apps;

/// <summary>One mobile application.</summary>
public sealed record AppInfo
{
    public required string Id { get; init; }

    public string? Name { get; init; }
}

internal sealed record AppName(string Name);
