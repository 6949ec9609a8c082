using System.Text.Json.Serialization;

namespace PushGateway.Server.Api.Apps;

/// <summary>What is said about an app. What is absent is as if it had never been said: a PUT replaces.</summary>
internal sealed record AppRequest
{
    /// <summary>For people, 1 to 200 characters.</summary>
    public string? Name { get; init; }

    /// <summary>Notifications a second over all events and providers of the app, 1 to 1,000,000; no limit when absent.</summary>
    public int? MaxRatePerSecond { get; init; }

    /// <summary>When normal and bulk events wait; absent for never.</summary>
    public QuietHoursBody? QuietHours { get; init; }

    /// <summary>Notifications for one subscriber on one day, UTC; 1 to 100, absent for no cap.</summary>
    public int? MaxPerSubscriberPerDay { get; init; }
}

/// <summary>Part of the day, by the clock of each device.</summary>
internal sealed record QuietHoursBody
{
    /// <summary>The first minute of it, such as 22:00.</summary>
    public string? From { get; init; }

    /// <summary>The first minute after it, such as 08:00; before From when midnight lies between.</summary>
    public string? To { get; init; }

    /// <summary>IANA id, for devices that named no time zone; UTC when absent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TimeZone { get; init; }
}

/// <param name="Providers">Those it has a credential for.</param>
/// <param name="QuietHours">When its normal and bulk events wait; absent for never.</param>
/// <param name="MaxPerSubscriberPerDay">Notifications for one subscriber on one day, UTC; absent for no cap.</param>
/// <param name="MaxRatePerSecond">Notifications a second over all its events and providers; absent for no limit.</param>
internal sealed record AppResponse(
    string Id, string Name, DateTimeOffset CreatedAt, IReadOnlyList<string> Providers,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] QuietHoursBody? QuietHours,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? MaxPerSubscriberPerDay,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? MaxRatePerSecond);
