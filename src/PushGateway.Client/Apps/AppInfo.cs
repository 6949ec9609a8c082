namespace PushGateway.Client.Apps;

/// <summary>One mobile application.</summary>
public sealed record AppInfo
{
    public required string Id { get; init; }

    public string? Name { get; init; }

    /// <summary>Notifications a second over all its events and providers; <see langword="null"/> when there is no limit.</summary>
    public int? MaxRatePerSecond { get; init; }
}

/// <summary>What is said about an app.</summary>
public sealed record AppSpec
{
    /// <summary>For people, 1 to 200 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Notifications a second over all its events and providers, 1 to 1,000,000; <see langword="null"/> for no limit.</summary>
    public int? MaxRatePerSecond { get; init; }
}
