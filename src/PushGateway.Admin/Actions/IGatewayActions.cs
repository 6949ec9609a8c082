using System.Text.Json.Nodes;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Actions;

/// <summary>What the dashboard asks the gateway to do: the calls of the HTTP API, by its rules and with its words, in the name of who is signed in.</summary>
/// <remarks>
/// Bodies and answers are those of the HTTP contract. Each action names the role it needs, looks up the user as they stand, refuses with
/// <c>role.insufficient</c> otherwise, and writes what was changed to the audit log. None throws for a store that takes no changes: that is a refusal.
/// </remarks>
public interface IGatewayActions
{
    /// <summary>Admin. Creates an app, or replaces its name and limits.</summary>
    Task<Answer> PutAppAsync(string app, JsonObject body, CancellationToken cancellationToken);

    /// <summary>Admin.</summary>
    Task<Answer> DeleteAppAsync(string app, CancellationToken cancellationToken);

    /// <summary>Admin. Replaces the credential; the one before can be restored for a while.</summary>
    /// <param name="check">
    /// Proves it against the provider first: one that is not accepted changes nothing, and the refusal has the code and the words of the check.
    /// </param>
    Task<Answer> PutCredentialAsync(string app, ProviderKind provider, JsonObject body, bool check, CancellationToken cancellationToken);

    /// <summary>Admin. Puts the previous credential back.</summary>
    Task<Answer> RestoreCredentialAsync(string app, ProviderKind provider, CancellationToken cancellationToken);

    /// <summary>Admin. Proves the credential against the provider.</summary>
    Task<Answer> CheckCredentialAsync(string app, ProviderKind provider, CancellationToken cancellationToken);

    /// <summary>
    /// Admin. Connects the app to simulated providers, which are started in this process unless there are some already: for each provider that it has no
    /// credential for. One that it has stays.
    /// </summary>
    /// <param name="again">Whose credential is replaced when it leads to this machine, as one of a simulator does that is gone by now.</param>
    Task<Answer> UseSimulatorAsync(string app, ProviderKind? again, CancellationToken cancellationToken);

    /// <summary>Admin. The answer is the only place where the key is shown.</summary>
    Task<Answer> CreateKeyAsync(JsonObject body, CancellationToken cancellationToken);

    /// <summary>Admin.</summary>
    Task<Answer> RemoveKeyAsync(string key, CancellationToken cancellationToken);

    /// <summary>Admin. A secret that was generated is shown in this answer only.</summary>
    Task<Answer> PutWebhookAsync(string app, string webhook, JsonObject body, CancellationToken cancellationToken);

    /// <summary>Admin.</summary>
    Task<Answer> DeleteWebhookAsync(string app, string webhook, CancellationToken cancellationToken);

    /// <summary>Admin.</summary>
    Task<Answer> TestWebhookAsync(string app, string webhook, CancellationToken cancellationToken);

    /// <summary>Admin. A parked or failing webhook is tried again at once.</summary>
    Task<Answer> ResumeWebhookAsync(string app, string webhook, CancellationToken cancellationToken);

    /// <summary>Admin. The new secret is shown in this answer only.</summary>
    Task<Answer> RenewWebhookSecretAsync(string app, string webhook, CancellationToken cancellationToken);

    /// <summary>Admin.</summary>
    Task<Answer> ReleaseRemovalsAsync(string app, JsonObject body, CancellationToken cancellationToken);

    /// <summary>Operator.</summary>
    Task<Answer> RegisterDeviceAsync(string app, string device, JsonObject body, CancellationToken cancellationToken);

    /// <summary>Operator.</summary>
    Task<Answer> RemoveDeviceAsync(string app, string device, CancellationToken cancellationToken);

    /// <summary>Operator.</summary>
    Task<Answer> SubscribeAsync(string app, string channel, string subscriber, CancellationToken cancellationToken);

    /// <summary>Operator.</summary>
    Task<Answer> UnsubscribeAsync(string app, string channel, string subscriber, CancellationToken cancellationToken);

    /// <summary>Admin. With everything of theirs. It cannot be undone.</summary>
    Task<Answer> DeleteSubscriberAsync(string app, string subscriber, CancellationToken cancellationToken);

    /// <summary>Operator.</summary>
    Task<Answer> UndoRemovalAsync(string app, long removal, CancellationToken cancellationToken);

    /// <summary>Operator.</summary>
    /// <param name="idempotencyKey">Makes a second click on the same button harmless.</param>
    Task<Answer> PublishAsync(string app, JsonObject body, string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>Operator.</summary>
    Task<Answer> ControlAsync(string app, string eventId, EventControl control, CancellationToken cancellationToken);

    /// <summary>Operator. Sends a final event again to the devices that it expired for; a second call answers with the same new event.</summary>
    Task<Answer> ResendAsync(string app, string eventId, CancellationToken cancellationToken);

    /// <summary>Viewer. What a publish of the body would send, and what is wrong with it.</summary>
    Task<Answer> ValidateAsync(string app, JsonObject body, CancellationToken cancellationToken);

    /// <summary>Viewer. How many an audience reaches.</summary>
    Task<Answer> CountAudienceAsync(string app, JsonObject body, CancellationToken cancellationToken);
}
