namespace PushGateway.Http2;

/// <summary>Where a pool connects to, how much it sends at once and how long it waits.</summary>
public sealed record PostPoolOptions
{
    /// <summary><c>https://host</c> or <c>https://host:port</c>; see <see cref="CheckEndpoint"/>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Trusted in addition to the system's roots. Host names are verified all the same.</summary>
    public TrustedCertificates TrustedCertificates { get; init; } = TrustedCertificates.None;

    /// <summary>Connections that are kept busy, 1 to 64. Default 2.</summary>
    public int Connections { get; init; } = 2;

    /// <summary>Requests at once on one connection, 1 to 2,000. The server's own limit is obeyed when it is lower. Default 100.</summary>
    public int StreamsPerConnection { get; init; } = 100;

    /// <summary>Time for one request, waiting for a connection included, to the last byte of its answer. Default 10 seconds.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for TCP and TLS. Shorter than <see cref="RequestTimeout"/>, or "no connection" is reported as "no answer". Default 5 seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a PING is sent, to notice a path that died without a word. Default 60 seconds.</summary>
    public TimeSpan PingDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a PING may stay unanswered before the connection counts as dead. Default 10 seconds.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether connections without requests are pinged too. Some servers close connections that ping while idle. Default <see langword="true"/>.</summary>
    public bool PingsWhenIdle { get; init; } = true;

    /// <summary>Age at which a connection is replaced, so that changes of DNS are followed. Default 1 hour.</summary>
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
        if (CheckEndpoint(Endpoint) is { } problem)
        {
            throw new ArgumentException(problem);
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(Connections is >= 1 and <= 64, true, nameof(Connections));
        ArgumentOutOfRangeException.ThrowIfNotEqual(StreamsPerConnection is >= 1 and <= 2_000, true, nameof(StreamsPerConnection));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBodyBytes, 1);
    }
}
