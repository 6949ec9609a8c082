using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PushGateway.Live.Transports;

namespace PushGateway.Live;

public static class LiveServices
{
    /// <summary>Adds the live core and its transports, configured by section <c>PushGateway:Live</c>. May be called twice.</summary>
    /// <remarks>Needs <see cref="Core.Live.ILiveStore"/>.</remarks>
    public static IServiceCollection AddLive(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<LiveOptions>().BindConfiguration(LiveOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LiveOptions>, LiveOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.TryAddSingleton<LiveMetrics>();
        services.TryAddSingleton<LiveHub>();
        services.TryAddSingleton<LiveStream>();
        services.TryAddSingleton<LiveTransports>();
        return services;
    }
}
