using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using PushGateway.Core.Devices;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Import;

/// <summary>Reads a line of JSON token by token: a million lines make no documents, only the strings that are kept.</summary>
internal sealed class NdjsonLineParser : ILineParser
{
    private const int MaxDepth = 4;

    private readonly LineDeviceMapping _mapping = new();
    private readonly List<string> _channels = [];

    public bool TryTakeHeader(ReadOnlySpan<byte> line, out ApiProblem? problem)
    {
        problem = null;
        return false;
    }

    public bool TryParse(ReadOnlySpan<byte> line, out DeviceImport device, [NotNullWhen(false)] out LineProblem? problem)
    {
        device = default;
        try
        {
            problem = Read(line, out var fields);
            return problem is null && _mapping.TryMap(fields, _channels.Count == 0 ? [] : _channels.ToArray(), out device, out problem);
        }
        catch (JsonException malformed)
        {
            problem = new LineProblem("json.malformed", $"The line is not a JSON object: it breaks at byte {malformed.BytePositionInLine + 1}.");
            return false;
        }
        catch (InvalidOperationException)
        {
            // The reader's word for an escape that is half of a surrogate pair.
            problem = new LineProblem("json.malformed", "A string has an escape that is no character (half of a surrogate pair).");
            return false;
        }
    }

    private LineProblem? Read(ReadOnlySpan<byte> line, out DeviceFields fields)
    {
        fields = default;
        _channels.Clear();
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return new LineProblem(JsonShape.WrongType, "The line must be a JSON object.");
        }

        var seen = Member.None;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = Recognize(ref reader);
            if (member == Member.None)
            {
                return new LineProblem(JsonShape.UnknownField, $"There is no field {Shorten(reader.GetString()!)}.");
            }

            if ((seen & member) != 0)
            {
                return new LineProblem(JsonShape.DuplicateField, $"{reader.GetString()} is given twice.");
            }

            seen |= member;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Null && ReadValue(ref reader, member, ref fields) is { } problem)
            {
                return problem;
            }
        }

        // Anything after the object breaks here.
        return reader.Read() ? new LineProblem("json.malformed", "There is more after the object.") : null;
    }

    private LineProblem? ReadValue(ref Utf8JsonReader reader, Member member, ref DeviceFields fields)
    {
        if (member == Member.Channels)
        {
            return ReadChannels(ref reader);
        }

        if (member == Member.Tags)
        {
            return ReadTags(ref reader, ref fields);
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            return new LineProblem(JsonShape.WrongType, "All fields are strings but channels, an array of strings, and tags, an object of strings.");
        }

        switch (member)
        {
            case Member.Device:
                fields.Device = reader.GetString();
                break;
            case Member.Provider:
                fields.Provider = reader.ValueTextEquals("apns"u8) ? "apns" : reader.ValueTextEquals("fcm"u8) ? "fcm" : reader.GetString();
                break;
            case Member.Token:
                fields.Token = reader.GetString();
                break;
            case Member.Subscriber:
                fields.Subscriber = reader.GetString();
                break;
            case Member.Environment:
                fields.Environment = reader.GetString();
                break;
            case Member.Locale:
                fields.Locale = reader.GetString();
                break;
            case Member.TimeZone:
                fields.TimeZone = reader.GetString();
                break;
            case Member.AppVersion:
                fields.AppVersion = reader.GetString();
                break;
        }

        return null;
    }

    private LineProblem? ReadChannels(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return new LineProblem(JsonShape.WrongType, "channels: Must be an array of strings.");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                return new LineProblem(JsonShape.WrongType, "channels: Must be an array of strings.");
            }

            _channels.Add(reader.GetString()!);
        }

        return null;
    }

    private static LineProblem? ReadTags(ref Utf8JsonReader reader, ref DeviceFields fields)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return new LineProblem(JsonShape.WrongType, "tags: Must be an object of strings.");
        }

        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                return new LineProblem(JsonShape.WrongType, "tags: Must be an object of strings.");
            }

            if (!tags.TryAdd(name, reader.GetString()!))
            {
                return new LineProblem(JsonShape.DuplicateField, $"tags.{Shorten(name)} is given twice.");
            }
        }

        fields.Tags = tags;
        return null;
    }

    private static Member Recognize(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("device"u8) ? Member.Device
        : reader.ValueTextEquals("provider"u8) ? Member.Provider
        : reader.ValueTextEquals("token"u8) ? Member.Token
        : reader.ValueTextEquals("subscriber"u8) ? Member.Subscriber
        : reader.ValueTextEquals("channels"u8) ? Member.Channels
        : reader.ValueTextEquals("environment"u8) ? Member.Environment
        : reader.ValueTextEquals("locale"u8) ? Member.Locale
        : reader.ValueTextEquals("timeZone"u8) ? Member.TimeZone
        : reader.ValueTextEquals("appVersion"u8) ? Member.AppVersion
        : reader.ValueTextEquals("tags"u8) ? Member.Tags
        : Member.None;

    private static string Shorten(string text) => text.Length <= 64 ? text : string.Concat(text.AsSpan(0, 64), "…");

    [Flags]
    private enum Member
    {
        None = 0,
        Device = 1 << 0,
        Provider = 1 << 1,
        Token = 1 << 2,
        Subscriber = 1 << 3,
        Channels = 1 << 4,
        Environment = 1 << 5,
        Locale = 1 << 6,
        TimeZone = 1 << 7,
        AppVersion = 1 << 8,
        Tags = 1 << 9,
    }
}
