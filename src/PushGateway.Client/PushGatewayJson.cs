using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PushGateway.Client.Apps;
using PushGateway.Client.Audiences;
using PushGateway.Client.Devices;
using PushGateway.Client.Events;
using PushGateway.Client.Keys;
using PushGateway.Client.Live;
using PushGateway.Client.Nodes;
using PushGateway.Client.Providers;
using PushGateway.Client.Removals;
using PushGateway.Client.Webhooks;

namespace PushGateway.Client;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(AppSpec))]
[JsonSerializable(typeof(AppInfo))]
[JsonSerializable(typeof(AppIdentitySpec))]
[JsonSerializable(typeof(PageOf<AppInfo>))]
[JsonSerializable(typeof(ApnsCredentials))]
[JsonSerializable(typeof(FcmCredentials))]
[JsonSerializable(typeof(CredentialCheckResult))]
[JsonSerializable(typeof(DeviceSpec))]
[JsonSerializable(typeof(DeviceInfo))]
[JsonSerializable(typeof(PageOf<DeviceInfo>))]
[JsonSerializable(typeof(ImportLineError))]
[JsonSerializable(typeof(ImportSummary))]
[JsonSerializable(typeof(ChannelInfo))]
[JsonSerializable(typeof(AudienceSpec))]
[JsonSerializable(typeof(AudienceCount))]
[JsonSerializable(typeof(SavedAudienceInfo))]
[JsonSerializable(typeof(PageOf<SavedAudienceInfo>))]
[JsonSerializable(typeof(EventRequest))]
[JsonSerializable(typeof(BatchBody))]
[JsonSerializable(typeof(BatchResult))]
[JsonSerializable(typeof(EventInfo))]
[JsonSerializable(typeof(PageOf<EventInfo>))]
[JsonSerializable(typeof(OpenedBody))]
[JsonSerializable(typeof(OpenedResult))]
[JsonSerializable(typeof(ReceiptInfo))]
[JsonSerializable(typeof(PageOf<ReceiptInfo>))]
[JsonSerializable(typeof(ReceiptHistory))]
[JsonSerializable(typeof(RemovalInfo))]
[JsonSerializable(typeof(PageOf<RemovalInfo>))]
[JsonSerializable(typeof(RemovalUndo))]
[JsonSerializable(typeof(RemovalUndoResult))]
[JsonSerializable(typeof(RemovalRelease))]
[JsonSerializable(typeof(RemovalReleaseResult))]
[JsonSerializable(typeof(WebhookSpec))]
[JsonSerializable(typeof(WebhookInfo))]
[JsonSerializable(typeof(PageOf<WebhookInfo>))]
[JsonSerializable(typeof(WebhookTestResult))]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(CreatedKey))]
[JsonSerializable(typeof(KeyInfo))]
[JsonSerializable(typeof(PageOf<KeyInfo>))]
[JsonSerializable(typeof(PageOf<NodeInfo>))]
[JsonSerializable(typeof(ProviderInfo))]
[JsonSerializable(typeof(RegistrationInfo))]
[JsonSerializable(typeof(PageOf<string>))]
[JsonSerializable(typeof(EventValidation))]
[JsonSerializable(typeof(AudienceEstimate))]
[JsonSerializable(typeof(SubscriberTokenSpec))]
[JsonSerializable(typeof(SubscriberToken))]
[JsonSerializable(typeof(LiveMessage))]
[JsonSerializable(typeof(LiveMessages))]
[JsonSerializable(typeof(LiveState))]
[JsonSerializable(typeof(LiveEnd))]
[JsonSerializable(typeof(LiveMessageBody))]
[JsonSerializable(typeof(ConfirmBody))]
internal sealed partial class PushGatewayJson : JsonSerializerContext;
