using System.Text.Json;
using System.Text.Json.Serialization;
using PushGateway.Live;

namespace PushGateway.Server.Api.Live;

/// <summary>What a SignalR client is sent: <c>event</c> says which of the others are there.</summary>
internal sealed record LiveItem
{
    /// <summary>state, message, presence or end.</summary>
    public required string Event { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Recovered { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Sequence { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Message { get; init; }

    /// <summary>Members there are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Count { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Joined { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Left { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>The reason in words, where the client has to do something about it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }

    public static LiveItem State(bool isRecovered, long cursor) => new() { Event = "state", Recovered = isRecovered, Sequence = cursor };

    public static LiveItem Of(LiveFrame frame) => new() { Event = "message", Sequence = frame.Sequence, Message = frame.Element };

    public static LiveItem Presence(int count, IReadOnlyList<string> joined, IReadOnlyList<string> left) =>
        new() { Event = "presence", Count = count, Joined = joined, Left = left };

    public static LiveItem End(string reason, string? detail = null) => new() { Event = "end", Reason = reason, Detail = detail };
}
