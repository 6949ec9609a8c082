using System.CommandLine;

namespace PushGateway.Server.Cli;

/// <summary>The options every client command has: which gateway, with which key.</summary>
internal sealed class ConnectionOptions
{
    private const string UrlVariable = "PUSHGATEWAY_URL";
    private const string KeyVariable = "PUSHGATEWAY_KEY";
    private const string DefaultUrl = "http://127.0.0.1:8080";

    private static readonly TimeSpan s_requestTimeout = TimeSpan.FromSeconds(100);

    private readonly Option<string?> _url = new("--url") { Description = $"Address of the gateway (default ${UrlVariable} or {DefaultUrl})", HelpName = "url" };

    // The default is looked up when it is needed, not given to the parser: help prints defaults.
    private readonly Option<string?> _key = new("--key") { Description = $"API key (default ${KeyVariable}, which does not show in the list of processes)", HelpName = "key" };

    public void AddTo(Command command)
    {
        command.Options.Add(_url);
        command.Options.Add(_key);
    }

    /// <exception cref="CliException">The address is none, or there is no key.</exception>
    public GatewayConnection Open(ParseResult parsed, Terminal terminal) => Open(parsed, terminal, s_requestTimeout);

    /// <summary>For uploads and streams, which take as long as they take.</summary>
    /// <inheritdoc cref="Open(ParseResult, Terminal)" path="/exception"/>
    public GatewayConnection OpenForStreams(ParseResult parsed, Terminal terminal) => Open(parsed, terminal, Timeout.InfiniteTimeSpan);

    private GatewayConnection Open(ParseResult parsed, Terminal terminal, TimeSpan timeout)
    {
        var text = parsed.GetValue(_url) ?? terminal.Environment(UrlVariable) ?? DefaultUrl;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
        {
            throw new CliException($"'{text}' is no http or https address (--url or {UrlVariable}).", ExitCodes.Usage);
        }

        var key = parsed.GetValue(_key) ?? terminal.Environment(KeyVariable)
            ?? throw new CliException($"No API key: give --key or set {KeyVariable}.", ExitCodes.Usage);
        return new GatewayConnection(url, key, timeout);
    }
}
