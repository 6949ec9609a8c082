using System.Text.Json.Nodes;

namespace PushGateway.Admin.Actions;

/// <summary>What came of an action: its result, or the refusal in the words of the HTTP API.</summary>
/// <param name="Code">The API's stable word for the refusal; <see langword="null"/> when it was done.</param>
/// <param name="Detail">The refusal in words.</param>
/// <param name="Errors">What is wrong field by field.</param>
/// <param name="Body">What the API would have answered with; <see langword="null"/> when that is nothing.</param>
public sealed record Answer(string? Code, string? Detail, IReadOnlyList<AnswerError> Errors, JsonNode? Body)
{
    public bool Ok => Code is null;

    public static Answer Done(JsonNode? body = null) => new(null, null, [], body);

    public static Answer Refused(string code, string detail, IReadOnlyList<AnswerError>? errors = null) => new(code, detail, errors ?? [], null);

    /// <summary>What is wrong with a field, or with what is below it; <see langword="null"/> when nothing is.</summary>
    public string? ErrorOf(string field) => Errors.FirstOrDefault(error =>
        error.Field == field || error.Field.StartsWith(field + ".", StringComparison.Ordinal) || error.Field.StartsWith(field + "[", StringComparison.Ordinal))?.Detail;
}

/// <param name="Field">The contract's name with its whole path.</param>
public sealed record AnswerError(string Field, string Code, string Detail);
