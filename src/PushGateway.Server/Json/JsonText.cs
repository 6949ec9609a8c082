using System.Text.Json;
using System.Text.Unicode;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Json;

/// <summary>Parses JSON strictly (RFC 8259): UTF-8, no comments, no trailing commas, bounded depth, strings that are text.</summary>
internal static class JsonText
{
    /// <summary>Name of the body itself where an error is about no single field.</summary>
    public const string Root = "$";

    public static bool TryParse(ReadOnlyMemory<byte> utf8, int maxDepth, out JsonElement root, out ApiProblem? problem)
    {
        root = default;
        problem = Check(utf8.Span, maxDepth);
        if (problem is not null)
        {
            return false;
        }

        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = maxDepth });
        root = document.RootElement.Clone();
        return true;
    }

    /// <summary>One pass over the tokens: after it, no later reading of the same bytes can fail.</summary>
    private static ApiProblem? Check(ReadOnlySpan<byte> utf8, int maxDepth)
    {
        if (utf8.IsEmpty)
        {
            return ApiProblem.Invalid(Root, "body.missing", "The request needs a JSON body.");
        }

        if (!Utf8.IsValid(utf8))
        {
            return ApiProblem.Invalid(Root, "json.invalidUtf8", "The body is not UTF-8.");
        }

        // One level more than allowed, so that too deep can be told from malformed.
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = maxDepth + 1 });
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth >= maxDepth && reader.TokenType is (JsonTokenType.StartObject or JsonTokenType.StartArray))
                {
                    return ApiProblem.Invalid(Root, "json.tooDeep", $"The body is nested deeper than {maxDepth} levels.");
                }

                if (reader.TokenType is (JsonTokenType.String or JsonTokenType.PropertyName) && reader.ValueIsEscaped && !IsText(ref reader))
                {
                    return ApiProblem.Invalid(
                        Root, "json.malformed", $"The string before byte {reader.BytesConsumed} has an escape that is no character (half of a surrogate pair).");
                }
            }

            return null;
        }
        catch (JsonException malformed)
        {
            return ApiProblem.Invalid(
                Root, "json.malformed", $"The body is not JSON: it breaks at line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1} of that line.");
        }
    }

    private static bool IsText(ref Utf8JsonReader reader)
    {
        try
        {
            _ = reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
