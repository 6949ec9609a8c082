namespace PushGateway.Live;

/// <summary>The ways to be connected: a closed set, for metrics.</summary>
public sealed record LiveTransport
{
    private LiveTransport(string name) => Name = name;

    public static LiveTransport ServerSentEvents { get; } = new("sse");

    public static LiveTransport WebSocket { get; } = new("websocket");

    public static LiveTransport SignalR { get; } = new("signalr");

    public static LiveTransport Grpc { get; } = new("grpc");

    public static LiveTransport Polling { get; } = new("polling");

    public string Name { get; }
}
