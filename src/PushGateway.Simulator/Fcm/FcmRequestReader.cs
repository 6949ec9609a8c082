using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PushGateway.Simulator.Fcm;

/// <summary>
/// Reads a send request against <see cref="FcmSchema"/> in one pass and collects what is wrong with it: first the shape (unknown names, wrong types),
/// which Google's front end refuses without an FcmError, then the rules of FCM itself, which carry one.
/// </summary>
internal ref struct FcmRequestReader
{
    private const int MaxDepth = 100;
    private const int MaxTopicLength = 900;
    private const long MaxTimeToLiveSeconds = 2_419_200;

    private static readonly SearchValues<char> s_labelCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~%");

    private readonly List<string> _path = [];
    private Utf8JsonReader _json;

    public FcmRequestReader(ReadOnlySpan<byte> body)
    {
        _json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>What Google's front end refuses; null when the shape is right.</summary>
    public List<FieldViolation>? ShapeViolations { get; private set; }

    /// <summary>The first rule of FCM that is broken.</summary>
    public FieldViolation? RuleViolation { get; private set; }

    public bool ValidateOnly { get; private set; }

    public bool HasMessage { get; private set; }

    /// <summary>How many of token, fid, topic and condition are given.</summary>
    public int Targets { get; private set; }

    /// <summary>Set when the target is one device.</summary>
    public string? DeviceToken { get; private set; }

    /// <summary>A topic or a condition, when that is the target.</summary>
    public string? Audience { get; private set; }

    /// <summary>Bytes of the message's JSON without the value of its token.</summary>
    public long MessageBytes { get; private set; }

    private long TokenBytes { get; set; }

    /// <summary>Reads the body to its end; never throws for what a client sent.</summary>
    public void Read()
    {
        try
        {
            if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject)
            {
                Violate(string.Empty, "Invalid JSON payload received. Unexpected token.");
                return;
            }

            ReadMessage(FcmSchema.Request);
            _json.Read();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not UTF-8.
            Violate(string.Empty, "Invalid JSON payload received. Unexpected token.");
        }
    }

    private void ReadMessage(FcmField schema)
    {
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (Find(schema) is not { } field)
            {
                var name = _json.GetString();
                var at = _path.Count == 0 ? string.Empty : $" at '{CurrentPath()}'";
                Violate(CurrentPath(), $"Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field.");
                _json.Skip();
                continue;
            }

            _path.Add(field.Name);
            _json.Read();
            ReadValue(field);
            _path.RemoveAt(_path.Count - 1);
        }
    }

    private FcmField? Find(FcmField schema)
    {
        foreach (var field in schema.Fields)
        {
            if (_json.ValueTextEquals(field.Utf8Name) || _json.ValueTextEquals(field.Utf8CamelName))
            {
                return field;
            }
        }

        return null;
    }

    private void ReadValue(FcmField field)
    {
        if (_json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        switch (field.Kind)
        {
            case FcmFieldKind.Message:
                ReadNested(field);
                break;
            case FcmFieldKind.Struct:
                if (Expect(field, JsonTokenType.StartObject))
                {
                    _json.Skip();
                }

                break;
            case FcmFieldKind.TextMap:
            case FcmFieldKind.Data:
                ReadMap(field);
                break;
            case FcmFieldKind.TextList:
            case FcmFieldKind.DurationList:
                ReadList(field);
                break;
            default:
                ReadScalar(field);
                break;
        }
    }

    private void ReadNested(FcmField field)
    {
        if (!Expect(field, JsonTokenType.StartObject))
        {
            return;
        }

        var start = _json.TokenStartIndex;
        ReadMessage(field);
        if (_path.Count == 1)
        {
            HasMessage = true;
            MessageBytes = _json.BytesConsumed - start - TokenBytes;
        }
    }

    private void ReadMap(FcmField field)
    {
        if (!Expect(field, JsonTokenType.StartObject))
        {
            return;
        }

        for (var index = 0; _json.Read() && _json.TokenType == JsonTokenType.PropertyName; index++)
        {
            if (field.Kind == FcmFieldKind.Data && IsReserved(ref _json))
            {
                Break($"Invalid data payload key: {_json.GetString()}");
            }

            _json.Read();
            if (_json.TokenType != JsonTokenType.String)
            {
                WrongValue($"{CurrentPath()}[{index}].value", field.TypeName);
            }
        }
    }

    private void ReadList(FcmField field)
    {
        if (!Expect(field, JsonTokenType.StartArray))
        {
            return;
        }

        for (var index = 0; _json.Read() && _json.TokenType != JsonTokenType.EndArray; index++)
        {
            var isRight = _json.TokenType == JsonTokenType.String && (field.Kind == FcmFieldKind.TextList || TryReadSeconds(out _));
            if (!isRight)
            {
                WrongValue($"{CurrentPath()}[{index}]", field.TypeName);
            }
        }
    }

    private void ReadScalar(FcmField field)
    {
        var isRight = field.Kind switch
        {
            FcmFieldKind.Bool => _json.TokenType is JsonTokenType.True or JsonTokenType.False,
            FcmFieldKind.Number => _json.TokenType == JsonTokenType.Number,
            FcmFieldKind.Int32 => IsInt32(),
            FcmFieldKind.Enum => IsOneOf(field.Values),
            FcmFieldKind.Duration or FcmFieldKind.TimeToLive => _json.TokenType == JsonTokenType.String && TryReadSeconds(out _),
            _ => _json.TokenType == JsonTokenType.String,
        };
        if (!isRight)
        {
            WrongValue(CurrentPath(), field.TypeName);
            return;
        }

        switch (field.Kind)
        {
            case FcmFieldKind.Bool when _path.Count == 1:
                ValidateOnly = _json.TokenType == JsonTokenType.True;
                break;
            case FcmFieldKind.Token:
                TokenBytes = _json.HasValueSequence ? _json.ValueSequence.Length : _json.ValueSpan.Length;
                DeviceToken = _json.GetString();
                Targets++;
                break;
            case FcmFieldKind.InstallationId:
                DeviceToken = _json.GetString();
                Targets++;
                break;
            case FcmFieldKind.Topic:
                Audience = _json.GetString()!;
                Targets++;
                CheckTopic(Audience);
                break;
            case FcmFieldKind.Condition:
                Audience = _json.GetString()!;
                Targets++;
                CheckCondition(Audience);
                break;
            case FcmFieldKind.TimeToLive:
                CheckTimeToLive();
                break;
            case FcmFieldKind.AnalyticsLabel:
                CheckAnalyticsLabel(_json.GetString()!);
                break;
        }
    }

    private bool IsInt32()
    {
        if (_json.TokenType == JsonTokenType.Number)
        {
            return _json.TryGetInt32(out _);
        }

        return _json.TokenType == JsonTokenType.String && int.TryParse(_json.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
    }

    private bool IsOneOf(IReadOnlyList<string> values)
    {
        if (_json.TokenType == JsonTokenType.Number)
        {
            return _json.TryGetInt32(out _);
        }

        return _json.TokenType == JsonTokenType.String && values.Contains(_json.GetString()!, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>A protobuf duration: digits, perhaps a sign and up to nine decimals, then <c>s</c>.</summary>
    private bool TryReadSeconds(out decimal seconds)
    {
        seconds = 0;
        var text = _json.GetString()!;
        if (text.Length < 2 || text[^1] != 's' || text.EndsWith(".s", StringComparison.Ordinal))
        {
            return false;
        }

        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return (dot < 0 || (dot > 0 && text.Length - dot - 2 <= 9))
            && text.Length <= 24
            && decimal.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds);
    }

    private void CheckTimeToLive()
    {
        TryReadSeconds(out var seconds);
        if (seconds is < 0 or > MaxTimeToLiveSeconds)
        {
            Break($"Invalid TTL: the time to live duration must be between 0 and {MaxTimeToLiveSeconds} seconds.");
        }
    }

    private void CheckTopic(string topic)
    {
        var name = topic.StartsWith("/topics/", StringComparison.Ordinal) ? topic.AsSpan("/topics/".Length) : topic;
        if (name.IsEmpty || name.Length > MaxTopicLength || name.ContainsAnyExcept(s_labelCharacters))
        {
            BreakAt("message", "Topic name contains invalid characters.");
        }
    }

    private void CheckCondition(string condition)
    {
        const int MaxTopics = 5;
        var topics = condition.Split(" in topics", StringSplitOptions.None).Length - 1;
        if (topics is 0 or > MaxTopics)
        {
            Break("Invalid condition expression provided.");
        }
    }

    private void CheckAnalyticsLabel(string label)
    {
        const int MaxLength = 50;
        if (label.Length is 0 or > MaxLength || label.AsSpan().ContainsAnyExcept(s_labelCharacters))
        {
            Break("Analytics label is invalid.");
        }
    }

    private static bool IsReserved(ref Utf8JsonReader key)
    {
        var name = key.ValueIsEscaped ? Encoding.UTF8.GetBytes(key.GetString()!) : key.ValueSpan;
        return name.SequenceEqual("from"u8) || name.SequenceEqual("message_type"u8) || name.StartsWith("google."u8) || name.StartsWith("gcm.notification."u8);
    }

    private bool Expect(FcmField field, JsonTokenType type)
    {
        if (_json.TokenType == type)
        {
            return true;
        }

        WrongValue(CurrentPath(), field.TypeName);
        return false;
    }

    /// <summary>Records a value of the wrong type and steps over it.</summary>
    private void WrongValue(string path, string typeName)
    {
        const int ShownBytes = 64;
        var shown = string.Empty;
        if (_json.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            var text = Encoding.UTF8.GetString(_json.ValueSpan[..Math.Min(_json.ValueSpan.Length, ShownBytes)]);
            shown = _json.TokenType == JsonTokenType.String ? $", \"{text}\"" : $", {text}";
        }

        Violate(path, $"Invalid value at '{path}' ({typeName}){shown}");
        _json.Skip();
    }

    private void Violate(string field, string description) => (ShapeViolations ??= []).Add(new FieldViolation(field, description));

    private void Break(string description) => BreakAt(CurrentPath(), description);

    private void BreakAt(string field, string description) => RuleViolation ??= new FieldViolation(field, description);

    private readonly string CurrentPath() => string.Join('.', _path);
}
