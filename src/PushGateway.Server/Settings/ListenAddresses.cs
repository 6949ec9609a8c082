using System.Net;

namespace PushGateway.Server.Settings;

/// <summary>Checks where to listen, before anything is opened for it.</summary>
internal static class ListenAddresses
{
    /// <param name="urls">Addresses separated by semicolons, as in <c>ASPNETCORE_URLS</c>.</param>
    /// <exception cref="InvalidSettingException">One of them is no http or https address.</exception>
    public static void Check(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                // The form Kestrel takes: the host may be *, + or unix:/path, which no Uri has.
                var address = BindingAddress.Parse(url);
                if (address.Scheme is "http" or "https" && address.Port is >= 0 and <= ushort.MaxValue)
                {
                    continue;
                }
            }
            catch (FormatException)
            {
                // Answered below, like every other address that is none.
            }

            throw new InvalidSettingException("ASPNETCORE_URLS (--urls)", $"'{url}' is no address to listen on, such as http://127.0.0.1:8080.");
        }
    }

    /// <summary>Whether nothing but this machine can reach the gateway, as far as its own addresses go.</summary>
    public static bool AreLoopbackOnly(IConfiguration configuration)
    {
        var urls = (configuration[WebHostDefaults.ServerUrlsKey] ?? string.Empty).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"] ?? string.Empty);
        List<string> all = [.. urls, .. endpoints];
        return all.Count > 0 && all.TrueForAll(IsLoopback);
    }

    private static bool IsLoopback(string url)
    {
        try
        {
            var host = BindingAddress.Parse(url).Host.Trim('[', ']');
            return host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
