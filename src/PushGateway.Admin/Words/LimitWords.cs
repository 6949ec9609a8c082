using PushGateway.Core.Apps;

namespace PushGateway.Admin.Words;

internal static class LimitWords
{
    public static string Describe(AppLimits limits)
    {
        var words = new List<string>();
        if (limits.MaxRatePerSecond is { } rate)
        {
            words.Add($"{Numbers.Count(rate)} a second");
        }

        if (limits.MaxPerSubscriberPerDay is { } day)
        {
            words.Add($"{day} a day for each subscriber");
        }

        if (limits.QuietHours is { } quiet)
        {
            words.Add($"quiet {quiet.From:HH\\:mm} to {quiet.To:HH\\:mm}");
        }

        return words.Count == 0 ? "none" : string.Join(", ", words);
    }
}
