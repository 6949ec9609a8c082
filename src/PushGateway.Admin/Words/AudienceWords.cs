using PushGateway.Core.Events;

namespace PushGateway.Admin.Words;

internal static class AudienceWords
{
    private const int Named = 3;

    public static string Describe(Audience audience) => audience.Kind switch
    {
        AudienceKind.All => "every device of the app",
        AudienceKind.Channels => $"channel {Names(audience.Ids)}",
        AudienceKind.Subscribers => $"subscriber {Names(audience.Ids)}",
        AudienceKind.Devices => $"device {Names(audience.Ids)}",
        AudienceKind.Condition => "subscribers by a condition on channels",
        AudienceKind.ExpiredOf => "the devices that an earlier event expired for",
        _ => throw new ArgumentOutOfRangeException(nameof(audience), audience.Kind, "Unknown audience."),
    };

    private static string Names(IReadOnlyList<string> ids) =>
        string.Join(", ", ids.Take(Named)) + (ids.Count > Named ? $" and {Numbers.Count(ids.Count - Named)} more" : string.Empty);
}
