using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using PushGateway.Core;

namespace PushGateway.Benchmarks.Audiences;

/// <summary>
/// The yardsticks: what a database needs for the same work by itself, in its own code. It reads the same columns of the same rows in the same order and only adds
/// them up, and it copies the same rows into an empty database of the same schema.
/// </summary>
internal static class DatabaseLoop
{
    private static readonly string[] s_tables = ["Subscribers", "Devices", "Subscriptions"];

    /// <returns>Devices, seconds and this process's processor time.</returns>
    public static StreamRound Stream(StorePlace place, string appId, string channel)
    {
        using DbConnection connection = place.IsPostgreSql
            ? new NpgsqlConnection(place.ConnectionString)
            : new SqliteConnection(new SqliteConnectionStringBuilder(place.ConnectionString) { Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        var channelKey = Scalar(connection, $"SELECT ChannelKey FROM Channels c JOIN Apps a ON a.AppKey = c.AppKey WHERE a.AppId = '{appId}' AND c.ChannelId = '{channel}'");
        var appKey = Scalar(connection, $"SELECT AppKey FROM Apps WHERE AppId = '{appId}'");
        var devices = 0L;
        var (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        for (var shard = 0; shard < Shard.Count; shard++)
        {
            devices += Scalar(connection, string.Create(
                CultureInfo.InvariantCulture,
                $"""
                SELECT count(*) + 0 * coalesce(sum(s.SubscriberKey % 2 + d.DeviceKey % 2 + d.LastSeenMs % 2 + d.Provider + d.Environment + coalesce(d.QuarantinedVersion, 0)
                    + octet_length(d.Token) + coalesce(octet_length(d.Locale), 0) + coalesce(octet_length(d.TimeZone), 0)), 0)
                FROM Subscriptions s CROSS JOIN Devices d
                WHERE s.Shard = {shard} AND s.AppKey = {appKey} AND s.ChannelKey = {channelKey} AND d.Shard = {shard} AND d.AppKey = {appKey} AND d.SubscriberKey = s.SubscriberKey
                """));
        }

        return new StreamRound(devices, Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, 0);
    }

    /// <summary>SQLite alone puts the first devices of a store, with their subscribers and subscriptions, into a file of their own, durably, in transactions as large as those of an import.</summary>
    /// <returns>Seconds.</returns>
    public static double CopySqlite(string storeFile, string newFile, int devices, int batch)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = newFile, Pooling = false }.ToString());
        connection.Open();
        // As a gateway's writer opens its file.
        Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32768; PRAGMA wal_autocheckpoint=16000");
        using (var attach = connection.CreateCommand())
        {
            attach.CommandText = "ATTACH $file AS source";
            attach.Parameters.AddWithValue("$file", storeFile);
            attach.ExecuteNonQuery();
        }

        foreach (var table in s_tables)
        {
            foreach (var ddl in Texts(connection, $"SELECT sql FROM source.sqlite_master WHERE tbl_name = '{table}' AND sql IS NOT NULL ORDER BY type = 'index'"))
            {
                Execute(connection, ddl);
            }
        }

        var key = Scalar(connection, "SELECT min(DeviceKey) FROM source.Devices");
        var started = Stopwatch.GetTimestamp();
        for (var done = 0; done < devices; done += batch)
        {
            var range = $"d.DeviceKey >= {key + done} AND d.DeviceKey < {key + Math.Min(devices, done + batch)}";
            Execute(connection,
                $"""
                BEGIN IMMEDIATE;
                INSERT INTO main.Subscribers SELECT s.* FROM source.Devices d CROSS JOIN source.Subscribers s ON s.SubscriberKey = d.SubscriberKey WHERE {range} ON CONFLICT DO NOTHING;
                INSERT INTO main.Devices SELECT d.* FROM source.Devices d WHERE {range} ON CONFLICT DO NOTHING;
                INSERT INTO main.Subscriptions SELECT s.* FROM source.Devices d CROSS JOIN source.Subscriptions s ON s.Shard = d.Shard AND s.SubscriberKey = d.SubscriberKey WHERE {range} ON CONFLICT DO NOTHING;
                COMMIT;
                """);
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }

    private static List<string> Texts(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var rows = command.ExecuteReader();
        List<string> texts = [];
        while (rows.Read())
        {
            texts.Add(rows.GetString(0));
        }

        return texts;
    }

    private static long Scalar(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        return Convert.ToInt64(command.ExecuteScalar() ?? 0L, CultureInfo.InvariantCulture);
    }
}
