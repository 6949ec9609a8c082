using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PushGateway.Core.Outbound;
using PushGateway.Core.Providers;
using PushGateway.Http2;

namespace PushGateway.Providers.Apns;

public static class ApnsServiceCollectionExtensions
{
    /// <summary>Adds APNs to the push providers; settings under <see cref="ApnsOptions.SectionName"/>. May be called twice. An <see cref="OutboundPolicy"/> registered before it is used.</summary>
    public static IServiceCollection AddApnsProvider(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ApnsOptions>().BindConfiguration(ApnsOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ApnsOptions>, ApnsOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IPostPoolFactory, PostPoolFactory>();
        services.TryAddSingleton(OutboundPolicy.PublicOnly);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPushProvider, ApnsProvider>());
        return services;
    }
}
