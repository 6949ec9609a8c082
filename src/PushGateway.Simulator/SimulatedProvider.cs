using System.Text.Json.Serialization;

namespace PushGateway.Simulator;

/// <summary>Which of the simulated services a rule, a counter or a push belongs to. Written in JSON as <c>apns</c>, <c>fcm</c> or <c>oauth</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SimulatedProvider>))]
public enum SimulatedProvider
{
    /// <summary>Apple Push Notification service.</summary>
    [JsonStringEnumMemberName("apns")]
    Apns,

    /// <summary>Firebase Cloud Messaging, HTTP v1.</summary>
    [JsonStringEnumMemberName("fcm")]
    Fcm,

    /// <summary>Google's token endpoint, which FCM clients use. Its "token" in rules is the client e-mail of the service account.</summary>
    [JsonStringEnumMemberName("oauth")]
    OAuth,
}
