using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace PushGateway.Storage.PostgreSql.Engine;

/// <summary>Tells a database that cannot be used now from a statement that is wrong.</summary>
internal static class PostgreSqlErrors
{
    private const string IdleInTransactionTimeout = "25P03";

    /// <summary>Gone, full, shut down, read-only after a fail-over and the like: nothing the caller did.</summary>
    public static bool IsUnavailable(Exception problem) => Find(problem) switch
    {
        null => false,
        PostgresException answer => answer.SqlState[..2] is
                "08" or // connection
                "28" or // refused to log in
                "3D" or // no such database
                "53" or // disk full, out of memory, too many connections
                "57" or // shut down, cancelled
                "58" or // system error
                "XX" // internal error, damaged data
            || answer.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or IdleInTransactionTimeout
            || IsBusy(answer),
        _ => true, // No answer: the connection failed.
    };

    /// <summary>Another transaction was in the way.</summary>
    public static bool IsBusy(Exception problem) => Find(problem) is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable
    };

    /// <summary>The database has ended the connection, or is about to.</summary>
    public static bool EndsConnection(Exception problem) => Find(problem) switch
    {
        null => false,
        PostgresException answer => answer.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown,
        _ => true,
    };

    private static NpgsqlException? Find(Exception problem) =>
        problem as NpgsqlException ?? (problem as DbUpdateException)?.InnerException as NpgsqlException;
}
