using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PushGateway.Core.Outbound;
using PushGateway.Core.Providers;
using PushGateway.Http2;

namespace PushGateway.Providers.Fcm;

public static class FcmServiceCollectionExtensions
{
    /// <summary>Adds FCM to the push providers; settings under <see cref="FcmOptions.SectionName"/>. May be called twice. An <see cref="OutboundPolicy"/> registered before it is used.</summary>
    public static IServiceCollection AddFcmProvider(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<FcmOptions>().BindConfiguration(FcmOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FcmOptions>, FcmOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IPostPoolFactory, PostPoolFactory>();
        services.TryAddSingleton(OutboundPolicy.PublicOnly);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPushProvider, FcmProvider>());
        return services;
    }
}
