namespace PushGateway.Client.Devices;

/// <summary>The form of the lines of an import.</summary>
public enum ImportFormat
{
    /// <summary>One JSON object a line.</summary>
    Ndjson = 0,

    /// <summary>A header line with the names of the fields, then one device a line.</summary>
    Csv = 1,
}

internal static class ImportFormats
{
    public static string MediaType(this ImportFormat format) => format switch
    {
        ImportFormat.Ndjson => "application/x-ndjson",
        ImportFormat.Csv => "text/csv",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Unknown import format."),
    };
}
