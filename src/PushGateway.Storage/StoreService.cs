using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Keys;
using PushGateway.Storage.PostgreSql.Engine;
using PushGateway.Storage.Removals;
using PushGateway.Storage.Retention;
using PushGateway.Storage.Sqlite.Engine;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage;

/// <summary>Opens the store before any other service starts, and closes it after all others have stopped.</summary>
internal sealed class StoreService(
    IStoreMigrator migrator,
    StoreDatabase database,
    StoreWriter writer,
    StoreLock storeLock,
    AppCatalog apps,
    ApiKeyCatalog keys,
    RemovalHolds holds,
    WebhookCatalog webhooks,
    AppPurger purger,
    RetentionWorker retention,
    FeedbackWorker feedback,
    IOptions<StorageOptions> options,
    TimeProvider timeProvider,
    ILogger<StoreService> logger) : IHostedLifecycleService
{
    private bool _isOpen;
    private bool _isStandingBy;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (_isOpen)
        {
            return;
        }

        var applied = await migrator.MigrateAsync(cancellationToken).ConfigureAwait(false);
        await StartWriterAsync(cancellationToken).ConfigureAwait(false);
        await apps.LoadAsync(cancellationToken).ConfigureAwait(false);
        await keys.LoadAsync(cancellationToken).ConfigureAwait(false);
        await holds.LoadAsync(cancellationToken).ConfigureAwait(false);
        await webhooks.LoadAsync(cancellationToken).ConfigureAwait(false);
        purger.Start();
        retention.Start();
        feedback.Start();
        _isOpen = true;
        StorageLog.StoreReady(logger, database.Name, applied.Count);
    }

    private async Task StartWriterAsync(CancellationToken cancellationToken)
    {
        while (!TryStartWriter())
        {
            await Task.Delay(StorageOptions.StandByInterval, timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns><see langword="false"/> when another gateway has the store and this one is to stand by.</returns>
    private bool TryStartWriter()
    {
        try
        {
            writer.Start();
            return true;
        }
        catch (StoreTakenException) when (options.Value.StandBy)
        {
            if (!_isStandingBy)
            {
                StorageLog.StandingBy(logger, database.Name);
                _isStandingBy = true;
            }

            return false;
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
            await Task.WhenAll(purger.StopAsync(), retention.StopAsync(), feedback.StopAsync()).ConfigureAwait(false);
        }
        finally
        {
            await writer.StopAsync().ConfigureAwait(false);
            storeLock.Release();
        }

        StorageLog.StoreStopped(logger, writer.Commits);
    }
}
