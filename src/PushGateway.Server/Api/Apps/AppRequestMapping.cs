using PushGateway.Core.Apps;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Apps;

/// <summary>Checks what is said about an app.</summary>
internal static class AppRequestMapping
{
    /// <returns><see langword="null"/> when something is wrong, and the errors say what.</returns>
    public static (string Name, AppLimits Limits)? Map(AppRequest request, FieldErrors errors)
    {
        var hasName = FieldRules.RequireName(request.Name, "name", errors);
        if (request.MaxRatePerSecond is < 1 or > AppLimits.GreatestRate)
        {
            errors.Add("maxRatePerSecond", "maxRatePerSecond.outOfRange", $"Must be from 1 to {AppLimits.GreatestRate}.");
            return null;
        }

        return hasName ? (request.Name!, new AppLimits { MaxRatePerSecond = request.MaxRatePerSecond }) : null;
    }
}
