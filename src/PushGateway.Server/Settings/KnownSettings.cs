using PushGateway.Admin;
using PushGateway.Core.Outbound;
using PushGateway.Dispatch;
using PushGateway.Dispatch.Removals;
using PushGateway.Dispatch.Webhooks;
using PushGateway.Live;
using PushGateway.Providers.Apns;
using PushGateway.Providers.Fcm;
using PushGateway.RabbitMq;
using PushGateway.Server.Canary;
using PushGateway.Server.ChatDemo;
using PushGateway.Server.Telemetry;
using PushGateway.Storage;

namespace PushGateway.Server.Settings;

/// <summary>All keys below <c>PushGateway</c> that mean something: a misspelt one would otherwise leave its default standing without a word.</summary>
internal static class KnownSettings
{
    private const string Root = "PushGateway";

    private static readonly Dictionary<string, Type> s_sections = new(StringComparer.OrdinalIgnoreCase)
    {
        [StorageOptions.SectionName] = typeof(StorageOptions),
        [KeysDirectoryOptions.SectionName] = typeof(KeysDirectoryOptions),
        [DispatchOptions.SectionName] = typeof(DispatchOptions),
        [RemovalGuardOptions.SectionName] = typeof(RemovalGuardOptions),
        [WebhookOptions.SectionName] = typeof(WebhookOptions),
        [ApnsOptions.SectionName] = typeof(ApnsOptions),
        [FcmOptions.SectionName] = typeof(FcmOptions),
        [LiveOptions.SectionName] = typeof(LiveOptions),
        [ApiOptions.SectionName] = typeof(ApiOptions),
        [GrpcOptions.SectionName] = typeof(GrpcOptions),
        [RabbitMqOptions.SectionName] = typeof(RabbitMqOptions),
        [AdminOptions.SectionName] = typeof(AdminOptions),
        [TelemetryOptions.SectionName] = typeof(TelemetryOptions),
        [CanaryOptions.SectionName] = typeof(CanaryOptions),
        [ChatDemoOptions.SectionName] = typeof(ChatDemoOptions),
        [OutboundPolicy.SectionName] = typeof(OutboundOptions),
    };

    /// <exception cref="InvalidSettingException">There is a key that no options class has.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var section in configuration.GetSection(Root).GetChildren())
        {
            if (!s_sections.TryGetValue(section.Path, out var options))
            {
                throw new InvalidSettingException(section.Path, $"there is no such setting; the sections are {string.Join(", ", s_sections.Keys)}.");
            }

            Check(section, options);
        }
    }

    private static void Check(IConfigurationSection section, Type options)
    {
        foreach (var setting in section.GetChildren())
        {
            var property = options.GetProperties().FirstOrDefault(property => property.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase))
                ?? throw new InvalidSettingException(setting.Path, "there is no such setting.");
            if (property.PropertyType is { IsClass: true, IsArray: false } nested && nested.Namespace?.StartsWith(Root, StringComparison.Ordinal) == true)
            {
                Check(setting, nested);
            }
        }
    }
}
