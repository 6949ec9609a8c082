using System.Text.Json.Nodes;
using PushGateway.Core.Providers;

namespace PushGateway.Core.Events;

/// <summary>What the gateway itself says to the app, in every notification, beside the publisher's data.</summary>
public static class PayloadKeys
{
    /// <summary>The event's id (<see cref="PushEvent.Id"/>), with which the app reports that the notification was opened.</summary>
    /// <remarks>A custom key beside <c>aps</c> for APNs, an entry of <c>data</c> for FCM, whose reserved words it keeps clear of.</remarks>
    public const string Event = "pushgateway.event";

    /// <summary>Keys that begin with this are the gateway's own, so that what it may come to say collides with nobody's data.</summary>
    public const string Prefix = "pushgateway.";

    public static bool IsReserved(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.StartsWith(Prefix, StringComparison.Ordinal);
    }

    /// <summary>Names the first key of a publisher's that is the gateway's own.</summary>
    /// <param name="map">Whatever stands where a map of keys belongs; anything else has no keys.</param>
    /// <param name="field">The map's field in the request.</param>
    /// <returns>The rule that is broken, or <see langword="null"/>.</returns>
    public static RenderingProblem? Check(JsonNode? map, string field)
    {
        foreach (var (key, _) in map as JsonObject ?? [])
        {
            if (IsReserved(key))
            {
                return new RenderingProblem("data.reserved", $"{field}.{key}", Rule);
            }
        }

        return null;
    }

    /// <summary>The rule, for an error's detail.</summary>
    public const string Rule = $"Keys that begin with {Prefix} are the gateway's own: {Event} has the event's id.";
}
