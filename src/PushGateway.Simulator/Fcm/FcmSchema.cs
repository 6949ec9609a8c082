namespace PushGateway.Simulator.Fcm;

/// <summary>The body of <c>messages:send</c> as Google's published description has it; fields it marks as output only are absent.</summary>
internal static class FcmSchema
{
    private const string Package = "type.googleapis.com/google.firebase.fcm.v1.";

    private static readonly FcmField s_fcmOptions = Message("fcm_options", "FcmOptions", AnalyticsLabel());

    private static readonly FcmField s_notification = Message("notification", "Notification", Text("title"), Text("body"), Text("image"));

    private static readonly FcmField s_color = new("color", FcmFieldKind.Message, "type.googleapis.com/google.type.Color",
        [Number("red"), Number("green"), Number("blue"), Number("alpha")]);

    private static readonly FcmField s_androidNotification = Message("notification", "AndroidNotification",
        Text("title"), Text("body"), Text("icon"), Text("color"), Text("sound"), Text("tag"), Text("click_action"),
        Text("body_loc_key"), Texts("body_loc_args"), Text("title_loc_key"), Texts("title_loc_args"),
        Text("channel_id"), Text("ticker"), Bool("sticky"), Text("event_time"), Bool("local_only"),
        Enum("notification_priority", "AndroidNotification.NotificationPriority", "PRIORITY_UNSPECIFIED", "PRIORITY_MIN", "PRIORITY_LOW", "PRIORITY_DEFAULT", "PRIORITY_HIGH", "PRIORITY_MAX"),
        Bool("default_sound"), Bool("default_vibrate_timings"), Bool("default_light_settings"), Durations("vibrate_timings"),
        Enum("visibility", "AndroidNotification.Visibility", "VISIBILITY_UNSPECIFIED", "PRIVATE", "PUBLIC", "SECRET"),
        Int32("notification_count"),
        Message("light_settings", "LightSettings", s_color, Duration("light_on_duration"), Duration("light_off_duration")),
        Text("image"),
        Enum("proxy", "AndroidNotification.Proxy", "PROXY_UNSPECIFIED", "ALLOW", "DENY", "IF_PRIORITY_LOWERED"),
        Bool("bypass_proxy_notification"));

    private static readonly FcmField s_android = Message("android", "AndroidConfig",
        Text("collapse_key"), Enum("priority", "AndroidMessagePriority", "NORMAL", "HIGH"), new FcmField("ttl", FcmFieldKind.TimeToLive, "type.googleapis.com/google.protobuf.Duration"),
        Text("restricted_package_name"), Data(), s_androidNotification, Message("fcm_options", "AndroidFcmOptions", AnalyticsLabel()),
        Bool("direct_boot_ok"), Bool("bandwidth_constrained_ok"), Bool("restricted_satellite_ok"));

    private static readonly FcmField s_apns = Message("apns", "ApnsConfig",
        TextMap("headers"), Struct("payload"), Text("live_activity_token"), Message("fcm_options", "ApnsFcmOptions", AnalyticsLabel(), Text("image")));

    private static readonly FcmField s_webpush = Message("webpush", "WebpushConfig",
        TextMap("headers"), TextMap("data"), Struct("notification"), Message("fcm_options", "WebpushFcmOptions", Text("link"), AnalyticsLabel()));

    private static readonly FcmField s_message = Message("message", "Message",
        new FcmField("token", FcmFieldKind.Token, "TYPE_STRING"), new FcmField("fid", FcmFieldKind.InstallationId, "TYPE_STRING"),
        new FcmField("topic", FcmFieldKind.Topic, "TYPE_STRING"), new FcmField("condition", FcmFieldKind.Condition, "TYPE_STRING"),
        Text("name"), Data(), s_notification, s_android, s_apns, s_webpush, s_fcmOptions);

    /// <summary>The request as a whole.</summary>
    public static FcmField Request { get; } = Message(string.Empty, "SendMessageRequest", Bool("validate_only"), s_message);

    private static FcmField Message(string name, string type, params FcmField[] fields) => new(name, FcmFieldKind.Message, Package + type, fields);

    private static FcmField Text(string name) => new(name, FcmFieldKind.Text, "TYPE_STRING");

    private static FcmField Texts(string name) => new(name, FcmFieldKind.TextList, "TYPE_STRING");

    private static FcmField TextMap(string name) => new(name, FcmFieldKind.TextMap, "TYPE_STRING");

    private static FcmField Data() => new("data", FcmFieldKind.Data, "TYPE_STRING");

    private static FcmField Struct(string name) => new(name, FcmFieldKind.Struct, "type.googleapis.com/google.protobuf.Struct");

    private static FcmField Bool(string name) => new(name, FcmFieldKind.Bool, "TYPE_BOOL");

    private static FcmField Int32(string name) => new(name, FcmFieldKind.Int32, "TYPE_INT32");

    private static FcmField Number(string name) => new(name, FcmFieldKind.Number, "TYPE_FLOAT");

    private static FcmField Duration(string name) => new(name, FcmFieldKind.Duration, "type.googleapis.com/google.protobuf.Duration");

    private static FcmField Durations(string name) => new(name, FcmFieldKind.DurationList, "type.googleapis.com/google.protobuf.Duration");

    private static FcmField AnalyticsLabel() => new("analytics_label", FcmFieldKind.AnalyticsLabel, "TYPE_STRING");

    private static FcmField Enum(string name, string type, params string[] values) => new(name, FcmFieldKind.Enum, Package + type, values: values);
}
