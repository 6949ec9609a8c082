using System.Text.Json;

namespace PushGateway.FaultTests.Live;

/// <summary>What a client is told, over whatever transport: a message with a key, or where the stream stands.</summary>
/// <param name="Key">What the publisher wrote into the message; <see langword="null"/> for a state.</param>
/// <param name="IsRecovered">Of a state.</param>
internal readonly record struct LiveStreamItem(long Sequence, string? Key, bool IsRecovered)
{
    /// <summary>Under which the publisher's key stands in the data.</summary>
    public const string KeyName = "key";

    public static LiveStreamItem State(bool isRecovered, long sequence) => new(sequence, null, isRecovered);

    public static LiveStreamItem Message(long sequence, string key) => new(sequence, key, true);

    /// <summary>Of an object with an <c>event</c>, as WebSockets and SignalR have it.</summary>
    /// <returns><see langword="null"/> for what says nothing.</returns>
    /// <exception cref="LiveStreamEnded">The gateway has ended the stream.</exception>
    public static LiveStreamItem? Of(JsonElement json) => json.GetProperty("event").GetString() switch
    {
        "state" => State(json.GetProperty("recovered").GetBoolean(), json.GetProperty("sequence").GetInt64()),
        "message" => Message(
            json.GetProperty("message").GetProperty("sequence").GetInt64(), json.GetProperty("message").GetProperty("data").GetProperty(KeyName).GetString()!),
        "end" => throw new LiveStreamEnded(json.GetProperty("reason").GetString()!),
        _ => null,
    };
}
