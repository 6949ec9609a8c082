namespace PushGateway.Core.Webhooks;

/// <summary>What a webhook may be told of. The numbers are stored.</summary>
[Flags]
public enum WebhookNotices
{
    None = 0,

    /// <summary>An event is final: completed, cancelled or expired.</summary>
    EventCompleted = 1,

    /// <summary>Devices were removed because a provider called their tokens dead.</summary>
    DevicesRemoved = 2,

    /// <summary>A provider was stopped for the app: its credential was refused, or looks like that of another environment.</summary>
    ProviderStopped = 4,

    /// <summary>Removals are held because too many devices are called dead.</summary>
    RemovalsHeld = 8,
}

/// <summary>The contract's words for <see cref="WebhookNotices"/>.</summary>
public static class WebhookNoticeNames
{
    public const string Test = "webhook.test";

    private static readonly (WebhookNotices Notice, string Name)[] s_names =
    [
        (WebhookNotices.EventCompleted, "event.completed"),
        (WebhookNotices.DevicesRemoved, "devices.removed"),
        (WebhookNotices.ProviderStopped, "provider.stopped"),
        (WebhookNotices.RemovalsHeld, "removals.held"),
    ];

    public static string All { get; } = string.Join(", ", s_names.Select(entry => entry.Name));

    public static IReadOnlyList<string> Of(WebhookNotices notices) =>
        [.. s_names.Where(entry => notices.HasFlag(entry.Notice)).Select(entry => entry.Name)];

    /// <returns><see langword="false"/> when the text is not exactly a known name.</returns>
    public static bool TryParse(string? name, out WebhookNotices notice)
    {
        notice = s_names.FirstOrDefault(entry => entry.Name == name).Notice;
        return notice != WebhookNotices.None;
    }
}
