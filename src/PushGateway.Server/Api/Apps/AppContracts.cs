namespace PushGateway.Server.Api.Apps;

/// <summary>What is said about an app.</summary>
internal sealed record AppRequest
{
    /// <summary>For people, 1 to 200 characters.</summary>
    public string? Name { get; init; }

    /// <summary>Notifications a second over all events and providers of the app, 1 to 1,000,000; no limit when absent.</summary>
    public int? MaxRatePerSecond { get; init; }
}

/// <param name="Providers">Those it has a credential for.</param>
internal sealed record AppResponse(string Id, string Name, DateTimeOffset CreatedAt, IReadOnlyList<string> Providers)
{
    /// <summary>Notifications a second over all events and providers of the app; null when there is no limit.</summary>
    public int? MaxRatePerSecond { get; init; }
}
