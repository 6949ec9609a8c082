using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Devices;

/// <summary>What is said about a device, through whichever door, before it is checked.</summary>
internal record struct DeviceFields
{
    public string? Device { get; set; }

    public string? Provider { get; set; }

    public string? Token { get; set; }

    public string? Subscriber { get; set; }

    public string? Environment { get; set; }

    public string? Locale { get; set; }

    public string? TimeZone { get; set; }

    public string? AppVersion { get; set; }

    public IReadOnlyDictionary<string, string>? Tags { get; set; }
}

/// <summary>The rules for devices: the same for a registration and for a line of an import.</summary>
internal static class DeviceRules
{
    public const int MaxAppVersionLength = 64;
    public const int MaxTags = 50;
    public const int MaxTagNameLength = 64;
    public const int MaxTagValueLength = 256;

    /// <returns><see langword="null"/> when there are errors.</returns>
    public static DeviceRegistration? Map(in DeviceFields fields, FieldErrors errors)
    {
        FieldRules.RequireId(fields.Device, "device", errors);
        var token = string.Empty;
        if (!ProviderKinds.TryParse(fields.Provider, out var provider))
        {
            errors.Add("provider", fields.Provider is null ? "field.missing" : "provider.unknown", "Must be apns or fcm.");
        }
        else if (!DeviceToken.TryNormalize(provider, fields.Token, out token, out var problem))
        {
            errors.Add("token", fields.Token is null ? "field.missing" : "token.invalid", problem!);
        }

        if (fields.Subscriber is not null)
        {
            FieldRules.RequireId(fields.Subscriber, "subscriber", errors);
        }

        var environment = EnvironmentNames.Map(fields.Environment, "environment", errors);
        string? locale = null;
        if (fields.Locale is not null && !LocaleTag.TryNormalize(fields.Locale, out locale))
        {
            errors.Add("locale", "locale.invalid", $"Must be {LocaleTag.Rule}.");
        }

        if (fields.TimeZone is not null && !TimeZoneName.IsValid(fields.TimeZone))
        {
            errors.Add("timeZone", "timeZone.invalid", TimeZoneName.Rule);
        }

        FieldRules.CheckLength(fields.AppVersion, "appVersion", MaxAppVersionLength, errors);
        if (fields.Tags is { Count: > 0 })
        {
            TagRules.Check(fields.Tags, "tags", MaxTags, errors);
        }

        return errors.Any ? null : new DeviceRegistration
        {
            DeviceId = fields.Device!,
            Provider = provider,
            Token = token,
            SubscriberId = fields.Subscriber ?? fields.Device!,
            Environment = environment,
            Locale = locale,
            TimeZone = fields.TimeZone,
            AppVersion = fields.AppVersion,
            Tags = fields.Tags ?? DeviceRegistration.EmptyTags,
        };
    }
}
