namespace PushGateway.Storage;

/// <summary>Where and how the gateway keeps its data.</summary>
public sealed class StorageOptions
{
    public const string SectionName = "PushGateway:Storage";

    /// <summary>A value of <see cref="Provider"/>: a file on this machine, for one gateway.</summary>
    public const string Sqlite = "Sqlite";

    /// <summary>A value of <see cref="Provider"/>: a PostgreSQL server, version 15 or later, that several gateways may share.</summary>
    public const string PostgreSql = "PostgreSql";

    /// <summary>The database: <c>Sqlite</c>, which is the default, or <c>PostgreSql</c>. Any other value stops the start.</summary>
    public string Provider { get; set; } = Sqlite;

    /// <summary>
    /// Of SQLite, <c>Data Source=FILE</c>. Default <c>Data Source=data/pushgateway.db</c>; a relative path is taken from the working directory, and its
    /// folder is created. It must name a file: a database in memory cannot be durable. Of PostgreSQL, Npgsql's, for example
    /// <c>Host=db;Database=pushgateway;Username=pushgateway;Password=…</c>; the database must exist and belong to that user.
    /// </summary>
    public string ConnectionString { get; set; } = "Data Source=data/pushgateway.db";

    /// <summary>What this gateway is called among those that share a PostgreSQL store, up to 100 characters. Default the name of the machine; it need not be unique.</summary>
    public string? NodeName { get; set; }

    /// <summary>
    /// PostgreSQL: how long a gateway may not be heard of before others take over its part of the work, 2 seconds to 5 minutes. Default 10 seconds. It makes itself heard
    /// five times in that time and every 2 seconds at least, and begins nothing when it has not been able to for so long. The same for all that share a store.
    /// </summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether <see cref="Provider"/> names PostgreSQL.</summary>
    internal bool IsPostgreSql => string.Equals(Provider, PostgreSql, StringComparison.OrdinalIgnoreCase);

    /// <summary>Connections that read at the same time, 1 to 256; further readers wait. Default 8.</summary>
    public int MaxReadConnections { get; set; } = 8;

    /// <summary>Changes that may wait for the writer, 1 to 1,000,000; further callers wait. Default 4,096.</summary>
    public int WriteQueueCapacity { get; set; } = 4_096;

    /// <summary>Changes that share one durable commit at most, 1 to 100,000. Default 512.</summary>
    public int MaxOperationsPerCommit { get; set; } = 512;

    /// <summary>After this long no further change joins a commit, 0 to 10 seconds. Default 10 milliseconds.</summary>
    public TimeSpan MaxCommitGathering { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// How long the writer waits after a commit of several changes, so that those that follow share the next one: each costs as much however
    /// few there are. A change that comes alone never waits. 0 to 1 second; default 2 milliseconds.
    /// </summary>
    public TimeSpan BusyCommitPause { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How long one try waits for another process's lock on the database, on PostgreSQL mostly another gateway's transaction, 0 to 1 minute. Default 2 seconds; there are three tries.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>SQLite: memory for pages the writer keeps, KiB, 1,024 to 16,777,216. Default 32,768.</summary>
    public int WriterCacheKiB { get; set; } = 32_768;

    /// <summary>SQLite: memory for pages each reading connection keeps, KiB, 256 to 16,777,216. Default 1,024.</summary>
    public int ReaderCacheKiB { get; set; } = 1_024;

    /// <summary>SQLite: pages of 4 KiB in the write-ahead log at which it is copied into the database, 100 to 1,000,000. Default 16,000 (64 MB): imports change the same pages again and again, and each is copied once.</summary>
    public int CheckpointPages { get; set; } = 16_000;

    /// <summary>Devices looked at for one audience page, as a multiple of its capacity, 2 to 1,000. Default 10.</summary>
    public int LookedAtPerRow { get; set; } = 10;

    /// <summary>
    /// How long an event is kept after it became final, with its account and its receipts, 7 days to 10 years. Default 30 days. No
    /// shorter, because its idempotency key is remembered for 7 days and leads to it.
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How long a removal of a device by feedback can be listed and undone, 1 day to 10 years, and no longer than <see cref="Retention"/>: a
    /// removal names its event. Default 7 days. One that is held is kept until somebody decides about it.
    /// </summary>
    public TimeSpan RemovalRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long a provider credential that was replaced is kept, encrypted, so that it can be used again, 1 hour to 90 days. Default 7 days. The same for
    /// all that share a store.
    /// </summary>
    public TimeSpan PreviousCredentialRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long a device is kept that does not register again, 1 day to 10 years, or 0 for ever. Default 270 days, after which FCM calls a token expired. Looked for once a day; such a
    /// removal can be undone as any other, and is done again the next day unless this is longer by then or the device has registered.
    /// </summary>
    public TimeSpan DeviceExpiry { get; set; } = TimeSpan.FromDays(270);

    /// <summary>Notices that may wait for one webhook, 10 to 10,000,000; above that the oldest are dropped and counted. Default 100,000.</summary>
    public int WebhookMaxNotices { get; set; } = 100_000;

    /// <summary>Bytes of notices that may wait for one webhook, 64 KiB to 16 GiB; above that the oldest are dropped and counted. Default 64 MiB.</summary>
    public long WebhookMaxBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Live messages a channel keeps for clients that come back, 10 to 1,000,000; at times up to 63 more. Default 1,000.</summary>
    public int LiveHistoryMessages { get; set; } = 1_000;

    /// <summary>How long a live message is kept, 1 minute to 30 days. Default 24 hours.</summary>
    public TimeSpan LiveHistoryRetention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Rows that one step of deleting an app, or of removing what was kept long enough, removes at most, 1 to 100,000. Default 2,000.</summary>
    public int PurgeStepRows { get; set; } = 2_000;
}
