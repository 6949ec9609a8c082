using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PushGateway.Server.Cli;

/// <summary>The options that make up the body of an event: a file, flags, or flags laid over a file.</summary>
internal sealed class PublishBodyOptions
{
    private const string StandardInput = "-";

    private readonly AudienceOptions _audience = new();
    private readonly Option<string?> _file = new("--file") { Description = "The body as JSON, - for standard input; the other flags are laid over it", HelpName = "body.json" };
    private readonly Option<string?> _type = new("--type") { Description = "The kind of event (default message)", HelpName = "type" };
    private readonly Option<string?> _title = new("--title") { HelpName = "text" };
    private readonly Option<string?> _body = new("--body") { HelpName = "text" };
    private readonly Option<string?> _imageUrl = new("--image-url") { HelpName = "url" };
    private readonly Option<string[]> _data = new("--data") { Description = "Handed to the app; may be repeated", HelpName = "name=value" };
    private readonly Option<string?> _priority = new("--priority") { Description = "high, normal or bulk", HelpName = "priority" };
    private readonly Option<long?> _ttl = new("--ttl") { Description = "Seconds after which it is not worth sending any more", HelpName = "seconds" };
    private readonly Option<string?> _collapseId = new("--collapse-id") { Description = "Replaces an earlier notification with the same id on the device", HelpName = "id" };
    private readonly Option<DateTimeOffset?> _sendAt = new("--send-at") { Description = "When to begin, such as 2030-01-31T18:00:00Z", HelpName = "time" };
    private readonly Option<string?> _localTime = new("--local-time") { Description = "When by each device's own clock, such as 18:00", HelpName = "HH:mm" };
    private readonly Option<string?> _timeZone = new("--time-zone") { Description = "Of devices that named none, such as Europe/Madrid", HelpName = "id" };
    private readonly Option<int?> _rate = new("--max-rate") { Description = "Notifications a second at most", HelpName = "rate" };
    private readonly Option<bool> _silent = new("--silent") { Description = "Show nothing, only wake the app with the data" };

    public void AddTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[
            _file, _type, .. _audience.All, _title, _body, _imageUrl, _data, _priority, _ttl, _collapseId, _sendAt, _localTime, _timeZone, _rate,
            _silent])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            var audiences = _audience.Count(result);
            var fromFile = result.GetResult(_file) is not null;
            if (audiences > 1 || (audiences == 0 && !fromFile))
            {
                result.AddError($"Give exactly one kind of audience: {AudienceOptions.Names}, or a --file that has it.");
            }

            foreach (var pair in result.GetValue(_data) ?? [])
            {
                if (pair.IndexOf('=', StringComparison.Ordinal) < 1)
                {
                    result.AddError($"--data '{pair}' is not of the form name=value.");
                }
            }
        });
    }

    /// <exception cref="CliException">The file is no JSON object.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public async Task<JsonObject> ReadAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellationToken)
    {
        var body = parsed.GetValue(_file) is { } path ? await ReadFileAsync(path, terminal, cancellationToken) : [];
        Lay(body, "type", parsed.GetValue(_type) ?? (body.ContainsKey("type") ? null : "message"));
        if (_audience.Audience(parsed) is { } audience)
        {
            body["audience"] = audience;
        }

        LayInto(body, "filter", _audience.Filter(parsed));
        LayInto(body, "notification",
            ("title", parsed.GetValue(_title)), ("body", parsed.GetValue(_body)), ("imageUrl", parsed.GetValue(_imageUrl)));
        LayInto(body, "options",
            ("priority", parsed.GetValue(_priority)), ("ttlSeconds", parsed.GetValue(_ttl)), ("collapseId", parsed.GetValue(_collapseId)),
            ("sendAt", parsed.GetValue(_sendAt)?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'")), ("localTime", parsed.GetValue(_localTime)), ("timeZone", parsed.GetValue(_timeZone)), ("maxRatePerSecond", parsed.GetValue(_rate)),
            ("silent", parsed.GetValue(_silent) ? JsonValue.Create(true) : null));
        LayInto(body, "data",
            [.. (parsed.GetValue(_data) ?? []).Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], (JsonNode?)pair[1]))]);
        return body;
    }

    private static void LayInto(JsonObject body, string member, params ReadOnlySpan<(string Name, JsonNode? Value)> values)
    {
        foreach (var (name, value) in values)
        {
            if (value is null)
            {
                continue;
            }

            if (body[member] is not JsonObject inner)
            {
                inner = [];
                body[member] = inner;
            }

            inner[name] = value;
        }
    }

    private static void Lay(JsonObject body, string name, JsonNode? value)
    {
        if (value is not null)
        {
            body[name] = value;
        }
    }

    private static async Task<JsonObject> ReadFileAsync(string path, Terminal terminal, CancellationToken cancellationToken)
    {
        await using var file = path == StandardInput ? terminal.OpenInput() : File.OpenRead(path);
        try
        {
            return await JsonNode.ParseAsync(file, cancellationToken: cancellationToken) as JsonObject
                ?? throw new CliException($"{path} is no JSON object.");
        }
        catch (JsonException exception)
        {
            throw new CliException($"{path} is no JSON: {exception.Message}");
        }
    }
}
