using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using PushGateway.Http2;

namespace PushGateway.Providers.Apns;

/// <summary>How the gateway talks to APNs. Each bound holds per key: apps that share a key share its connections.</summary>
public sealed class ApnsOptions
{
    public const string SectionName = "PushGateway:Apns";

    /// <summary>The most connections per key and endpoint, 1 to 64; more than one are made only when the round trip keeps them waiting. Default 16.</summary>
    [Range(1, 64)]
    public int Connections { get; set; } = 16;

    /// <summary>Notifications at once on one connection, 1 to 2,000; Apple's own limit is obeyed when it is lower. Default 1,000.</summary>
    [Range(1, 2_000)]
    public int StreamsPerConnection { get; set; } = 1_000;

    /// <summary>
    /// HTTP proxy to reach APNs through (CONNECT): <c>http://host:port</c> or <c>http://user:password@host:port</c>, user and password percent-encoded.
    /// Default none; the environment's proxy settings are not looked at. May hold a secret.
    /// </summary>
    [ProxyAddress]
    public string? Proxy { get; set; }

    /// <summary>
    /// Whether the server has to choose HTTP/2 in the TLS handshake. Apple's does; a relay in between may not know ALPN. Default <see langword="true"/>.
    /// </summary>
    public bool RequireAlpn { get; set; } = true;

    /// <summary>Time for one attempt, from its beginning to the last byte of the answer. Default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for making a connection, repeated attempts included. Default 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:04:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a connection is pinged, 15 seconds to 1 hour. Default 60 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:15", "01:00:00")]
    public TimeSpan PingDelay { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Age at which a provider token is replaced, 20 to 59 minutes. Apple wants a new one at most every 20 minutes and refuses one older than an hour.
    /// Default 50 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:20:00", "00:59:00")]
    public TimeSpan TokenRenewalAge { get; set; } = TimeSpan.FromMinutes(50);

    /// <summary>
    /// Whether the provider token may be kept in the connection's compression table, which saves about 200 bytes a push. Apple's archived advice
    /// is <see cref="HeaderIndexing.Literal"/>; nothing but APNs is at the other end. Default <see cref="HeaderIndexing.Allowed"/>.
    /// </summary>
    [EnumDataType(typeof(HeaderIndexing))]
    public HeaderIndexing AuthorizationIndexing { get; set; } = HeaderIndexing.Allowed;
}

[OptionsValidator]
internal sealed partial class ApnsOptionsValidator : IValidateOptions<ApnsOptions>;
