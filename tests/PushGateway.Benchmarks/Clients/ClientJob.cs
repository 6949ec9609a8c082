namespace PushGateway.Benchmarks.Clients;

/// <summary>What a client process is to do; crosses to it as one line of JSON.</summary>
internal sealed record ClientJob
{
    public required Uri Endpoint { get; init; }

    /// <summary>PEM of the authority to trust.</summary>
    public required string Certificate { get; init; }

    /// <summary>Handlers of the baseline; 0 for the connection under test.</summary>
    public int BaselineHandlers { get; init; }

    public required int Connections { get; init; }

    /// <summary>Requests at once on a connection.</summary>
    public required int Streams { get; init; }

    public required int BodyBytes { get; init; }

    public bool IsAuthorizationLiteral { get; init; }

    /// <summary>Sent before the measured part.</summary>
    public required long WarmUp { get; init; }

    public required long Requests { get; init; }
}
