using PushGateway.Server.Api.Devices;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api;

/// <summary>Time zones that this machine must be able to reckon with, unlike a device's own.</summary>
internal static class KnownTimeZone
{
    /// <returns>Whether it is absent or known; otherwise there is an error.</returns>
    public static bool Check(string? id, string field, FieldErrors errors)
    {
        if (id is null || (TimeZoneName.IsValid(id) && TimeZoneInfo.TryFindSystemTimeZoneById(id, out _)))
        {
            return true;
        }

        errors.Add(field, "timeZone.unknown", "Must be an IANA time zone id that this gateway knows, such as Europe/Madrid or UTC.");
        return false;
    }
}
