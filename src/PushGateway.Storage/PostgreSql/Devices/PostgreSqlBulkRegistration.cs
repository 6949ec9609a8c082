using Npgsql;
using PushGateway.Core.Devices;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.PostgreSql.Devices;

/// <summary>Registers new devices with an exchange for each table, whatever their number.</summary>
/// <remarks>Nobody else changes anything beside the open transaction: what was not there when it was asked for is not there when it is added.</remarks>
internal sealed class PostgreSqlBulkRegistration : BulkRegistration
{
    private const string FindTaken =
        "SELECT i.Line FROM unnest($1::int[], $2::text[], $3::int[], $4::bytea[]) AS i (Line, DeviceId, Provider, TokenHash) " +
        "WHERE EXISTS (SELECT 1 FROM Devices d WHERE d.AppKey = $5 AND d.DeviceId = i.DeviceId) " +
        "OR EXISTS (SELECT 1 FROM Devices d WHERE d.AppKey = $5 AND d.Provider = i.Provider AND d.TokenHash = i.TokenHash)";

    private const string FindSubscribers =
        "SELECT s.SubscriberId, s.SubscriberKey FROM unnest($1::int[], $2::text[]) AS i (Shard, SubscriberId) " +
        "JOIN Subscribers s ON s.Shard = i.Shard AND s.AppKey = $3 AND s.SubscriberId = i.SubscriberId";

    private const string AddSubscribers =
        "INSERT INTO Subscribers (Shard, AppKey, SubscriberId, SubscriberKey) SELECT i.Shard, $1, i.SubscriberId, i.SubscriberKey " +
        "FROM unnest($2::int[], $3::text[], $4::bigint[]) AS i (Shard, SubscriberId, SubscriberKey)";

    private const string AddDevices =
        "INSERT INTO Devices (Shard, AppKey, SubscriberKey, DeviceKey, Provider, Environment, LastSeenMs, Token, Locale, Tags, TokenHash, DeviceId, TimeZone, " +
        "AppVersion, CreatedAtMs) SELECT i.Shard, $1, i.SubscriberKey, i.DeviceKey, i.Provider, i.Environment, $2, i.Token, i.Locale, i.Tags, i.TokenHash, i.DeviceId, " +
        "i.TimeZone, i.AppVersion, $2 FROM unnest($3::int[], $4::bigint[], $5::bigint[], $6::int[], $7::int[], $8::text[], $9::text[], $10::text[], $11::bytea[], " +
        "$12::text[], $13::text[], $14::text[]) " +
        "AS i (Shard, SubscriberKey, DeviceKey, Provider, Environment, Token, Locale, Tags, TokenHash, DeviceId, TimeZone, AppVersion)";

    private const string AddSubscriptions =
        "INSERT INTO Subscriptions (Shard, AppKey, ChannelKey, SubscriberKey) SELECT i.Shard, $1, i.ChannelKey, i.SubscriberKey " +
        "FROM unnest($2::int[], $3::bigint[], $4::bigint[]) AS i (Shard, ChannelKey, SubscriberKey) ON CONFLICT DO NOTHING RETURNING Shard, ChannelKey";

    public override void RegisterNew(
        WriteSession session, int appKey, IReadOnlyList<DeviceImport> lines, RegistrationChange?[] changes, DeviceWriter devices)
    {
        var added = FindNew(session, appKey, lines);
        if (added.Count == 0)
        {
            return;
        }

        FindOrAddSubscribers(session, appKey, added, devices);
        Add(session, appKey, added, devices);
        Subscribe(session, appKey, added, devices);
        foreach (var line in added)
        {
            changes[line.Number] = RegistrationChange.Created;
        }
    }

    /// <returns>Those whose device and token are neither in another line nor in the store.</returns>
    private static List<Line> FindNew(WriteSession session, int appKey, IReadOnlyList<DeviceImport> lines)
    {
        var (all, ids, tokens) = (new Line[lines.Count], new Dictionary<string, int>(lines.Count, StringComparer.Ordinal), new Dictionary<string, int>(lines.Count, StringComparer.Ordinal));
        for (var number = 0; number < all.Length; number++)
        {
            all[number] = new Line(number, lines[number]);
            Count(ids, all[number].Registration.DeviceId);
            Count(tokens, all[number].TokenKey);
        }

        List<Line> alone = [.. all.Where(line => ids[line.Registration.DeviceId] == 1 && tokens[line.TokenKey] == 1 && line.IsPlain)];
        var taken = new HashSet<int>();
        using var command = Command(
            session, FindTaken, Of(alone, line => line.Number), Of(alone, line => line.Registration.DeviceId), Of(alone, line => (int)line.Registration.Provider),
            Of(alone, line => line.TokenHash), appKey);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            taken.Add(reader.GetInt32(0));
        }

        alone.RemoveAll(line => taken.Contains(line.Number));
        return alone;

        static void Count(Dictionary<string, int> counts, string key) => counts[key] = counts.GetValueOrDefault(key) + 1;
    }

    private static void FindOrAddSubscribers(WriteSession session, int appKey, List<Line> lines, DeviceWriter devices)
    {
        List<Line> firsts = [.. lines.DistinctBy(line => line.Registration.SubscriberId, StringComparer.Ordinal)];
        using (var command = Command(session, FindSubscribers, Of(firsts, line => line.Shard), Of(firsts, line => line.Registration.SubscriberId), appKey))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                devices.Remember(reader.GetString(0), reader.GetInt64(1));
            }
        }

        firsts.RemoveAll(line => devices.Recall(line.Registration.SubscriberId) is not null);
        foreach (var line in firsts)
        {
            devices.Remember(line.Registration.SubscriberId, session.NextKey(KeySequence.Subscriber));
        }

        using var add = Command(
            session, AddSubscribers, appKey, Of(firsts, line => line.Shard), Of(firsts, line => line.Registration.SubscriberId),
            Of(firsts, line => devices.Recall(line.Registration.SubscriberId)!.Value));
        add.ExecuteNonQuery();
    }

    private static void Add(WriteSession session, int appKey, List<Line> lines, DeviceWriter devices)
    {
        using var add = Command(
            session, AddDevices, appKey, session.NowMs, Of(lines, line => line.Shard), Of(lines, line => devices.Recall(line.Registration.SubscriberId)!.Value),
            Of(lines, _ => session.NextKey(KeySequence.Device)), Of(lines, line => (int)line.Registration.Provider), Of(lines, line => (int)line.Registration.Environment),
            Of(lines, line => line.Registration.Token), Of(lines, line => line.Registration.Locale), Of(lines, line => line.Tags), Of(lines, line => line.TokenHash),
            Of(lines, line => line.Registration.DeviceId), Of(lines, line => line.Registration.TimeZone), Of(lines, line => line.Registration.AppVersion));
        add.ExecuteNonQuery();
        foreach (var line in lines)
        {
            devices.Count(line.Shard, AudienceCounts.Devices);
        }
    }

    private static void Subscribe(WriteSession session, int appKey, List<Line> lines, DeviceWriter devices)
    {
        List<(Line Line, long ChannelKey)> memberships =
            [.. lines.SelectMany(line => line.Channels.Select(channelId => (line, devices.ChannelKey(channelId))))];
        if (memberships.Count == 0)
        {
            return;
        }

        using var add = Command(
            session, AddSubscriptions, appKey, Of(memberships, one => one.Line.Shard), Of(memberships, one => one.ChannelKey),
            Of(memberships, one => devices.Recall(one.Line.Registration.SubscriberId)!.Value));
        using var reader = add.ExecuteReader();
        while (reader.Read())
        {
            devices.Count(reader.GetInt32(0), reader.GetInt64(1));
        }
    }

    private static TValue[] Of<TItem, TValue>(List<TItem> items, Func<TItem, TValue> value) => [.. items.Select(value)];

    private static NpgsqlCommand Command(WriteSession session, string sql, params object[] values)
    {
#pragma warning disable CA2100 // Constants of this class.
        var command = new NpgsqlCommand(sql, (NpgsqlConnection)session.Connection);
#pragma warning restore CA2100
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }

    private sealed class Line
    {
        public Line(int number, DeviceImport import)
        {
            (Number, Registration, Channels) = (number, import.Registration, import.Channels);
            Shard = Core.Shard.Of(Registration.SubscriberId);
            TokenHash = new byte[Storage.Devices.TokenHash.Length];
            Storage.Devices.TokenHash.Compute(Registration.Provider, Registration.Token, TokenHash);
            TokenKey = Convert.ToHexString(TokenHash) + (int)Registration.Provider;
            Tags = TagsJson.Write(Registration.Tags) is { } tags ? System.Text.Encoding.UTF8.GetString(tags) : null;
        }

        public int Number { get; }

        public DeviceRegistration Registration { get; }

        public IReadOnlyList<string> Channels { get; }

        public int Shard { get; }

        public byte[] TokenHash { get; }

        public string TokenKey { get; }

        public string? Tags { get; }

        /// <summary>Whether PostgreSQL takes its texts as they are.</summary>
        public bool IsPlain => !Has(Registration.DeviceId) && !Has(Registration.SubscriberId) && !Has(Registration.Token) && !Has(Registration.Locale) &&
            !Has(Registration.TimeZone) && !Has(Registration.AppVersion);

        private static bool Has(string? text) => text?.Contains('\0', StringComparison.Ordinal) == true;
    }
}
