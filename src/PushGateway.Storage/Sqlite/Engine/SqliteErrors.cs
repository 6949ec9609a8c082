using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using SQLitePCL;

namespace PushGateway.Storage.Sqlite.Engine;

/// <summary>Tells a database that cannot be used now from a statement that is wrong.</summary>
internal static class SqliteErrors
{
    /// <summary>Disk full, locked, I/O error and the like: nothing the caller did.</summary>
    public static bool IsUnavailable(Exception problem) =>
        Find(problem)?.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_NOMEM or raw.SQLITE_READONLY or
            raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_FULL or raw.SQLITE_CANTOPEN or raw.SQLITE_PROTOCOL or
            raw.SQLITE_NOTADB or raw.SQLITE_INTERRUPT;

    /// <summary>Held by somebody else for the moment.</summary>
    public static bool IsBusy(Exception problem) => Find(problem)?.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    private static SqliteException? Find(Exception problem) =>
        problem as SqliteException ?? (problem as DbUpdateException)?.InnerException as SqliteException;
}
