using System.Text.Json;
using System.Text.Json.Serialization;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Live;

/// <summary>What came of a message that a SignalR client sent: one member of the two.</summary>
internal sealed record LiveSent
{
    /// <summary>As everybody gets it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Message { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LiveRefusal? Error { get; init; }

    public static LiveSent Refused(ApiProblem problem) => new() { Error = new LiveRefusal(problem.Code, problem.Detail) };
}

/// <summary>Why, for programs and for people.</summary>
internal sealed record LiveRefusal(string Code, string Detail);
