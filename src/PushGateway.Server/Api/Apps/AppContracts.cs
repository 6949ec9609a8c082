namespace PushGateway.Server.Api.Apps;

/// <summary>What is said about an app.</summary>
internal sealed record AppRequest
{
    /// <summary>For people, 1 to 200 characters.</summary>
    public string? Name { get; init; }
}

/// <param name="Providers">Those it has a credential for.</param>
internal sealed record AppResponse(string Id, string Name, DateTimeOffset CreatedAt, IReadOnlyList<string> Providers);
