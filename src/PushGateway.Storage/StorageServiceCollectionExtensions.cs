using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Core.Administration;
using PushGateway.Core.Apps;
using PushGateway.Core.Devices;
using PushGateway.Core.Engagement;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Keys;
using PushGateway.Core.Live;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Subscribers;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Audiences;
using PushGateway.Storage.Audit;
using PushGateway.Storage.Backup;
using PushGateway.Storage.Devices;
using PushGateway.Storage.Engagement;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Events;
using PushGateway.Storage.FanOut;
using PushGateway.Storage.Keys;
using PushGateway.Storage.Live;
using PushGateway.Storage.Nodes;
using PushGateway.Storage.PostgreSql;
using PushGateway.Storage.PostgreSql.Engine;
using PushGateway.Storage.Removals;
using PushGateway.Storage.Retention;
using PushGateway.Storage.SavedAudiences;
using PushGateway.Storage.Search;
using PushGateway.Storage.Sqlite;
using PushGateway.Storage.Sqlite.Engine;
using PushGateway.Storage.Subscribers;
using PushGateway.Storage.Users;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage;

public static class StorageServiceCollectionExtensions
{
    /// <summary>
    /// Adds the store behind the ports of Core, configured by section <c>PushGateway:Storage</c>. It opens before every other
    /// hosted service starts. May be called twice.
    /// </summary>
    /// <remarks>Needs an <see cref="ISecretProtector"/> and a <see cref="TimeProvider"/>; the latter defaults to the system's.</remarks>
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddLogging();
        services.TryAddSingleton<SqliteDatabase>();
        services.TryAddSingleton<PostgreSqlDatabase>();
        services.TryAddSingleton<StoreDatabase>(static provider =>
            IsPostgreSql(provider) ? provider.GetRequiredService<PostgreSqlDatabase>() : provider.GetRequiredService<SqliteDatabase>());
        services.TryAddSingleton<StoreBell>();
        services.TryAddSingleton<NobodyElse>();
        services.TryAddSingleton<PostgreSqlListener>();
        services.TryAddSingleton<IStoreListener>(static provider =>
            IsPostgreSql(provider) ? provider.GetRequiredService<PostgreSqlListener>() : provider.GetRequiredService<NobodyElse>());
        services.TryAddSingleton<SoleNode>();
        services.TryAddSingleton<NodeLeases>();
        services.TryAddSingleton<IShardLeases>(static provider =>
            IsPostgreSql(provider) ? provider.GetRequiredService<NodeLeases>() : provider.GetRequiredService<SoleNode>());
        services.TryAddSingleton<INodeDirectory>(static provider =>
            IsPostgreSql(provider) ? provider.GetRequiredService<NodeLeases>() : provider.GetRequiredService<SoleNode>());
        services.TryAddSingleton<StoreCatalogs>();
        services.TryAddSingleton<StoreLock>();
        services.TryAddSingleton<StoreWriter>();
        services.TryAddSingleton<ReadPool>();
        services.TryAddSingleton<SqliteStoreMigrator>();
        services.TryAddSingleton<PostgreSqlStoreMigrator>();
        services.TryAddSingleton<IStoreMigrator>(static provider =>
            IsPostgreSql(provider) ? provider.GetRequiredService<PostgreSqlStoreMigrator>() : provider.GetRequiredService<SqliteStoreMigrator>());
        services.TryAddSingleton<SqliteStoreBackup>();
        services.TryAddSingleton<PostgreSqlStoreBackup>();
        services.TryAddSingleton<IStoreBackup>(static provider =>
            IsPostgreSql(provider) ? provider.GetRequiredService<PostgreSqlStoreBackup>() : provider.GetRequiredService<SqliteStoreBackup>());
        services.TryAddSingleton<IStoreHealth, StoreHealth>();
        services.TryAddSingleton<AppCatalog>();
        services.TryAddSingleton<ApiKeyCatalog>();
        services.TryAddSingleton<AppPurger>();
        services.TryAddSingleton<PreviousCredentialExpiry>();
        services.TryAddSingleton<RetentionWorker>();
        services.TryAddSingleton<FeedbackWorker>();
        services.TryAddSingleton<DeviceExpiryWorker>();
        services.TryAddSingleton<IDeviceExpiry>(static provider => provider.GetRequiredService<DeviceExpiryWorker>());
        services.TryAddSingleton<ISubscriberDevices, DeviceStore>();
        services.TryAddSingleton<DeletedSubscribers>();
        services.TryAddSingleton<IDeletedSubscribers>(static provider => provider.GetRequiredService<DeletedSubscribers>());
        services.TryAddSingleton<SubscriberPurger>();
        services.TryAddSingleton<ISubscriberStore, SubscriberStore>();
        services.TryAddSingleton<RemovalHolds>();
        services.TryAddSingleton<WebhookCatalog>();
        services.TryAddSingleton<WebhookOutbox>();
        services.TryAddSingleton<FeedbackApplying>();
        services.TryAddSingleton<IRemovalStore, RemovalStore>();
        services.TryAddSingleton<IWebhookStore, WebhookStore>();
        services.TryAddSingleton<IAppStore, AppStore>();
        services.TryAddSingleton<IApiKeyStore, ApiKeyStore>();
        services.TryAddSingleton<DeviceReader>();
        services.TryAddSingleton<IDeviceStore, DeviceStore>();
        services.TryAddSingleton<IAudienceStore, AudienceStore>();
        services.TryAddSingleton<ISavedAudienceStore, SavedAudienceStore>();
        services.TryAddSingleton<IEventStore, EventStore>();
        services.TryAddSingleton<IFanOutStore, FanOutStore>();
        services.TryAddSingleton<IOpenStore, OpenStore>();
        services.TryAddSingleton<ILiveConfirmationStore, LiveConfirmationStore>();
        services.TryAddSingleton<LiveNews>();
        services.TryAddSingleton<LiveEcho>();
        services.TryAddSingleton<LiveAppending>();
        services.TryAddSingleton<ILiveStore, LiveStore>();
        services.TryAddSingleton<AdminUserStore>();
        services.TryAddSingleton<IAdminUserStore>(static provider => provider.GetRequiredService<AdminUserStore>());
        services.TryAddSingleton<IAuditLog, AuditLog>();
        services.TryAddSingleton<IEventSearch, EventSearch>();
        services.TryAddSingleton<IDeviceLookup, DeviceLookup>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StoreService>());
        return services;
    }

    private static bool IsPostgreSql(IServiceProvider provider) => provider.GetRequiredService<IOptions<StorageOptions>>().Value.IsPostgreSql;
}
