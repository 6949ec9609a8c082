using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PushGateway.Core.Nodes;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Live;
using PushGateway.Storage.Nodes;
using PushGateway.Storage.Retention;
using PushGateway.Storage.Sqlite.Engine;

namespace PushGateway.Storage;

/// <summary>Opens the store before any other service starts, and closes it after all others have stopped.</summary>
internal sealed class StoreService(
    IStoreMigrator migrator,
    StoreDatabase database,
    StoreWriter writer,
    StoreLock storeLock,
    IStoreListener listener,
    StoreCatalogs catalogs,
    IShardLeases leases,
    LiveEcho echo,
    AppPurger purger,
    RetentionWorker retention,
    FeedbackWorker feedback,
    DeviceExpiryWorker expiry,
    ILogger<StoreService> logger) : IHostedLifecycleService
{
    private bool _isOpen;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (_isOpen)
        {
            return;
        }

        var applied = await migrator.MigrateAsync(cancellationToken).ConfigureAwait(false);
        Open();
        await catalogs.LoadAsync(cancellationToken).ConfigureAwait(false);
        catalogs.Start();
        echo.Start();
        purger.Start();
        retention.Start();
        feedback.Start();
        expiry.Start();
        _isOpen = true;
        StorageLog.StoreReady(logger, database.Name, applied.Count);
    }

    private void Open()
    {
        try
        {
            writer.Start();
            // Before anything is read: what changes afterwards is heard of.
            catalogs.Listen();
            listener.Start();
        }
        catch (Exception problem) when (database.IsUnavailable(problem))
        {
            throw new StoreNotOpenedException(
                $"{StorageOptions.SectionName}:{nameof(StorageOptions.ConnectionString)}: the store {database.Name} cannot be opened. {problem.Message}", problem);
        }
    }

    /// <remarks>Hosts older than this interface, and tests, call only this one.</remarks>
    public Task StartAsync(CancellationToken cancellationToken) => StartingAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <remarks>Nothing yet: services that stop later may still have something to record.</remarks>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(purger.StopAsync(), retention.StopAsync(), feedback.StopAsync(), expiry.StopAsync(), catalogs.StopAsync(), echo.StopAsync(), listener.StopAsync()).ConfigureAwait(false);
            if (leases is NodeLeases node)
            {
                await node.StopAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await writer.StopAsync().ConfigureAwait(false);
            storeLock.Release();
        }

        StorageLog.StoreStopped(logger, writer.Commits);
    }
}
