using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Dispatch.Removals;
using PushGateway.Dispatch.Webhooks;

namespace PushGateway.Dispatch;

public static class DispatchServices
{
    /// <summary>
    /// Adds publishing and the fan-outs: <see cref="IEventPublisher"/>, <see cref="IFanOutDispatcher"/> and the worker behind it.
    /// Needs the stores and the providers. Safe to call twice.
    /// </summary>
    public static IServiceCollection AddDispatch(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<DispatchOptions>().BindConfiguration(DispatchOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DispatchOptions>, DispatchOptionsRangeValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DispatchOptions>, DispatchOptionsValidator>());
        services.AddOptions<RemovalGuardOptions>().BindConfiguration(RemovalGuardOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RemovalGuardOptions>, RemovalGuardOptionsRangeValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RemovalGuardOptions>, RemovalGuardOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Random>(_ => new Random());
        services.TryAddSingleton<RetrySchedule>();
        services.TryAddSingleton<RetryBudget>();
        services.TryAddSingleton<DispatchMetrics>();
        services.TryAddSingleton<QuotaPaces>();
        services.TryAddSingleton<FeedbackMetrics>();
        services.TryAddSingleton<RemovalGuards>();
        services.TryAddSingleton<ProviderGates>();
        services.AddWebhooks();
        services.TryAddSingleton(provider => new FanOutSchedule(
            provider.GetRequiredService<IAppStore>(), provider.GetRequiredService<ProviderGates>(),
            provider.GetRequiredService<IOptions<DispatchOptions>>().Value.PageSize, provider.GetRequiredService<IShardLeases>()));
        services.TryAddSingleton<Dispatcher>();
        services.TryAddSingleton<DailyCap>();
        services.TryAddSingleton<OutcomeTotals>();
        services.TryAddSingleton<IOutcomeTotals>(provider => provider.GetRequiredService<OutcomeTotals>());
        services.TryAddSingleton<OutcomeRecorder>();
        services.TryAddSingleton<PagePipeline>();
        services.TryAddSingleton<FanOutIntake>();
        services.TryAddSingleton<FanOutWorker>();
        services.TryAddSingleton<IFanOutDispatcher>(provider => provider.GetRequiredService<FanOutWorker>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, FanOutWorker>(
            provider => provider.GetRequiredService<FanOutWorker>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, InFlightMetrics>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StandingMetrics>());
        services.TryAddSingleton<IEventPublisher, EventPublisher>();
        return services;
    }
}
