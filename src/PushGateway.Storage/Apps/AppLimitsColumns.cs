using PushGateway.Core.Apps;
using PushGateway.Storage.Entities;

namespace PushGateway.Storage.Apps;

/// <summary>The columns of an app's row that hold its limits.</summary>
internal static class AppLimitsColumns
{
    public static AppLimits Read(AppRow row) => new()
    {
        MaxRatePerSecond = row.MaxRatePerSecond,
    };

    public static void Write(AppLimits limits, AppRow row) => row.MaxRatePerSecond = limits.MaxRatePerSecond;
}
