using PushGateway.Core;

namespace PushGateway.Storage.Backup;

/// <summary>Copies the whole store into one file while a gateway uses it, and puts such a file back. The store need not have been opened.</summary>
public interface IStoreBackup
{
    /// <summary>The value of <see cref="StorageOptions.Provider"/> whose copies these are.</summary>
    string Provider { get; }

    /// <summary>What the copy is called in the folder of a backup.</summary>
    string FileName { get; }

    /// <summary>Copies the store as it is at one instant; nobody who uses it waits for the copy.</summary>
    /// <param name="file">Must not exist.</param>
    /// <exception cref="StoreBackupException">There is no store, or it cannot be copied. What there is of the file is of no use.</exception>
    Task<StoreContent> CopyToAsync(string file, CancellationToken cancellationToken);

    /// <exception cref="StoreBackupException">There is something where the store would be put; the message names it.</exception>
    Task RequireEmptyAsync(CancellationToken cancellationToken);

    /// <summary>Puts a copy where the settings say that the store is. All of it is there afterwards, or nothing.</summary>
    /// <param name="file">Made by <see cref="CopyToAsync"/>.</param>
    /// <param name="expected">What the copy is known to hold; the restored store is compared with it.</param>
    /// <exception cref="StoreBackupException">There is a store already, the copy is of a newer version, or it does not hold what it should.</exception>
    Task RestoreAsync(string file, StoreContent expected, CancellationToken cancellationToken);
}

/// <summary>What a copy of a store holds.</summary>
/// <param name="Migration">The last migration applied to it.</param>
/// <param name="Rows">Rows of each table.</param>
public sealed record StoreContent(string Migration, IReadOnlyDictionary<string, long> Rows);

/// <summary>A backup or a restore cannot be made; the message says why, for whoever asked for it.</summary>
public sealed class StoreBackupException(string message, Exception? inner = null) : PushGatewayException(message, inner);
