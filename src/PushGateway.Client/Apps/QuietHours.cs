namespace PushGateway.Client.Apps;

/// <summary>Part of the day, by the clock of each device.</summary>
public sealed record QuietHours
{
    /// <summary>The first minute of it, such as <c>22:00</c>.</summary>
    public required string From { get; init; }

    /// <summary>The first minute after it, such as <c>08:00</c>; before <see cref="From"/> when midnight lies between.</summary>
    public required string To { get; init; }

    /// <summary>IANA id, for devices that named no time zone; <see langword="null"/> for UTC.</summary>
    public string? TimeZone { get; init; }
}
