using System.Text.Json.Serialization;
using PushGateway.Core.Providers;

namespace PushGateway.Core.Events;

/// <summary>Narrows an audience; every condition must hold. Empty lists do not narrow.</summary>
public sealed record AudienceFilter
{
    public static AudienceFilter None { get; } = new();

    public ProviderSet Providers { get; init; } = ProviderSet.All;

    /// <summary>Lower-case BCP 47 tags; <c>en</c> matches <c>en</c> and <c>en-us</c>.</summary>
    public IReadOnlyList<string> Locales { get; init; } = [];

    /// <summary>IANA ids, compared with what the device named by ordinal. A device that named none does not match.</summary>
    /// <remarks>Events stored by earlier versions do not have it, and read as <see langword="null"/>.</remarks>
    public IReadOnlyList<string> TimeZones { get; init => field = value ?? []; } = [];

    /// <summary>
    /// As <see cref="AppVersion"/> compares. A device without a version, or with one that cannot be compared, does not match.
    /// <see langword="null"/> does not narrow.
    /// </summary>
    public AppVersionRange? AppVersions { get; init; }

    /// <summary>What is asked of the device's tags, by name.</summary>
    public IReadOnlyDictionary<string, TagMatch> Tags { get; init; } = new Dictionary<string, TagMatch>(0);

    /// <summary>The device has registered at this instant or later.</summary>
    public DateTimeOffset? SeenFrom { get; init; }

    /// <summary>The device has last registered before this instant.</summary>
    public DateTimeOffset? SeenBefore { get; init; }

    /// <summary>
    /// A filter that must let the device through as well: that of the saved audience which this one narrows further.
    /// <see cref="Providers"/> has been narrowed by it already.
    /// </summary>
    public AudienceFilter? Also { get; init; }

    /// <summary>Whether there may be devices that it leaves out.</summary>
    [JsonIgnore]
    public bool Narrows => Also is not null || SeenFrom is not null || SeenBefore is not null || AppVersions is not null || Locales.Count > 0 ||
        TimeZones.Count > 0 || Tags.Count > 0 || (Providers & ProviderSet.All) != ProviderSet.All;

    /// <summary>What both let through.</summary>
    /// <param name="other">Without a further one in <see cref="Also"/>.</param>
    public AudienceFilter And(AudienceFilter other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with { Providers = Providers & other.Providers, Also = other };
    }
}
