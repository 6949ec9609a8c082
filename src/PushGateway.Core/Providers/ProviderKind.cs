namespace PushGateway.Core.Providers;

/// <summary>The push services the gateway hands notifications to. The numbers are stored; never reuse one.</summary>
public enum ProviderKind : byte
{
    /// <summary>Apple Push Notification service.</summary>
    Apns = 0,

    /// <summary>Firebase Cloud Messaging, HTTP v1.</summary>
    Fcm = 1,
}

/// <summary>The provider names used in the HTTP contract: <c>apns</c>, <c>fcm</c>.</summary>
public static class ProviderKinds
{
    public static IReadOnlyList<ProviderKind> All { get; } = [ProviderKind.Apns, ProviderKind.Fcm];

    public static string Name(this ProviderKind provider) => provider switch
    {
        ProviderKind.Apns => "apns",
        ProviderKind.Fcm => "fcm",
        _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, "Unknown provider."),
    };

    /// <returns><see langword="false"/> when the text is not exactly a known name.</returns>
    public static bool TryParse(string? name, out ProviderKind provider)
    {
        (var known, provider) = name switch
        {
            "apns" => (true, ProviderKind.Apns),
            "fcm" => (true, ProviderKind.Fcm),
            _ => (false, default),
        };
        return known;
    }
}

/// <summary>A set of providers, one bit each.</summary>
[Flags]
public enum ProviderSet
{
    None = 0,
    Apns = 1 << (int)ProviderKind.Apns,
    Fcm = 1 << (int)ProviderKind.Fcm,
    All = Apns | Fcm,
}

public static class ProviderSets
{
    public static ProviderSet AsSet(this ProviderKind provider) => (ProviderSet)(1 << (int)provider);

    public static bool Contains(this ProviderSet set, ProviderKind provider) => (set & provider.AsSet()) != 0;
}
