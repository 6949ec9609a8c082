using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Core.Administration;
using PushGateway.Core.Apps;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;
using PushGateway.Core.Webhooks;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Audit;
using PushGateway.Storage.Keys;
using PushGateway.Storage.Retention;
using PushGateway.Storage.SavedAudiences;
using PushGateway.Storage.Search;
using PushGateway.Storage.Sqlite;
using PushGateway.Storage.Sqlite.Audiences;
using PushGateway.Storage.Sqlite.Devices;
using PushGateway.Storage.Sqlite.Engine;
using PushGateway.Storage.Sqlite.Events;
using PushGateway.Storage.Sqlite.FanOut;
using PushGateway.Storage.Sqlite.Removals;
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
        services.TryAddSingleton<StoreLock>();
        services.TryAddSingleton<StoreWriter>();
        services.TryAddSingleton<ReadPool>();
        services.TryAddSingleton<IStoreMigrator, SqliteStoreMigrator>();
        services.TryAddSingleton<IStoreHealth, SqliteStoreHealth>();
        services.TryAddSingleton<AppCatalog>();
        services.TryAddSingleton<ApiKeyCatalog>();
        services.TryAddSingleton<AppPurger>();
        services.TryAddSingleton<RetentionWorker>();
        services.TryAddSingleton<FeedbackWorker>();
        services.TryAddSingleton<RemovalHolds>();
        services.TryAddSingleton<WebhookCatalog>();
        services.TryAddSingleton<WebhookOutbox>();
        services.TryAddSingleton<FeedbackApplying>();
        services.TryAddSingleton<IRemovalStore, SqliteRemovalStore>();
        services.TryAddSingleton<IWebhookStore, SqliteWebhookStore>();
        services.TryAddSingleton<IAppStore, AppStore>();
        services.TryAddSingleton<IApiKeyStore, ApiKeyStore>();
        services.TryAddSingleton<DeviceReader>();
        services.TryAddSingleton<IDeviceStore, SqliteDeviceStore>();
        services.TryAddSingleton<IAudienceStore, SqliteAudienceStore>();
        services.TryAddSingleton<ISavedAudienceStore, SavedAudienceStore>();
        services.TryAddSingleton<IEventStore, SqliteEventStore>();
        services.TryAddSingleton<IFanOutStore, SqliteFanOutStore>();
        services.TryAddSingleton<IAdminUserStore, AdminUserStore>();
        services.TryAddSingleton<IAuditLog, AuditLog>();
        services.TryAddSingleton<IEventSearch, EventSearch>();
        services.TryAddSingleton<IDeviceLookup, DeviceLookup>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StoreService>());
        return services;
    }
}
