using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Core.Messaging;

namespace PushGateway.RabbitMq;

public static class RabbitMqServices
{
    /// <summary>Adds the broker of section <c>PushGateway:RabbitMq</c>, when it names one. May be called twice.</summary>
    /// <remarks>Needs <see cref="IMessageIntake"/>. Is the last to start and the first to stop: it lives on what the others do.</remarks>
    public static IServiceCollection AddRabbitMq(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<RabbitMqOptions>().BindConfiguration(RabbitMqOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RabbitMqOptions>, RabbitMqOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RabbitMqMetrics>();
        services.TryAddSingleton<RabbitMqBroker>();
        services.Replace(ServiceDescriptor.Singleton<INoticePublisher, RabbitMqNoticePublisher>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RabbitMqWorker>());
        return services;
    }
}
