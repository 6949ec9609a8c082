using System.Numerics;
using System.Text;
using PushGateway.Core.Events;

namespace PushGateway.Storage.Sqlite.Audiences;

/// <summary>The statements that read audiences. All of them walk indexes in their order: no sort, no temporary table, no offset.</summary>
/// <remarks>?1 shard, ?2 app, ?3 and ?4 the cursor's subscriber and device. CROSS JOIN and LEFT JOIN keep SQLite from choosing another order.</remarks>
internal static class AudienceSql
{
    /// <summary>Channels that one statement merges; an audience of more is merged from several statements.</summary>
    public const int MaxMergedChannels = 256;

    private const string Columns =
        "d.DeviceKey, d.LastSeenMs, d.Provider, d.Environment, d.QuarantinedVersion, d.Token, d.Locale, d.Tags, d.TimeZone";

    /// <summary>All devices of the shard.</summary>
    public const string AllDevices =
        $"SELECT d.SubscriberKey, {Columns} FROM Devices d " +
        "WHERE d.Shard = ?1 AND d.AppKey = ?2 AND (d.SubscriberKey, d.DeviceKey) > (?3, ?4) ORDER BY d.SubscriberKey, d.DeviceKey";

    /// <summary>
    /// Devices of the subscribers of channel ?5. A subscriber without a device gives a row too, so that a channel full of those
    /// cannot keep one read busy for long.
    /// </summary>
    public const string OneChannel =
        $"SELECT s.SubscriberKey, {Columns} FROM Subscriptions s LEFT JOIN Devices d " +
        "ON d.Shard = ?1 AND d.AppKey = ?2 AND d.SubscriberKey = s.SubscriberKey " +
        "AND d.DeviceKey > CASE WHEN s.SubscriberKey = ?3 THEN ?4 ELSE 0 END " +
        "WHERE s.Shard = ?1 AND s.AppKey = ?2 AND s.ChannelKey = ?5 AND s.SubscriberKey >= ?3 " +
        "ORDER BY s.SubscriberKey, d.DeviceKey";

    /// <summary>Devices of subscriber ?3 after device ?4.</summary>
    public const string OneSubscriber =
        $"SELECT d.SubscriberKey, {Columns} FROM Devices d " +
        "WHERE d.Shard = ?1 AND d.AppKey = ?2 AND d.SubscriberKey = ?3 AND d.DeviceKey > ?4 ORDER BY d.DeviceKey";

    /// <summary>The device with id ?3, if it is in the shard.</summary>
    public const string OneDevice =
        $"SELECT d.SubscriberKey, {Columns} FROM Devices d WHERE d.AppKey = ?2 AND d.DeviceId = ?3 AND d.Shard = ?1";

    // By power of two, and once per statement that may be open at the same time on one connection: a prepared statement is
    // recognized by its text's reference.
    private static readonly Lazy<string>[][] s_merged =
    [
        .. Enumerable.Range(0, ParametersFor(Audience.MaxIds) / MaxMergedChannels).Select(static _ => Enumerable
            .Range(0, BitOperations.Log2(MaxMergedChannels) + 1).Select(static power => new Lazy<string>(() => Merge(1 << power))).ToArray()),
    ];

    /// <summary>The subscribers of channels ?4 and following, from ?3 on, each once, in order: SQLite merges one ordered walk per channel.</summary>
    /// <param name="channels">1 to <see cref="MaxMergedChannels"/>. The statement takes <see cref="ParametersFor"/> of them: repeat
    /// the last one for the rest.</param>
    /// <param name="instance">0 for the first of several such statements used at the same time.</param>
    public static string MergedChannels(int channels, int instance) =>
        s_merged[instance][BitOperations.Log2((uint)ParametersFor(channels))].Value;

    public static int ParametersFor(int channels) => (int)BitOperations.RoundUpToPowerOf2((uint)channels);

    private static string Merge(int terms)
    {
        var sql = new StringBuilder();
        for (var term = 0; term < terms; term++)
        {
            sql.Append(term == 0 ? string.Empty : " UNION ")
                .Append("SELECT SubscriberKey FROM Subscriptions WHERE Shard = ?1 AND AppKey = ?2 AND ChannelKey = ?").Append(term + 4)
                .Append(" AND SubscriberKey >= ?3");
        }

        return sql.Append(" ORDER BY SubscriberKey").ToString();
    }
}
