using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PushGateway.Server.Api.Apps;
using PushGateway.Server.Api.Audiences;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Api.Engagement;
using PushGateway.Server.Api.Events;
using PushGateway.Server.Api.Identity;
using PushGateway.Server.Api.Import;
using PushGateway.Server.Api.Keys;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Api.Live;
using PushGateway.Server.Api.Nodes;
using PushGateway.Server.Api.Operations;
using PushGateway.Server.Api.Providers;
using PushGateway.Server.Api.Removals;
using PushGateway.Server.Api.Subscribers;
using PushGateway.Server.Api.Webhooks;
using PushGateway.Server.ChatDemo;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Json;

/// <summary>All records of the HTTP API, read and written without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    Converters = [typeof(UtcTimeConverter)])]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(CreatedKeyResponse))]
[JsonSerializable(typeof(ListResponse<KeyResponse>))]
[JsonSerializable(typeof(ListResponse<NodeResponse>))]
[JsonSerializable(typeof(AppRequest))]
[JsonSerializable(typeof(ListResponse<AppResponse>))]
[JsonSerializable(typeof(ApnsCredentialRequest))]
[JsonSerializable(typeof(FcmCredentialRequest))]
[JsonSerializable(typeof(ProviderResponse))]
[JsonSerializable(typeof(CredentialCheckResponse))]
[JsonSerializable(typeof(DeviceRequest))]
[JsonSerializable(typeof(RegistrationResponse))]
[JsonSerializable(typeof(ListResponse<DeviceResponse>))]
[JsonSerializable(typeof(ListResponse<string>))]
[JsonSerializable(typeof(ChannelResponse))]
[JsonSerializable(typeof(SubscriberExport))]
[JsonSerializable(typeof(IdentityBody))]
[JsonSerializable(typeof(DeviceLine))]
[JsonSerializable(typeof(ImportError))]
[JsonSerializable(typeof(ImportResponse))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(AudienceCountRequest))]
[JsonSerializable(typeof(AudienceCountResponse))]
[JsonSerializable(typeof(AudienceDefinitionRequest))]
[JsonSerializable(typeof(ListResponse<SavedAudienceResponse>))]
[JsonSerializable(typeof(ChatTokenRequest))]
[JsonSerializable(typeof(ChatTokenResponse))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(LiveMessageRequest))]
[JsonSerializable(typeof(LiveMessagesResponse))]
[JsonSerializable(typeof(PublishRequest))]
[JsonSerializable(typeof(BatchRequest))]
[JsonSerializable(typeof(BatchEventRequest))]
[JsonSerializable(typeof(BatchResponse))]
[JsonSerializable(typeof(ListResponse<EventResponse>))]
[JsonSerializable(typeof(ValidationResponse))]
[JsonSerializable(typeof(ListResponse<ReceiptResponse>))]
[JsonSerializable(typeof(HistoryResponse))]
[JsonSerializable(typeof(ConfirmRequest))]
[JsonSerializable(typeof(OpenedDevicesRequest))]
[JsonSerializable(typeof(OpenedRequest))]
[JsonSerializable(typeof(OpenedResponse))]
[JsonSerializable(typeof(ListResponse<RemovalResponse>))]
[JsonSerializable(typeof(UndoRequest))]
[JsonSerializable(typeof(UndoResponse))]
[JsonSerializable(typeof(ReleaseRequest))]
[JsonSerializable(typeof(ReleaseResponse))]
[JsonSerializable(typeof(WebhookRequest))]
[JsonSerializable(typeof(ListResponse<WebhookResponse>))]
[JsonSerializable(typeof(WebhookTestResponse))]
[JsonSerializable(typeof(HealthResponse))]
internal sealed partial class ApiJson : JsonSerializerContext;
