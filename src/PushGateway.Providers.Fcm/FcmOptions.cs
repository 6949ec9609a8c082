using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using PushGateway.Http2;

namespace PushGateway.Providers.Fcm;

/// <summary>How the gateway talks to FCM and to Google's token endpoint. Bounds hold per app.</summary>
public sealed class FcmOptions
{
    public const string SectionName = "PushGateway:Fcm";

    /// <summary>
    /// The most connections per app, 1 to 64; more than one are made only when the round trip keeps them waiting. Default 16: with Google's 100 streams
    /// each enough for 32,000 messages a second at 50 ms, three times Google's default quota.
    /// </summary>
    [Range(1, 64)]
    public int Connections { get; set; } = 16;

    /// <summary>Messages at once on one connection, 1 to 2,000; Google allows 100. Default 100.</summary>
    [Range(1, 2_000)]
    public int StreamsPerConnection { get; set; } = 100;

    /// <summary>
    /// HTTP proxy to reach FCM and the token endpoint through (CONNECT): <c>http://host:port</c> or <c>http://user:password@host:port</c>, user and password percent-encoded.
    /// Default none; the environment's proxy settings are not looked at. May hold a secret.
    /// </summary>
    [ProxyAddress]
    public string? Proxy { get; set; }

    /// <summary>Time for one attempt, at least the 10 seconds Google asks for. Default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The least wait before another attempt after FCM answered that it is failing (500, 503) and named no wait: Google asks for 10 seconds.
    /// 0 to 1 hour. Default 10 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MinimumRetryDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for making a connection, repeated attempts included. Default 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:04:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a connection with messages under way is pinged, 60 seconds to 1 hour: Google closes those that ping more often. Default 60 seconds.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan PingDelay { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long before its end an access token is replaced. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "00:30:00")]
    public TimeSpan TokenRefreshMargin { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Time for one request to the token endpoint. Default 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan TokenRequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests to the token endpoint after a first one that failed in a way that may pass, 0 to 10. Default 2.</summary>
    [Range(0, 10)]
    public int TokenRetries { get; set; } = 2;

    /// <summary>Wait before the first of them; it doubles, with jitter. Default 500 milliseconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan TokenRetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Whether the access token may be kept in the connection's compression table, which saves over 1,000 bytes a message.
    /// Default <see cref="HeaderIndexing.Allowed"/>.
    /// </summary>
    [EnumDataType(typeof(HeaderIndexing))]
    public HeaderIndexing AuthorizationIndexing { get; set; } = HeaderIndexing.Allowed;
}

[OptionsValidator]
internal sealed partial class FcmOptionsValidator : IValidateOptions<FcmOptions>;
