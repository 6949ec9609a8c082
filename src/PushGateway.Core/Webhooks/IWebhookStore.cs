namespace PushGateway.Core.Webhooks;

/// <summary>Persistence of webhooks and of what they are to be told. Secrets are encrypted at rest.</summary>
/// <remarks>
/// <see cref="Find(int, string)"/> and the lists are served from memory. Changes return once durable, and throw
/// <see cref="StoreUnavailableException"/> when writes are impossible. Notices are kept in order, at most so many and so
/// large a webhook; above that the oldest are dropped and counted.
/// </remarks>
public interface IWebhookStore
{
    Webhook? Find(int appKey, string webhookId);

    Webhook? Find(long webhookKey);

    /// <returns>By id in ordinal order.</returns>
    IReadOnlyList<Webhook> List(int appKey);

    IReadOnlyList<Webhook> ListAll();

    /// <summary>Whether a notice of this kind would be kept for any webhook of the app.</summary>
    bool Wants(int appKey, WebhookNotices kind);

    /// <summary>Creates or replaces. One that was parked is tried again at once.</summary>
    /// <returns>The webhook, and whether it was created.</returns>
    Task<(Webhook Webhook, bool Created)> PutAsync(int appKey, WebhookSettings settings, CancellationToken cancellationToken);

    /// <summary>Deletes it with all that waits for it.</summary>
    /// <returns><see langword="false"/> when there was none.</returns>
    Task<bool> DeleteAsync(int appKey, string webhookId, CancellationToken cancellationToken);

    /// <summary>Keeps a notice for every webhook of the app that wants it.</summary>
    /// <param name="data">JSON object, UTF-8.</param>
    Task AddNoticeAsync(int appKey, WebhookNotices kind, byte[] data, CancellationToken cancellationToken);

    /// <returns>The oldest notices, at most so many and together at most so many bytes, but at least one when there is any.</returns>
    Task<IReadOnlyList<WebhookNotice>> ReadNoticesAsync(long webhookKey, int maxNotices, int maxBytes, CancellationToken cancellationToken);

    /// <summary>The webhook has been told everything up to this notice, and works.</summary>
    Task ConfirmAsync(long webhookKey, long lastNoticeKey, CancellationToken cancellationToken);

    /// <summary>The webhook does not work; also when it is parked already, with the newest error.</summary>
    Task ParkAsync(long webhookKey, string error, CancellationToken cancellationToken);

    /// <summary>It is tried again at once.</summary>
    /// <returns>The webhook, or <see langword="null"/> when there is none.</returns>
    Task<Webhook?> ResumeAsync(int appKey, string webhookId, CancellationToken cancellationToken);

    /// <summary>Replaces the secret and nothing else. One that was parked is tried again at once.</summary>
    /// <param name="secret">By the rule of <see cref="WebhookSecret"/>.</param>
    /// <returns>The webhook, or <see langword="null"/> when there is none.</returns>
    Task<Webhook?> ChangeSecretAsync(int appKey, string webhookId, string secret, CancellationToken cancellationToken);

    /// <summary>How many notices were given up; quick.</summary>
    Task<long> CountDroppedAsync(long webhookKey, CancellationToken cancellationToken);

    /// <summary>What waits; it has to be counted.</summary>
    Task<WebhookBacklog> CountAsync(long webhookKey, CancellationToken cancellationToken);

    /// <summary>Raised after a notice was kept, with the webhook's key. Handlers must be quick and must not throw.</summary>
    event Action<long>? NoticeAdded;

    /// <summary>Raised after a webhook was put, resumed or deleted, with its key. Handlers must be quick and must not throw.</summary>
    event Action<long>? Changed;
}
