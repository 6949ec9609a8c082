using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PushGateway.Server.Tests.Client;

/// <summary>The gateway's description of itself, and examples made from it in which every member there is has a value.</summary>
internal sealed class ApiDocument(JsonNode document)
{
    /// <summary>Times that requests have as text, so that a wrong one is answered with the field's name.</summary>
    private static readonly HashSet<string> s_times = ["sendAt", "after", "before", "since", "until"];

    public IReadOnlyDictionary<string, Operation> Operations { get; } =
        (from path in document["paths"]!.AsObject()
         from verb in path.Value!.AsObject()
         let id = verb.Value!["operationId"]!.GetValue<string>()
         select new Operation(id, verb.Key.ToUpperInvariant(), path.Key, verb.Value!)).ToDictionary(operation => operation.Id);

    /// <returns><see langword="null"/> when there is no body, or none that is described.</returns>
    public JsonNode? Request(Operation operation) => Example(operation.Node["requestBody"]?["content"]?.AsObject().FirstOrDefault().Value);

    /// <inheritdoc cref="Request"/>
    public JsonNode? Answer(Operation operation) => Example(operation.Success["content"]?.AsObject().FirstOrDefault().Value);

    private JsonNode? Example(JsonNode? content) => content?["schema"] is { } schema ? Of(schema, string.Empty) : null;

    private JsonNode? Of(JsonNode schema, string name)
    {
        if (schema["$ref"]?.GetValue<string>() is { } reference)
        {
            return Of(reference.TrimStart('#', '/').Split('/').Aggregate(document, (node, step) => node[step.Replace("~1", "/", StringComparison.Ordinal)]!), name);
        }

        foreach (var choice in (string[])["oneOf", "anyOf"])
        {
            if (schema[choice] is JsonArray choices)
            {
                return Of(choices.First(one => Types(one!) is not ["null"])!, name);
            }
        }

        return Types(schema).FirstOrDefault(type => type != "null") switch
        {
            "object" when schema["properties"] is JsonObject properties =>
                new JsonObject(properties.Select(property => KeyValuePair.Create(property.Key, Of(property.Value!, property.Key)))),
            "object" => new JsonObject { ["any"] = schema["additionalProperties"] is JsonObject values ? Of(values, "any") : "text" },
            "array" => schema["items"] is JsonObject items ? new JsonArray(Of(items, name)) : new JsonArray(),
            "integer" => 7,
            "boolean" => true,
            null when schema["format"] is null => new JsonObject { ["any"] = "text" },
            _ => schema["format"]?.GetValue<string>() == "date-time" || s_times.Contains(name) ? "2030-01-31T18:00:00+00:00" : "text",
        };
    }

    private static string[] Types(JsonNode schema) => schema["type"] switch
    {
        JsonArray several => [.. several.Select(type => type!.GetValue<string>())],
        { } one => [one.GetValue<string>()],
        null => [],
    };

    internal sealed record Operation(string Id, string Verb, string Path, JsonNode Node)
    {
        /// <summary>The answer when it goes well.</summary>
        public JsonNode Success => Node["responses"]!.AsObject().OrderBy(response => response.Key).First(response => response.Key is ['1' or '2', ..]).Value!;

        public int Status => int.Parse(Node["responses"]!.AsObject().Select(response => response.Key).Order().First(status => status is ['1' or '2', ..]));

        public bool HasPath(string path) => Regex.IsMatch(path, $"^{Regex.Replace(Regex.Escape(Path), @"\\\{\w+}", "[^/]+")}$");

        public IReadOnlyList<string> Parameters(string place) =>
            [.. (Node["parameters"]?.AsArray() ?? []).Where(parameter => parameter!["in"]!.GetValue<string>() == place).Select(parameter => parameter!["name"]!.GetValue<string>())];

        public IReadOnlyList<string> RequestTypes => [.. (Node["requestBody"]?["content"]?.AsObject() ?? []).Select(content => content.Key)];

        public string? AnswerType => Success["content"]?.AsObject().Select(content => content.Key).FirstOrDefault();
    }
}
