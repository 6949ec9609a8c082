using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using PushGateway.Admin.Actions;
using PushGateway.Admin.SignIn;
using PushGateway.Core;
using PushGateway.Core.Administration;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;
using PushGateway.Server.Api;
using PushGateway.Server.Api.Apps;
using PushGateway.Server.Api.Audiences;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Api.Events;
using PushGateway.Server.Api.Keys;
using PushGateway.Server.Api.Providers;
using PushGateway.Server.Api.Removals;
using PushGateway.Server.Api.Subscribers;
using PushGateway.Server.Api.Webhooks;
using PushGateway.Server.Cli;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Administration;

/// <summary>The dashboard's actions as calls of the API's own endpoints: one set of rules, one set of words.</summary>
internal sealed class GatewayActions(
    SignedInUser signedIn, IAuditLog audit, IAppStore apps, AppEndpoints appEndpoints, ProviderEndpoints providers, KeyEndpoints keys, WebhookEndpoints webhooks,
    DeviceEndpoints devices, SubscriptionEndpoints subscriptions, SubscriberEndpoints subscribers, RemovalEndpoints removals, EventEndpoints events, EventControlEndpoints controls, ResendEndpoint resend,
    AudienceEndpoints audiences, SimulatorOffer simulator, IOptions<ApiOptions> options, TimeProvider timeProvider, ILogger<GatewayActions> logger) : IGatewayActions
{
    public Task<Answer> PutAppAsync(string app, JsonObject body, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "app.put", app, Text(body, "name"), [app],
        () => WithBody<AppRequest>(body, async request => (await appEndpoints.PutAsync(app, request, cancellationToken)).Result), cancellationToken);

    public Task<Answer> DeleteAppAsync(string app, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "app.delete", app, null, [app], async () => (await appEndpoints.DeleteAsync(app, cancellationToken)).Result, cancellationToken);

    public Task<Answer> PutCredentialAsync(string app, ProviderKind provider, JsonObject body, bool check, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "credential.put", app, provider.Name(), [app],
        () => WithApp(app, requested => provider == ProviderKind.Apns
            ? WithBody<ApnsCredentialRequest>(body, async request => (await providers.PutAsync(requested, errors => ApnsCredentialMapping.Map(request.Value, errors), check, cancellationToken)).Result)
            : WithBody<FcmCredentialRequest>(body, async request => (await providers.PutAsync(requested, errors => FcmCredentialMapping.Map(request.Value, errors), check, cancellationToken)).Result)),
        cancellationToken);

    public Task<Answer> RestoreCredentialAsync(string app, ProviderKind provider, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "credential.restore", app, provider.Name(), [app],
        () => WithApp(app, async requested => (await providers.RestoreAsync(requested, RequestedProvider.Of(provider), cancellationToken)).Result), cancellationToken);

    public Task<Answer> CheckCredentialAsync(string app, ProviderKind provider, CancellationToken cancellationToken) => CallAsync(
        AdminRole.Admin, [app],
        () => WithApp(app, async requested => (await providers.CheckAsync(requested, RequestedProvider.Of(provider), cancellationToken)).Result), cancellationToken);

    public async Task<Answer> UseSimulatorAsync(string app, ProviderKind? again, CancellationToken cancellationToken)
    {
        if ((await AllowAsync(AdminRole.Admin, cancellationToken)).Refusal is { } refusal)
        {
            return refusal;
        }

        var details = await simulator.DetailsAsync(cancellationToken);
        var answer = Answer.Done();
        foreach (var provider in ProviderKinds.All.Where(provider => IsForSimulator(app, provider, again)))
        {
            var body = provider == ProviderKind.Apns
                ? JsonSerializer.SerializeToNode(details.ToApnsCredentials(), CredentialBodiesJson.Default.ApnsCredentials)
                : JsonSerializer.SerializeToNode(details.ToFcmCredentials(null), CredentialBodiesJson.Default.FcmCredentials);
            answer = await PutCredentialAsync(app, provider, body!.AsObject(), check: false, cancellationToken);
            if (!answer.Ok)
            {
                break;
            }
        }

        return answer;
    }

    /// <summary>What Apple or Google gave is never replaced by this; nor is what leads to this machine, which may be a proxy's, unless it is asked for.</summary>
    private bool IsForSimulator(string app, ProviderKind provider, ProviderKind? again) =>
        apps.Find(app)?.CredentialFor(provider) is not { } credential || (provider == again && credential.Endpoint is { IsLoopback: true });

    public Task<Answer> CreateKeyAsync(JsonObject body, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "key.create", Text(body, "app") ?? "all apps", Text(body, "name"), [],
        () => WithBody<KeyRequest>(body, async request => (await keys.CreateAsync(request, cancellationToken)).Result), cancellationToken);

    public Task<Answer> RemoveKeyAsync(string key, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "key.remove", key, keys.FindName(key), [key], async () => (await keys.RemoveAsync(key, cancellationToken)).Result, cancellationToken);

    public Task<Answer> PutWebhookAsync(string app, string webhook, JsonObject body, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "webhook.put", app, webhook, [app, webhook],
        () => WithApp(app, requested => WithBody<WebhookRequest>(body, async request => (await webhooks.PutAsync(requested, webhook, request.Value, cancellationToken)).Result)),
        cancellationToken);

    public Task<Answer> DeleteWebhookAsync(string app, string webhook, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "webhook.delete", app, webhook, [app, webhook],
        () => WithApp(app, async requested => (await webhooks.DeleteAsync(requested, webhook, cancellationToken)).Result), cancellationToken);

    public Task<Answer> TestWebhookAsync(string app, string webhook, CancellationToken cancellationToken) => CallAsync(
        AdminRole.Admin, [app, webhook],
        () => WithApp(app, async requested => (await webhooks.TestAsync(requested, webhook, cancellationToken)).Result), cancellationToken);

    public Task<Answer> ResumeWebhookAsync(string app, string webhook, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "webhook.resume", app, webhook, [app, webhook],
        () => WithApp(app, async requested => (await webhooks.ResumeAsync(requested, webhook, cancellationToken)).Result), cancellationToken);

    public Task<Answer> RenewWebhookSecretAsync(string app, string webhook, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "webhook.secret", app, webhook, [app, webhook],
        () => WithApp(app, async requested => (await webhooks.RenewSecretAsync(requested, webhook, cancellationToken)).Result), cancellationToken);

    public Task<Answer> ReleaseRemovalsAsync(string app, JsonObject body, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "removals.release", app, $"{Text(body, "provider")}: {Text(body, "decision")}", [app],
        () => WithApp(app, requested => WithBody<ReleaseRequest>(body, async request => (await removals.ReleaseAsync(requested, request.Value, cancellationToken)).Result)),
        cancellationToken);

    public Task<Answer> RegisterDeviceAsync(string app, string device, JsonObject body, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Operator, "device.register", app, device, [app, device],
        () => WithApp(app, requested => WithBody<DeviceRequest>(body, async request => (await devices.RegisterAsync(requested, device, request, grant: null, cancellationToken)).Result)),
        cancellationToken);

    public Task<Answer> RemoveDeviceAsync(string app, string device, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Operator, "device.remove", app, device, [app, device],
        () => WithApp(app, async requested => (await devices.RemoveAsync(requested, device, grant: null, cancellationToken)).Result), cancellationToken);

    public Task<Answer> SubscribeAsync(string app, string channel, string subscriber, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Operator, "subscription.add", app, $"{subscriber} to {channel}", [app, channel, subscriber],
        () => WithApp(app, async requested => (await subscriptions.SubscribeAsync(requested, channel, subscriber, grant: null, cancellationToken)).Result), cancellationToken);

    public Task<Answer> UnsubscribeAsync(string app, string channel, string subscriber, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Operator, "subscription.remove", app, $"{subscriber} from {channel}", [app, channel, subscriber],
        () => WithApp(app, async requested => await subscriptions.UnsubscribeAsync(requested, channel, subscriber, cancellationToken)), cancellationToken);

    public Task<Answer> DeleteSubscriberAsync(string app, string subscriber, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Admin, "subscriber.delete", app, subscriber, [app, subscriber],
        () => WithApp(app, async requested => await subscribers.DeleteAsync(requested, subscriber, cancellationToken)), cancellationToken);

    public Task<Answer> UndoRemovalAsync(string app, long removal, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Operator, "removal.undo", app, $"removal {removal}", [app],
        () => WithApp(app, async requested => (await removals.UndoAsync(requested, $"{removal}", cancellationToken)).Result), cancellationToken);

    public Task<Answer> PublishAsync(string app, JsonObject body, string idempotencyKey, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Operator, "event.publish", app, Text(body, "type"), [app, idempotencyKey],
        () => WithApp(app, requested => WithPublishBody(
            body, async publish =>
            {
                var (record, _, problem) = await events.PublishAsync(requested, publish, idempotencyKey, cancellationToken);
                return record is null ? problem! : TypedResults.Ok(EventAccounts.Recorded(record));
            })),
        cancellationToken);

    public Task<Answer> ControlAsync(string app, string eventId, EventControl control, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Operator, control switch { EventControl.Cancel => "event.cancel", EventControl.Pause => "event.pause", _ => "event.resume" }, app, eventId, [app, eventId],
        () => WithApp(app, async requested => (await controls.ControlAsync(requested, eventId, control, cancellationToken)).Result), cancellationToken);

    public Task<Answer> ResendAsync(string app, string eventId, CancellationToken cancellationToken) => ChangeAsync(
        AdminRole.Operator, "event.resend", app, eventId, [app, eventId],
        () => WithApp(app, async requested =>
        {
            var (record, _, problem) = await resend.ResendAsync(requested, eventId, cancellationToken);
            return record is null ? problem! : TypedResults.Ok(EventAccounts.Recorded(record));
        }),
        cancellationToken);

    public Task<Answer> ValidateAsync(string app, JsonObject body, CancellationToken cancellationToken) => CallAsync(
        AdminRole.Viewer, [app],
        () => WithApp(app, requested => WithPublishBody(body, async publish => (await events.ValidateAsync(requested, publish, cancellationToken)).Result)),
        cancellationToken);

    public Task<Answer> CountAudienceAsync(string app, JsonObject body, CancellationToken cancellationToken) => CallAsync(
        AdminRole.Viewer, [app],
        () => WithApp(app, requested => WithBody<AudienceCountRequest>(body, async request => (await audiences.CountAsync(requested.Value, request.Value, cancellationToken)).Result)),
        cancellationToken);

    /// <summary>A call that changes something: when it was done, the audit log says so.</summary>
    private async Task<Answer> ChangeAsync(
        AdminRole needs, string action, string target, string? detail, string[] ids, Func<Task<IResult>> call, CancellationToken cancellationToken)
    {
        var (user, refusal) = await AllowAsync(needs, cancellationToken);
        if (user is null)
        {
            return refusal!;
        }

        var answer = await CallAsync(ids, call);
        if (answer.Ok)
        {
            try
            {
                // Done by whoever was allowed to, whether or not they still stand, or their page is still open.
                await audit.AddAsync(new AuditEntry(0, timeProvider.GetUtcNow(), user.Name, action, target, detail), CancellationToken.None);
            }
            catch (StoreUnavailableException exception)
            {
                // It is done: to call it refused would be wrong. The log is the second witness.
                ServerLog.AuditNotWritten(logger, exception, action, target, user.Id);
            }
        }

        return answer;
    }

    private async Task<Answer> CallAsync(AdminRole needs, string[] ids, Func<Task<IResult>> call, CancellationToken cancellationToken) =>
        (await AllowAsync(needs, cancellationToken)).Refusal ?? await CallAsync(ids, call);

    private async Task<Answer> CallAsync(string[] ids, Func<Task<IResult>> call)
    {
        if (ids.Any(id => !Identifier.IsValid(id)))
        {
            return Answer.Refused("id.invalid", $"An id has {Identifier.Rule}.");
        }

        try
        {
            return ToAnswer(await call());
        }
        catch (InvalidCredentialException invalid)
        {
            return ToAnswer(ApiProblem.Invalid(invalid.Field, "credential.invalid", invalid.Message));
        }
        catch (StoreUnavailableException exception)
        {
            ServerLog.StoreUnavailable(logger, exception, "ADMIN", "/admin");
            return ToAnswer(ApiProblem.StoreUnavailable("The store cannot take changes now. Nothing was changed; try again later."));
        }
    }

    /// <returns>The user who may, or why not.</returns>
    private async Task<(AdminUser? User, Answer? Refusal)> AllowAsync(AdminRole needs, CancellationToken cancellationToken) =>
        await signedIn.FindAsync(cancellationToken) switch
        {
            null => (null, Answer.Refused("session.ended", "The session has ended. Sign in again.")),
            { } user when user.Role < needs => (null, Answer.Refused("role.insufficient", $"This needs the role {needs.Name()}; yours is {user.Role.Name()}.")),
            var user => (user, null),
        };

    private async Task<IResult> WithApp(string app, Func<RequestedApp, Task<IResult>> call)
    {
        var requested = RequestedApp.Of(apps.Find(app));
        return requested.Problem is { } problem ? problem : await call(requested);
    }

    private async Task<IResult> WithBody<T>(JsonObject body, Func<JsonBody<T>, Task<IResult>> call)
        where T : class
    {
        var errors = new FieldErrors();
        using var document = JsonDocument.Parse(body.ToJsonString(), new JsonDocumentOptions { MaxDepth = options.Value.MaxJsonDepth });
        return JsonBody<T>.Bind(document.RootElement, errors) is { } value ? await call(JsonBody<T>.Of(value)) : errors.ToProblem();
    }

    private async Task<IResult> WithPublishBody(JsonObject body, Func<PublishBody, Task<IResult>> call)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Default.JsonObject);
        if (bytes.Length > options.Value.MaxBodyBytes)
        {
            return ApiProblem.BodyTooLarge(options.Value.MaxBodyBytes);
        }

        var publish = PublishBody.Parse(bytes, options.Value.MaxJsonDepth);
        return publish.Problem ?? await call(publish);
    }

    private static Answer ToAnswer(IResult result) => result switch
    {
        ApiProblem problem => Answer.Refused(
            problem.Code, problem.Detail, [.. (problem.Errors ?? []).Select(error => new AnswerError(error.Field, error.Code, error.Detail))]),
        IValueHttpResult { Value: { } value } => Answer.Done(JsonSerializer.SerializeToNode(value, ApiJson.Default.GetTypeInfo(value.GetType())!)),
        _ => Answer.Done(),
    };

    private static string? Text(JsonObject body, string name) => body[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
