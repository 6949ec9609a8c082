using System.Text.Json.Serialization;

namespace PushGateway.Server.Problems;

/// <summary>An error answer (RFC 9457, <c>application/problem+json</c>).</summary>
internal sealed record ProblemDocument
{
    /// <summary>The status in words.</summary>
    public required string Title { get; init; }

    public required int Status { get; init; }

    /// <summary>What is wrong with this request, in words.</summary>
    public required string Detail { get; init; }

    /// <summary>Stable word for programs, such as <c>audience.ambiguous</c>; with field errors, that of the first.</summary>
    public required string Code { get; init; }

    /// <summary>What is wrong field by field; absent when the problem is not about fields.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FieldError>? Errors { get; init; }

    /// <summary>Also in the header <c>X-Request-Id</c> and in the log.</summary>
    public required string RequestId { get; init; }
}
