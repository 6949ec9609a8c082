namespace PushGateway.Client;

/// <summary>Paths of version 1 of the API, relative to the gateway's base address.</summary>
internal static class ApiPath
{
    public static string Of(params ReadOnlySpan<string> segments)
    {
        var path = "v1";
        foreach (var segment in segments)
        {
            path += "/" + Uri.EscapeDataString(segment);
        }

        return path;
    }

    /// <summary>Only the parameters that have a value.</summary>
    public static string Query(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = string.Empty;
        foreach (var (name, value) in parameters)
        {
            if (value is not null)
            {
                query += $"{(query.Length == 0 ? '?' : '&')}{name}={Uri.EscapeDataString(value)}";
            }
        }

        return query;
    }
}
