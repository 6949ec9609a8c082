using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using CsvHelper;
using PushGateway.Core.Devices;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Import;

/// <summary>Reads comma separated lines (RFC 4180) under a header line with the names of the fields.</summary>
/// <remarks>
/// <c>channels</c> are separated by semicolons; <c>tags</c> are a JSON object, or <c>name=value</c> pairs separated by semicolons.
/// A record is one line: a quoted field with a line break in it is rejected, so that an open quote cannot swallow the rest of the file.
/// </remarks>
internal sealed class CsvLineParser : ILineParser
{
    private static readonly string[] s_columns =
        ["device", "provider", "token", "subscriber", "channels", "environment", "locale", "timeZone", "appVersion", "tags"];

    private static readonly CsvReaderOptions s_options = new()
    {
        HasHeader = false,
        Separator = ',',
        DetectSeparatorHint = false,
        AllowLineBreaksInQuotes = false,
        MalformedData = CsvMalformedDataHandling.Throw,
        IncludeValuesInExceptions = false,
    };

    private readonly LineDeviceMapping _mapping = new();
    private string[] _header = [];

    public bool TryTakeHeader(ReadOnlySpan<byte> line, out ApiProblem? problem)
    {
        problem = null;
        if (!TrySplit(line, out var fields))
        {
            problem = ApiProblem.Invalid("header", "csv.malformed", "The first line must be the column names.");
            return true;
        }

        var errors = new FieldErrors();
        _header = [.. fields.Select(field => field.Trim())];
        foreach (var column in _header.Where(column => !s_columns.Contains(column)))
        {
            errors.Add($"header.{column}", "csv.unknownColumn", $"The columns are {string.Join(", ", s_columns)}.");
        }

        foreach (var column in _header.GroupBy(column => column).Where(group => group.Count() > 1))
        {
            errors.Add($"header.{column.Key}", "csv.duplicateColumn", "The column is there twice.");
        }

        foreach (var column in s_columns.Take(3).Except(_header))
        {
            errors.Add($"header.{column}", "csv.missingColumn", "The column must be there; the first line holds the column names.");
        }

        problem = errors.Any ? errors.ToProblem() : null;
        return true;
    }

    public bool TryParse(ReadOnlySpan<byte> line, out DeviceImport device, [NotNullWhen(false)] out LineProblem? problem)
    {
        device = default;
        if (!TrySplit(line, out var values))
        {
            problem = new LineProblem("csv.malformed", "The quotes of the line do not match.");
            return false;
        }

        if (values.Length != _header.Length)
        {
            problem = new LineProblem("csv.malformed", $"The line has {values.Length} fields; the header has {_header.Length}.");
            return false;
        }

        var fields = default(DeviceFields);
        string[] channels = [];
        for (var index = 0; index < values.Length; index++)
        {
            // An empty field is an absent one: CSV cannot tell them apart.
            if (values[index].Length > 0 && !TrySet(_header[index], values[index], ref fields, ref channels))
            {
                problem = new LineProblem("tag.invalid", "tags: Must be a JSON object of strings, or name=value pairs separated by semicolons.");
                return false;
            }
        }

        return _mapping.TryMap(fields, channels, out device, out problem);
    }

    private static bool TrySet(string column, string value, ref DeviceFields fields, ref string[] channels)
    {
        switch (column)
        {
            case "device":
                fields.Device = value;
                break;
            case "provider":
                fields.Provider = value;
                break;
            case "token":
                fields.Token = value;
                break;
            case "subscriber":
                fields.Subscriber = value;
                break;
            case "channels":
                channels = value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                break;
            case "environment":
                fields.Environment = value;
                break;
            case "locale":
                fields.Locale = value;
                break;
            case "timeZone":
                fields.TimeZone = value;
                break;
            case "appVersion":
                fields.AppVersion = value;
                break;
            case "tags":
                if (!TryParseTags(value, out var tags))
                {
                    return false;
                }

                fields.Tags = tags;
                break;
        }

        return true;
    }

    private static bool TryParseTags(string text, [NotNullWhen(true)] out Dictionary<string, string>? tags)
    {
        tags = new Dictionary<string, string>(StringComparer.Ordinal);
        if (text.StartsWith('{'))
        {
            try
            {
                tags = JsonSerializer.Deserialize(text, ApiJson.Default.DictionaryStringString);
                return tags is not null && !tags.ContainsValue(null!);
            }
            catch (JsonException)
            {
                return false;
            }
        }

        foreach (var pair in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var separator = pair.IndexOf('=');
            if (separator <= 0 || !tags.TryAdd(pair[..separator], pair[(separator + 1)..]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TrySplit(ReadOnlySpan<byte> line, out string[] fields)
    {
        fields = [];
        try
        {
            using var reader = CsvReader.Create(line.ToArray(), s_options);
            if (!reader.Read())
            {
                return false;
            }

            fields = new string[reader.FieldCount];
            for (var index = 0; index < fields.Length; index++)
            {
                fields[index] = reader.GetString(index);
            }

            return true;
        }
        catch (CsvFormatException)
        {
            return false;
        }
    }
}
