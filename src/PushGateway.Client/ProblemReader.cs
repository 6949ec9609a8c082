using System.Net;
using System.Text.Json;
using PushGateway.Client.Events;

namespace PushGateway.Client;

/// <summary>Turns an error answer (RFC 9457 problem document, or whatever a proxy in between said) into an exception.</summary>
internal static class ProblemReader
{
    /// <summary>A problem document is far smaller; what a proxy may send in its place is not read on past this, in bytes.</summary>
    private const int MaxBytes = 64 * 1024;

    public static async Task<PushGatewayApiException> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var isJson = response.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json";
        if (!isJson)
        {
            return WithoutDocument(response);
        }

        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var buffer = new byte[MaxBytes];
            var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
            return FromDocument(response, document.RootElement);
        }
        catch (JsonException)
        {
            return WithoutDocument(response);
        }
    }

    private static PushGatewayApiException FromDocument(HttpResponseMessage response, JsonElement problem)
    {
        if (problem.ValueKind != JsonValueKind.Object)
        {
            return WithoutDocument(response);
        }

        var errors = ReadErrors(problem);
        var message = Message(problem, errors) ?? StatusText(response);
        return new PushGatewayApiException(response.StatusCode, Text(problem, "code"), message, errors, Text(problem, "requestId"));
    }

    /// <summary>A problem document inside an answer.</summary>
    public static EventRefusal ToRefusal(int status, JsonElement? document)
    {
        if (document is not { ValueKind: JsonValueKind.Object } problem)
        {
            return new EventRefusal((HttpStatusCode)status, null, $"The answer was {status}.", []);
        }

        var errors = ReadErrors(problem);
        return new EventRefusal(
            (HttpStatusCode)status, Text(problem, "code"), Message(problem, errors) ?? $"The answer was {status}.", errors);
    }

    /// <returns><see langword="null"/> when the document does not say.</returns>
    private static string? Message(JsonElement problem, List<FieldError> errors)
    {
        var text = Text(problem, "detail") ?? Text(problem, "title");
        var fields = string.Join("; ", errors.Select(error => $"{error.Field}: {error.Detail}"));
        return fields.Length == 0 || text is null ? text : $"{text} ({fields})";
    }

    private static List<FieldError> ReadErrors(JsonElement problem)
    {
        if (!problem.TryGetProperty("errors", out var errors) || errors.ValueKind != JsonValueKind.Array)
        {
            return [];
        }

        return [.. errors.EnumerateArray()
            .Where(error => error.ValueKind == JsonValueKind.Object)
            .Select(error => new FieldError(Text(error, "field") ?? string.Empty, Text(error, "code"), Text(error, "detail") ?? string.Empty))];
    }

    private static string? Text(JsonElement problem, string name) =>
        problem.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static PushGatewayApiException WithoutDocument(HttpResponseMessage response) =>
        new(response.StatusCode, null, StatusText(response), [], null);

    private static string StatusText(HttpResponseMessage response) =>
        $"The answer was {(int)response.StatusCode} {response.ReasonPhrase ?? response.StatusCode.ToString()}.";
}
