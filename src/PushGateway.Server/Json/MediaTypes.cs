using Microsoft.Net.Http.Headers;

namespace PushGateway.Server.Json;

/// <summary>The content types the API reads and writes.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";
    public const string CloudEvent = "application/cloudevents+json";
    public const string Ndjson = "application/x-ndjson";
    public const string Csv = "text/csv";

    /// <summary>The request asks for this type by name: one that takes anything does not.</summary>
    public static bool IsAccepted(HttpRequest request, string mediaType) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var types) &&
        types.Any(type => type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase) && type.Quality is not 0);

    public static bool IsJson(HttpRequest request) => Is(request, Json);

    /// <summary>The request says it has this type, in UTF-8 or without naming an encoding, and is not compressed.</summary>
    public static bool Is(HttpRequest request, string mediaType) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) &&
        type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase) &&
        request.Headers.ContentEncoding is [] or ["identity"] &&
        (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
