namespace PushGateway.Admin.Words;

/// <summary>What was changed, in words.</summary>
internal static class AuditWords
{
    /// <summary>What entries can be narrowed to: what their actions begin with, and its name.</summary>
    public static IReadOnlyList<(string Prefix, string Name)> Kinds { get; } =
    [
        ("event.", "Events"), ("app.", "Apps"), ("credential.", "Credentials"), ("key.", "API keys"), ("webhook.", "Webhooks"), ("device.", "Devices"),
        ("subscription.", "Subscriptions"), ("subscriber.", "Subscribers"), ("removal", "Removals"), ("identity.", "Identities of apps"), ("user.", "Users"),
    ];

    /// <returns>The action itself for one that there are no words for.</returns>
    public static string Describe(string action) => action switch
    {
        "app.put" => "Saved the app",
        "app.delete" => "Deleted the app",
        "credential.put" => "Set the credential of",
        "credential.restore" => "Put back the previous credential of",
        "identity.put" => "Set who signs tokens for",
        "identity.delete" => "Removed who signs tokens for",
        "key.create" => "Created an API key for",
        "key.remove" => "Removed the API key",
        "webhook.put" => "Saved a webhook of",
        "webhook.delete" => "Deleted a webhook of",
        "webhook.resume" => "Resumed a webhook of",
        "webhook.secret" => "Made a new webhook secret for",
        "device.register" => "Registered a device of",
        "device.remove" => "Removed a device of",
        "subscription.add" => "Subscribed somebody in",
        "subscription.remove" => "Unsubscribed somebody in",
        "subscriber.delete" => "Deleted a subscriber of",
        "removals.release" => "Decided about held removals of",
        "removal.undo" => "Undid a removal of",
        "event.publish" => "Sent an event of",
        "event.pause" => "Paused an event of",
        "event.resume" => "Resumed an event of",
        "event.cancel" => "Cancelled an event of",
        "event.resend" => "Sent an event again of",
        "user.add" => "Added the user",
        "user.role" => "Changed the role of",
        "user.disable" => "Disabled the user",
        "user.enable" => "Enabled the user",
        "user.password" => "Changed the password of",
        _ => action,
    };
}
