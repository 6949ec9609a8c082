using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PushGateway.Storage.PostgreSql.Engine;

/// <summary>Holds the store for this process: two gateways on one store would each send what is unfinished.</summary>
/// <remarks>
/// A lock of the database that belongs to the writer's connection: whoever can commit has it, and it is gone with the connection. The server ends the connection
/// of a gateway that was silent for <see cref="MaxSilence"/>, frozen or cut off, and another one may take the store. The number of owners so far is kept with
/// it: one that comes back and is no longer the last of them changes nothing any more, because what it has in memory is of the time before.
/// </remarks>
internal class PostgreSqlOwnership(ILogger<PostgreSqlOwnership> logger, IHostApplicationLifetime? lifetime = null)
{
    /// <summary>After this long without a word the server ends the writer's connection.</summary>
    public static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(15);

    private const string TryLock = "SELECT pg_try_advisory_lock(5784096310118)";

    private const string Begin =
        "INSERT INTO KeyBlocks (Sequence, NextKey) VALUES ('Owner', 1) ON CONFLICT (Sequence) DO UPDATE SET NextKey = KeyBlocks.NextKey + 1 RETURNING NextKey";

    private const string Read = "SELECT NextKey FROM KeyBlocks WHERE Sequence = 'Owner'";

    private long? _number;

    /// <summary>Makes the connection the one that may change the store.</summary>
    /// <exception cref="StoreTakenException">Another gateway has it, or has had it since.</exception>
    public virtual void Take(NpgsqlConnection connection)
    {
        var hasLock = Scalar(connection, TryLock) is true;
        if (_number is not null && (Scalar(connection, Read) is not long last || last != _number))
        {
            StorageLog.StoreTakenOver(logger);
            lifetime?.StopApplication();
            throw new StoreTakenException("Another gateway has taken over this store. This one has to start again.");
        }

        if (!hasLock)
        {
            throw new StoreTakenException("Another gateway has this store.");
        }

        _number ??= (long)Scalar(connection, Begin)!;
    }

    private static object? Scalar(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Constants.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
