using System.Net;

namespace PushGateway.Simulator;

/// <summary>How a <see cref="ProviderSimulator"/> listens, who it believes it serves and what it remembers.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Address all endpoints listen on. Default loopback; anything else exposes throw-away secrets on the control endpoint.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>TCP port of the APNs endpoint; 0, the default, takes any free one.</summary>
    public int ApnsPort { get; init; }

    /// <summary>TCP port of the FCM endpoint; 0, the default, takes any free one.</summary>
    public int FcmPort { get; init; }

    /// <summary>TCP port of the OAuth token endpoint; 0, the default, takes any free one. It is part of the service account's <c>token_uri</c>, so fix it if that must survive a restart.</summary>
    public int OAuthPort { get; init; }

    /// <summary>TCP port of the control endpoint (plain HTTP/1.1); 0, the default, takes any free one.</summary>
    public int ControlPort { get; init; }

    /// <summary>The bundle ID the APNs key may send to. Topics are this, or this and the suffix of the push type. Default <c>com.example.demo</c>.</summary>
    public string BundleId { get; init; } = "com.example.demo";

    /// <summary>Apple team ID, 10 characters; the <c>iss</c> of every provider token.</summary>
    public string TeamId { get; init; } = "SIMTEAM001";

    /// <summary>APNs key ID, 10 characters; the <c>kid</c> of every provider token.</summary>
    public string KeyId { get; init; } = "SIMKEY0001";

    /// <summary>The Firebase project that exists; any other answers 404. Default <c>demo-project</c>.</summary>
    public string ProjectId { get; init; } = "demo-project";

    /// <summary>SETTINGS_MAX_CONCURRENT_STREAMS of an APNs connection. Default 1000.</summary>
    public int ApnsMaxStreams { get; init; } = 1000;

    /// <summary>SETTINGS_MAX_CONCURRENT_STREAMS of an FCM connection. Default 100, as observed at Google.</summary>
    public int FcmMaxStreams { get; init; } = 100;

    /// <summary>
    /// Refuse (RST_STREAM, REFUSED_STREAM) every APNs stream that is opened while another is in progress, until the connection has had its first accepted push.
    /// Default false.
    /// </summary>
    /// <remarks>
    /// Apple announces a limit of one stream and raises it with a second SETTINGS frame after the first valid provider token. Kestrel announces one limit for the life of a connection,
    /// so the announced limit stays <see cref="ApnsMaxStreams"/> and the rule is enforced by refusal. A client that sends one push and waits for its answer sees no difference.
    /// </remarks>
    public bool ApnsStartsWithOneStream { get; init; }

    /// <summary>Behave as Apple's sandbox: 200 also carries <c>apns-unique-id</c>. Default false.</summary>
    public bool Sandbox { get; init; }

    /// <summary>Let token patterns such as <c>dead…</c> choose the answer; see <see cref="WellKnownTokens"/>. Default true.</summary>
    public bool UseWellKnownTokens { get; init; } = true;

    /// <summary>How late the well-known slow tokens are answered. Default 2 seconds.</summary>
    public TimeSpan SlowAnswerDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Count accepted pushes per token. Default true. Costs 12 to 24 bytes for each distinct token, whatever its length.</summary>
    public bool RememberTokens { get; init; } = true;

    /// <summary>How many of the latest pushes are kept for inspection. Default 100; 0 keeps none.</summary>
    public int RecentPushes { get; init; } = 100;

    /// <summary>Life of an FCM access token. Default 3599 seconds, Google's.</summary>
    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromSeconds(3599);

    /// <summary>Limits in force from the start; none by default.</summary>
    public SimulatorQuotas Quotas { get; init; } = new();

    /// <summary>
    /// Folder where credentials and certificates are kept, so that a restarted simulator has the same ones; created if absent, private keys readable by the owner only.
    /// Null, the default: they live in memory and are new at each start.
    /// </summary>
    public string? StateDirectory { get; init; }
}
