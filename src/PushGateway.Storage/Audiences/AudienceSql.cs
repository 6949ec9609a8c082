using System.Collections.Concurrent;
using System.Numerics;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Audiences;

/// <summary>The statements that read audiences. All of them walk indexes in their order: no sort, no temporary table, no offset.</summary>
/// <remarks>?1 shard, ?2 app, ?3 and ?4 the cursor's subscriber and device. CROSS JOIN and LEFT JOIN keep SQLite from choosing another order.</remarks>
internal static class AudienceSql
{
    /// <summary>Channels that one statement merges; an audience of more is merged from several statements.</summary>
    public const int MaxMergedChannels = 256;

    private const string Columns =
        "d.DeviceKey, d.LastSeenMs, d.Provider, d.Environment, d.QuarantinedVersion, d.Token, d.Locale, d.Tags, d.TimeZone";

    // The version lies behind all that is otherwise read of a row: only who asks for it pays for it.
    private const string MoreColumns = Columns + ", d.AppVersion";

    private const string AllFrom =
        " FROM Devices d WHERE d.Shard = ?1 AND d.AppKey = ?2 AND (d.SubscriberKey, d.DeviceKey) > (?3, ?4) ORDER BY d.SubscriberKey, d.DeviceKey";

    private const string ChannelFrom =
        " FROM Subscriptions s LEFT JOIN Devices d " +
        "ON d.Shard = ?1 AND d.AppKey = ?2 AND d.SubscriberKey = s.SubscriberKey " +
        "AND d.DeviceKey > CASE WHEN s.SubscriberKey = ?3 THEN ?4 ELSE 0 END " +
        "WHERE s.Shard = ?1 AND s.AppKey = ?2 AND s.ChannelKey = ?5 AND s.SubscriberKey >= ?3 " +
        "ORDER BY s.SubscriberKey, d.DeviceKey";

    private const string SubscriberFrom =
        " FROM Devices d WHERE d.Shard = ?1 AND d.AppKey = ?2 AND d.SubscriberKey = ?3 AND d.DeviceKey > ?4 ORDER BY d.DeviceKey";

    private const string DeviceFrom = " FROM Devices d WHERE d.AppKey = ?2 AND d.DeviceId = ?3 AND d.Shard = ?1";

    private const string KeyFrom = " FROM Devices d WHERE d.Shard = ?1 AND d.AppKey = ?2 AND d.SubscriberKey = ?3 AND d.DeviceKey = ?4";

    private static readonly AudienceStatements s_plain = new(AllDevices, OneChannel, OneSubscriber, OneDevice, OneKey);

    private static readonly AudienceStatements s_withVersion = new(
        $"SELECT d.SubscriberKey, {MoreColumns}{AllFrom}", $"SELECT s.SubscriberKey, {MoreColumns}{ChannelFrom}",
        $"SELECT d.SubscriberKey, {MoreColumns}{SubscriberFrom}", $"SELECT d.SubscriberKey, {MoreColumns}{DeviceFrom}",
        $"SELECT d.SubscriberKey, {MoreColumns}{KeyFrom}");

    /// <summary>All devices of the shard.</summary>
    public const string AllDevices = $"SELECT d.SubscriberKey, {Columns}{AllFrom}";

    /// <summary>
    /// Devices of the subscribers of channel ?5. A subscriber without a device gives a row too, so that a channel full of those
    /// cannot keep one read busy for long.
    /// </summary>
    public const string OneChannel = $"SELECT s.SubscriberKey, {Columns}{ChannelFrom}";

    /// <summary>Devices of subscriber ?3 after device ?4.</summary>
    public const string OneSubscriber = $"SELECT d.SubscriberKey, {Columns}{SubscriberFrom}";

    /// <summary>The device with id ?3, if it is in the shard.</summary>
    public const string OneDevice = $"SELECT d.SubscriberKey, {Columns}{DeviceFrom}";

    /// <summary>Device ?4 of subscriber ?3, both by their keys.</summary>
    public const string OneKey = $"SELECT d.SubscriberKey, {Columns}{KeyFrom}";

    /// <summary>Channels that one subscriber ?2 is in.</summary>
    public const string ChannelsOfSubscriber = "SELECT ChannelKey FROM Subscriptions WHERE Shard = ?1 AND SubscriberKey = ?2";

    // Each in a text of its own, because they are open at the same time.
    private static readonly string[] s_channelWalks =
    [
        .. Enumerable.Range(0, SubscriberChannels.MaxWalks).Select(static walk =>
            "SELECT SubscriberKey FROM Subscriptions WHERE Shard = ?1 AND AppKey = ?2 AND ChannelKey = ?4 AND SubscriberKey >= ?3 " +
            $"ORDER BY SubscriberKey /* {walk} */"),
    ];

    // By power of two, and once per statement that may be open at the same time on one connection: a prepared statement is
    // recognized by its text's reference.
    private static readonly ConcurrentDictionary<(SqlDialect Dialect, int Instance, int Terms), string> s_merged = new();

    /// <summary>The statements that read devices.</summary>
    /// <param name="withVersion">Whether a further column, <see cref="AudienceStatements.AppVersion"/>, is read.</param>
    public static AudienceStatements Devices(bool withVersion) => withVersion ? s_withVersion : s_plain;

    /// <summary>The subscribers of channel ?4 from ?3 on, in order.</summary>
    /// <param name="walk">0 to <see cref="SubscriberChannels.MaxWalks"/> - 1: which of several used at the same time.</param>
    public static string ChannelWalk(int walk) => s_channelWalks[walk];

    /// <summary>The subscribers of channels ?4 and following, from ?3 on, each once, in order: the database merges one ordered walk per channel.</summary>
    /// <param name="channels">1 to <see cref="MaxMergedChannels"/>. The statement takes <see cref="ParametersFor"/> of them: repeat
    /// the last one for the rest.</param>
    /// <param name="instance">0 for the first of several such statements used at the same time.</param>
    public static string MergedChannels(SqlDialect dialect, int channels, int instance) => s_merged.GetOrAdd(
        (dialect, instance, ParametersFor(channels)), static key => Merge(key.Dialect, key.Terms));

    public static int ParametersFor(int channels) => (int)BitOperations.RoundUpToPowerOf2((uint)channels);

    private static string Merge(SqlDialect dialect, int terms) => dialect.MergeOrdered(
        Enumerable.Range(4, terms).Select(static channel =>
            $"SELECT SubscriberKey FROM Subscriptions WHERE Shard = ?1 AND AppKey = ?2 AND ChannelKey = ?{channel} AND SubscriberKey >= ?3"),
        "SubscriberKey");
}

/// <summary>The statements that read devices, with the same parameters and columns as in <see cref="AudienceSql"/>.</summary>
internal sealed record AudienceStatements(string AllDevices, string OneChannel, string OneSubscriber, string OneDevice, string OneKey)
{
    public const int SubscriberKey = 0;
    public const int DeviceKey = 1;
    public const int LastSeenMs = 2;
    public const int Provider = 3;
    public const int Environment = 4;
    public const int QuarantinedVersion = 5;
    public const int Token = 6;
    public const int Locale = 7;
    public const int Tags = 8;
    public const int TimeZone = 9;

    /// <summary>Only of those with version.</summary>
    public const int AppVersion = 10;
}
