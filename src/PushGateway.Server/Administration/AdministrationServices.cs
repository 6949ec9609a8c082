using Microsoft.Extensions.DependencyInjection.Extensions;
using PushGateway.Admin;
using PushGateway.Admin.Actions;
using PushGateway.Admin.Live;

namespace PushGateway.Server.Administration;

internal static class AdministrationServices
{
    /// <summary>The dashboard, and what stands behind its ports. Safe to call twice.</summary>
    public static IServiceCollection AddGatewayAdministration(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddAdminDashboard();
        services.TryAddSingleton<IStoreWatch, StoreWatch>();
        services.TryAddSingleton<SimulatorOffer>();
        services.TryAddScoped<IGatewayActions, GatewayActions>();
        services.TryAddSingleton<FirstSignInNotice>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, FirstSignInNotice>(provider => provider.GetRequiredService<FirstSignInNotice>()));
        return services;
    }
}
