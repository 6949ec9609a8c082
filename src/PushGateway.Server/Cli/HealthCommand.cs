using System.CommandLine;
using System.Net;
using System.Text;

namespace PushGateway.Server.Cli;

/// <summary><c>health</c>: asks a gateway's probe, for images that have nothing else to ask with.</summary>
internal static class HealthCommand
{
    private const string UrlVariable = "PUSHGATEWAY_URL";
    private const string ListenVariable = "ASPNETCORE_URLS";
    private const string DefaultUrl = "http://127.0.0.1:8080";

    /// <summary>Of the answer's body, in bytes; a probe's is far shorter.</summary>
    private const int MaxShown = 1_000;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    public static Command Create(Terminal terminal)
    {
        var url = new Option<string?>("--url")
        {
            Description = $"Address of the gateway (default ${UrlVariable}, or where ${ListenVariable} says that it listens, or {DefaultUrl})",
            HelpName = "url",
        };
        var ready = new Option<bool>("--ready") { Description = "Ask whether it can serve (/readyz) instead of whether it is alive (/healthz)" };
        var command = new Command("health", "Ask a gateway whether it is alive. Exit status 0 only when it says so within 5 seconds.") { url, ready };
        command.SetAction((parsed, cancellationToken) =>
        {
            var address = parsed.GetValue(url) ?? terminal.Environment(UrlVariable) ?? OwnAddress(terminal.Environment(ListenVariable)) ?? DefaultUrl;
            return Uri.TryCreate(address.TrimEnd('/') + (parsed.GetValue(ready) ? "/readyz" : "/healthz"), UriKind.Absolute, out var probe)
                && (probe.Scheme == Uri.UriSchemeHttp || probe.Scheme == Uri.UriSchemeHttps)
                ? AskAsync(terminal, probe, cancellationToken)
                : throw new CliException($"'{address}' is no http or https address (--url, {UrlVariable} or {ListenVariable}).", ExitCodes.Usage);
        });
        return command;
    }

    /// <summary>How a gateway with these addresses is reached from its own machine: the first plain one, any address standing for loopback.</summary>
    private static string? OwnAddress(string? urls)
    {
        foreach (var url in (urls ?? string.Empty).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                var address = BindingAddress.Parse(url);
                if (address.Scheme == Uri.UriSchemeHttp && !address.IsUnixPipe)
                {
                    var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "127.0.0.1" : address.Host;
                    return $"http://{host}:{address.Port}{address.PathBase}";
                }
            }
            catch (FormatException)
            {
                // The gateway itself names it when it starts.
            }
        }

        return null;
    }

    private static async Task<int> AskAsync(Terminal terminal, Uri probe, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = !probe.IsLoopback })
        {
            Timeout = s_timeout,
            MaxResponseContentBufferSize = 64 * 1024,
        };
        using var answer = await http.GetAsync(probe, cancellationToken);
        var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        await terminal.Output.WriteLineAsync($"{(int)answer.StatusCode} {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, MaxShown)))}");
        return answer.StatusCode == HttpStatusCode.OK ? ExitCodes.Success : ExitCodes.Failure;
    }
}
