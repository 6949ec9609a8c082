namespace PushGateway.Server.Settings;

/// <summary>Limits of the HTTP API.</summary>
public sealed class ApiOptions
{
    public const string SectionName = "PushGateway:Api";

    /// <summary>Bytes a request body may have, imports excepted, 1,024 to 67,108,864; a larger one is answered 413. Default 1 MiB.</summary>
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>How deep JSON in a body may be nested, 4 to 256. Default 32.</summary>
    public int MaxJsonDepth { get; set; } = 32;

    /// <summary>
    /// Requests a second for one key on average, and twice as many at once, 0 to 10,000,000; more are answered 429.
    /// 0 for no limit. Default 20,000.
    /// </summary>
    public int RequestsPerSecond { get; set; } = 20_000;

    /// <summary>The same for one subscriber, by its tokens, all of them together, 0 to 10,000,000. Default 50.</summary>
    public int SubscriberRequestsPerSecond { get; set; } = 50;

    /// <summary>The same for requests without a valid key, by address of the caller. Default 500.</summary>
    public int AnonymousRequestsPerSecond { get; set; } = 500;

    /// <summary>
    /// Wrong keys an address (of IPv6, a /64) may send a minute on average, and at once, 0 to 1,000,000; after them its keys are answered 429 without being
    /// looked at. 0 for no limit. Default 30.
    /// </summary>
    public int FailedKeysPerMinute { get; set; } = 30;

    /// <summary>Connections to the API open at the same time, 10 to 1,000,000; a further one is closed at once. Default 10,000.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Bytes the headers of a request may have together, 4,096 to 1,048,576; larger ones are answered 431. Default 32 KiB.</summary>
    public int MaxHeaderBytes { get; set; } = 32 * 1024;

    /// <summary>Bytes a line of an import may have, 1,024 to 1,048,576; a longer one is rejected as that line. Default 64 KiB.</summary>
    public int MaxImportLineBytes { get; set; } = 64 * 1024;

    /// <summary>Lines of an import that share one durable commit, 1 to 100,000. Default 2,000.</summary>
    public int ImportBatchSize { get; set; } = 2_000;

    /// <summary>API keys that may exist, 1 to 1,000,000: they are kept in memory. Default 10,000.</summary>
    public int MaxApiKeys { get; set; } = 10_000;

    /// <summary>Webhooks an app may have, 1 to 100. Default 10.</summary>
    public int MaxWebhooks { get; set; } = 10;

    /// <summary>Saved audiences an app may have, 1 to 100,000. Default 1,000.</summary>
    public int MaxSavedAudiences { get; set; } = 1_000;

    /// <summary>Exact counts of audiences at the same time, 1 to 64; further ones wait their turn. Default 2.</summary>
    public int MaxCounts { get; set; } = 2;

    /// <summary>Progress streams open at the same time, 1 to 1,000,000; a further one is answered 503. Default 1,000.</summary>
    public int MaxProgressStreams { get; set; } = 1_000;

    /// <summary>How long cancel, pause and resume wait for the fan-out to settle before they answer with the event as it stands, 0 to 5 minutes. Default 15 seconds.</summary>
    public TimeSpan ControlTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a check of a credential may take, 1 second to 5 minutes. Default 30 seconds.</summary>
    public TimeSpan CheckTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Addresses or networks of reverse proxies (<c>10.0.0.5</c>, <c>10.0.0.0/24</c>), 0 to 100, whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed. Without
    /// it all callers behind a proxy share one address, and with it its limits. Default none: the headers are ignored.
    /// </summary>
    public string[] TrustedProxies { get; set; } = [];
}
