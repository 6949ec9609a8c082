using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.Http;
using CloudNative.CloudEvents.SystemTextJson;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Takes the CloudEvents 1.0 envelope off: structured mode in the body, binary mode in <c>ce-</c> headers.</summary>
internal static class CloudEventEnvelope
{
    private const string SpecVersion = "specversion";
    private const string HeaderPrefix = "ce-";
    private const string SpecVersionHeader = $"{HeaderPrefix}{SpecVersion}";
    private const string Invalid = "cloudEvent.invalid";

    private static readonly JsonEventFormatter s_formatter = new();

    public static bool IsBinaryMode(HttpRequest request) => request.Headers.ContainsKey(SpecVersionHeader);

    public static bool TryOpen(
        JsonElement structured, int maxDepth, [NotNullWhen(true)] out CloudEvent? envelope, out JsonElement data, out ApiProblem? problem)
    {
        (envelope, data, problem) = (null, default, null);
        try
        {
            envelope = s_formatter.ConvertFromJsonElement(structured, null);
        }
        catch (Exception invalid) when (invalid is ArgumentException or InvalidOperationException or FormatException or JsonException)
        {
            problem = ApiProblem.Invalid(JsonText.Root, Invalid, $"The CloudEvent is not valid: {invalid.Message}");
            return false;
        }

        switch (envelope.Data)
        {
            case JsonElement element:
                data = element;
                return true;
            case byte[] bytes when JsonText.TryParse(bytes, maxDepth, out data, out _):
                return true;
            default:
                problem = ApiProblem.Invalid("data", "cloudEvent.data", "The data of the CloudEvent must be the event as a JSON object.");
                return false;
        }
    }

    public static bool TryReadHeaders(HttpRequest request, [NotNullWhen(true)] out CloudEvent? envelope, out ApiProblem? problem) => TryReadHeaders(
        request.Headers.Select(header => (header.Key, header.Value.ToString())), HeaderPrefix, HttpUtilities.DecodeHeaderValue, out envelope, out problem);

    /// <param name="prefix">Of the headers that are attributes.</param>
    /// <param name="decode">From the form that a value has in a header.</param>
    public static bool TryReadHeaders(
        IEnumerable<(string Name, string Value)> headers, string prefix, Func<string, string> decode, [NotNullWhen(true)] out CloudEvent? envelope, out ApiProblem? problem)
    {
        (envelope, problem) = (null, null);
        var attributes = headers.Where(header => header.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).ToList();
        var specVersion = attributes.FirstOrDefault(header => header.Name.AsSpan(prefix.Length).Equals(SpecVersion, StringComparison.OrdinalIgnoreCase)).Value;
        if (CloudEventsSpecVersion.FromVersionId(specVersion) is not { } version)
        {
            problem = ApiProblem.Invalid($"{prefix}{SpecVersion}", Invalid, "The version of CloudEvents must be 1.0.");
            return false;
        }

        var read = new CloudEvent(version);
        foreach (var (header, value) in attributes)
        {
            if (header.AsSpan(prefix.Length).Equals(SpecVersion, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            try
            {
                read.SetAttributeFromString(header[prefix.Length..].ToLowerInvariant(), decode(value));
            }
            catch (Exception invalid) when (invalid is ArgumentException or FormatException or InvalidOperationException)
            {
                problem = ApiProblem.Invalid(header, Invalid, $"The header is no CloudEvents attribute: {invalid.Message}");
                return false;
            }
        }

        if (!read.IsValid)
        {
            problem = ApiProblem.Invalid(
                JsonText.Root, Invalid,
                $"The CloudEvent lacks {string.Join(", ", version.RequiredAttributes.Where(attribute => read[attribute] is null).Select(attribute => $"{prefix}{attribute.Name}"))}.");
            return false;
        }

        envelope = read;
        return true;
    }
}
