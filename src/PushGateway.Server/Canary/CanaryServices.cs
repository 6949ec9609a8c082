using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace PushGateway.Server.Canary;

internal static class CanaryServices
{
    /// <summary>Adds the canary; without an app in its settings it does nothing. Safe to call twice.</summary>
    public static IServiceCollection AddCanary(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<CanaryOptions>().BindConfiguration(CanaryOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<CanaryOptions>, CanaryOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, CanaryWorker>());
        return services;
    }
}
