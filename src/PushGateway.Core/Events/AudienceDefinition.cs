namespace PushGateway.Core.Events;

/// <summary>An audience with its filter, as it is defined: what it says about "within the last days" is not yet counted from any instant.</summary>
public sealed record AudienceDefinition
{
    /// <summary>The most days <see cref="SeenWithinDays"/> may have.</summary>
    public const int MaxSeenWithinDays = 3_650;

    public required Audience Audience { get; init; }

    public AudienceFilter Filter { get; init; } = AudienceFilter.None;

    /// <summary>The device has registered within so many days before the event begins, 1 to <see cref="MaxSeenWithinDays"/>; <see langword="null"/> does not narrow.</summary>
    public int? SeenWithinDays { get; init; }

    /// <summary>The filter for an event that begins at the instant.</summary>
    public AudienceFilter FilterAt(DateTimeOffset instant)
    {
        if (SeenWithinDays is not { } days)
        {
            return Filter;
        }

        var from = instant - TimeSpan.FromDays(days);
        return Filter with { SeenFrom = Filter.SeenFrom > from ? Filter.SeenFrom : from };
    }

    /// <summary>The same, within the filter of a saved audience when there is one.</summary>
    public AudienceFilter FilterAt(DateTimeOffset instant, AudienceDefinition? saved) =>
        saved is null ? FilterAt(instant) : FilterAt(instant).And(saved.FilterAt(instant));
}
