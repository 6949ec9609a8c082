using System.Net;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PushGateway.Core.Outbound;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Security;

/// <summary>Makes the outbound policy of the settings, and of where the gateway listens.</summary>
internal sealed class OutboundPolicyFactory(IOptions<OutboundOptions> outbound, IOptions<ApiOptions> api, IConfiguration configuration, TimeProvider timeProvider)
{
    /// <remarks>Before the providers, which otherwise bring a policy of their own.</remarks>
    public static void Register(IServiceCollection services)
    {
        services.AddOptions<OutboundOptions>().BindConfiguration(OutboundPolicy.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OutboundOptions>, OutboundOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<OutboundPolicyFactory>();
        services.TryAddSingleton(static provider => provider.GetRequiredService<OutboundPolicyFactory>().Create());
    }

    private OutboundPolicy Create() => new(
        new OutboundRules
        {
            AllowedNetworks = [.. outbound.Value.AllowedNetworks.Select(text => IPNetwork.Parse(text))],
            AllowedHosts = outbound.Value.AllowedHosts,
            AllowsLoopback = outbound.Value.Loopback switch
            {
                LoopbackRule.Always => true,
                LoopbackRule.Never => false,
                _ => api.Value.TrustedProxies.Length == 0 && ListenAddresses.AreLoopbackOnly(configuration),
            },
        },
        timeProvider);
}
