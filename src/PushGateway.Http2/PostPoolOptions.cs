using System.Net;

namespace PushGateway.Http2;

/// <summary>Where a pool connects to, how much it sends at once and how long it waits.</summary>
public sealed record PostPoolOptions
{
    /// <summary><c>https://host</c> or <c>https://host:port</c>; see <see cref="CheckEndpoint"/>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Whether the endpoint may be <c>http://host:port</c>: HTTP/2 without TLS, by prior knowledge (RFC 9113, section 3.3). For tests. Default <see langword="false"/>.</summary>
    public bool AllowCleartext { get; init; }

    /// <summary>
    /// Whether the server has to choose <c>h2</c> in the TLS handshake (RFC 9113, section 3.2). <see langword="false"/> lets pass one that knows nothing of
    /// ALPN; one that chooses something else is refused all the same. Default <see langword="true"/>.
    /// </summary>
    public bool RequireAlpn { get; init; } = true;

    /// <summary>The proxy to reach the endpoint through; <see langword="null"/>, the default, for none. The environment's proxy settings are not looked at.</summary>
    public PostProxy? Proxy { get; init; }

    /// <summary>
    /// Whether the endpoint may be connected to at this address of its; asked with every connection, after the name was looked up. <see langword="null"/>, the
    /// default, allows any. Behind a proxy, which looks names up itself, only an endpoint that is given as an address is asked about.
    /// </summary>
    public Func<IPAddress, bool>? AllowAddress { get; init; }

    /// <summary>Trusted in addition to the system's roots. Host names are verified all the same.</summary>
    public TrustedCertificates TrustedCertificates { get; init; } = TrustedCertificates.None;

    /// <summary>The most connections at a time, 1 to 64. There is one at first; more are made when the round trip keeps those there are waiting. Default 2.</summary>
    public int Connections { get; init; } = 2;

    /// <summary>The most requests at once on one connection, 1 to 2,000. The server's own limit is obeyed when it is lower. Default 100.</summary>
    public int StreamsPerConnection { get; init; } = 100;

    /// <summary>
    /// Whether a connection has one request at a time until the first is answered 200, as APNs wants it of a connection whose credential it has not seen.
    /// Default <see langword="false"/>.
    /// </summary>
    public bool SingleStreamUntilAccepted { get; init; }

    /// <summary>Time for one request, from its being sent to the last byte of its answer. Default 10 seconds.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for name, TCP, proxy, TLS and the server's SETTINGS, repeated attempts included. Default 5 seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a PING is sent, to notice a path that died without a word. Default 60 seconds.</summary>
    public TimeSpan PingDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a PING may stay unanswered before the connection counts as dead. Default 10 seconds.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether connections without requests are pinged too. Some servers close connections that ping while idle. Default <see langword="true"/>.</summary>
    public bool PingsWhenIdle { get; init; } = true;

    /// <summary>
    /// Age at which a connection is replaced, so that changes of DNS are followed; the new one is made first. One that was not used for so
    /// long is closed. Default 1 hour.
    /// </summary>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Bytes of an answer's body that are read, 1 or more; the rest is dropped. Default 16 KiB.</summary>
    public int MaxBodyBytes { get; init; } = 16 * 1024;

    /// <summary>The rule for endpoints: absolute, https, nothing after host and port.</summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public static string? CheckEndpoint(Uri endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (!endpoint.IsAbsoluteUri || endpoint.Scheme != Uri.UriSchemeHttps || endpoint.Host.Length == 0)
        {
            return "The endpoint is an absolute https URL: https://host or https://host:port.";
        }

        return endpoint.PathAndQuery != "/" || endpoint.Fragment.Length > 0 || endpoint.UserInfo.Length > 0
            ? "The endpoint is https://host or https://host:port, without user, path, query or fragment."
            : null;
    }

    internal void Validate()
    {
        var isCleartext = AllowCleartext && Endpoint.IsAbsoluteUri && Endpoint.Scheme == Uri.UriSchemeHttp;
        if (!isCleartext && CheckEndpoint(Endpoint) is { } problem)
        {
            throw new ArgumentException(problem);
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(Connections is >= 1 and <= 64, true, nameof(Connections));
        ArgumentOutOfRangeException.ThrowIfNotEqual(StreamsPerConnection is >= 1 and <= 2_000, true, nameof(StreamsPerConnection));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PingDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PingTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectionLifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBodyBytes, 1);
    }
}
