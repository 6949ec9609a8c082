namespace PushGateway.Server.Settings;

/// <summary>An address beside the API's, with a port of its own.</summary>
internal static class ExtraAddress
{
    /// <summary>Has the server listen there too.</summary>
    /// <param name="name">Of the endpoint, where endpoints have names.</param>
    /// <param name="protocols">What it speaks, as Kestrel's settings write it; <see langword="null"/> for what others speak.</param>
    /// <returns>The port; <see langword="null"/> when there is no such address.</returns>
    /// <exception cref="InvalidSettingException">The address is none, or its port is not its own.</exception>
    public static int? Listen(WebApplicationBuilder builder, string key, string? url, string name, string? protocols = null)
    {
        if (string.IsNullOrEmpty(url))
        {
            return null;
        }

        var port = PortOf(url);
        if (!url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || url.Contains(';', StringComparison.Ordinal) || port is not > 0)
        {
            throw new InvalidSettingException(key, $"'{url}' is no address with a port to listen on, such as http://127.0.0.1:9464.");
        }

        var endpoints = builder.Configuration.GetSection("Kestrel:Endpoints");
        var urls = (builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey) ?? string.Empty).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (urls.Concat(endpoints.GetChildren().Select(endpoint => endpoint["Url"] ?? string.Empty)).Any(other => PortOf(other) == port))
        {
            throw new InvalidSettingException(key, $"port {port} is another address's already; it must be one of its own.");
        }

        if (endpoints.Exists())
        {
            builder.Configuration.AddInMemoryCollection([new($"Kestrel:Endpoints:{name}:Url", url), new($"Kestrel:Endpoints:{name}:Protocols", protocols)]);
        }
        else
        {
            builder.WebHost.UseUrls([.. urls, url]);
        }

        return port;
    }

    private static int? PortOf(string url)
    {
        try
        {
            return BindingAddress.Parse(url).Port;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
