using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Core.Time;

namespace PushGateway.Core.FanOut;

/// <summary>Which devices to read, and what to note of each.</summary>
public sealed record AudienceQuery
{
    public required int AppKey { get; init; }

    public required Audience Audience { get; init; }

    public AudienceFilter Filter { get; init; } = AudienceFilter.None;

    /// <summary>Maps a device's locale to <see cref="AudienceRow.Variant"/>.</summary>
    public LocaleVariants Variants { get; init; } = LocaleVariants.None;

    /// <summary>Numbers the devices' time zones for <see cref="AudienceRow.Zone"/>; <see langword="null"/> when nobody asks.</summary>
    public TimeZones? Zones { get; init; }

    /// <summary>
    /// By <see cref="ProviderKind"/>, the version of the app's credential, 0 for none. A device quarantined under that version
    /// is left out; one quarantined under an earlier version is back.
    /// </summary>
    public required IReadOnlyList<int> CredentialVersions { get; init; }

    /// <summary>Whom an event of the app would be for now.</summary>
    public static AudienceQuery Of(App app, Audience audience, AudienceFilter filter)
    {
        ArgumentNullException.ThrowIfNull(app);
        return new AudienceQuery
        {
            AppKey = app.Key,
            Audience = audience,
            Filter = filter,
            CredentialVersions = [.. ProviderKinds.All.Select(provider => app.CredentialFor(provider)?.Version ?? 0)],
        };
    }
}

/// <summary>Reads audiences page by page.</summary>
public interface IAudienceStore
{
    /// <summary>
    /// Fills the page with the next devices of one shard after the cursor, ordered by (subscriber key, device key), each device
    /// once, and sets <see cref="AudiencePage.End"/> and <see cref="AudiencePage.IsLast"/>.
    /// </summary>
    /// <param name="providers">Only devices of these providers, beside the filter's own.</param>
    /// <param name="page">Cleared by the callee. Its capacity bounds the rows; a page may hold fewer, even none, without being
    /// the last: a selective filter ends a page after a bounded number of rows looked at.</param>
    /// <remarks>One pass, no sort, no offset; allocates nothing per device.</remarks>
    ValueTask ReadPageAsync(
        AudienceQuery query, int shard, ProviderSet providers, AudienceCursor after, AudiencePage page, CancellationToken cancellationToken);
}
