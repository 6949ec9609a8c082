using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Core.Messaging;
using PushGateway.Core.Outbound;
using PushGateway.Core.Webhooks;

namespace PushGateway.Dispatch.Webhooks;

internal static class WebhookServices
{
    public static void AddWebhooks(this IServiceCollection services)
    {
        services.AddOptions<WebhookOptions>().BindConfiguration(WebhookOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>());
        services.TryAddSingleton(OutboundPolicy.PublicOnly);
        services.TryAddSingleton<WebhookPoster>();
        services.TryAddSingleton<INoticePublisher, NoBroker>();
        services.TryAddSingleton<WebhookDelivery>();
        services.TryAddSingleton<WebhookWorker>();
        services.TryAddSingleton<IWebhookSender>(provider => provider.GetRequiredService<WebhookWorker>());
        services.TryAddSingleton<ProviderAlerts>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, WebhookWorker>(provider => provider.GetRequiredService<WebhookWorker>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ProviderAlerts>(provider => provider.GetRequiredService<ProviderAlerts>()));
    }
}
