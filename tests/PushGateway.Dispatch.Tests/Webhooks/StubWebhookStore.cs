using PushGateway.Core.Webhooks;

namespace PushGateway.Dispatch.Tests.Webhooks;

/// <summary>One webhook and what waits for it, in memory.</summary>
internal sealed class StubWebhookStore : IWebhookStore
{
    private readonly Lock _gate = new();
    private readonly List<WebhookNotice> _notices = [];
    private long _lastKey;
    private int _reads;
    private int _parkings;
    private Webhook _webhook = new()
    {
        Key = 1,
        AppKey = 1,
        Id = "hook",
        Url = new Uri("https://example.com/hook"),
        Secret = WebhookSecret.Generate(),
        Notices = WebhookNotices.EventCompleted,
        IsEnabled = true,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    public event Action<long>? NoticeAdded;

    public event Action<long>? Changed;

    public Webhook Webhook
    {
        get
        {
            lock (_gate)
            {
                return _webhook;
            }
        }
    }

    /// <summary>Where it is told.</summary>
    public Uri Url
    {
        set
        {
            lock (_gate)
            {
                _webhook = _webhook with { Url = value };
            }
        }
    }

    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _notices.Count;
            }
        }
    }

    /// <summary>How often it was read what waits.</summary>
    public int Reads => Volatile.Read(ref _reads);

    public int Parkings => Volatile.Read(ref _parkings);

    public void Add()
    {
        lock (_gate)
        {
            _notices.Add(new WebhookNotice(++_lastKey, WebhookNotices.EventCompleted, DateTimeOffset.UnixEpoch, "{}"u8.ToArray()));
        }

        NoticeAdded?.Invoke(1);
    }

    public Webhook? Find(long webhookKey) => Webhook;

    public Webhook? Find(int appKey, string webhookId) => Webhook;

    public IReadOnlyList<Webhook> List(int appKey) => [Webhook];

    public IReadOnlyList<Webhook> ListAll() => [Webhook];

    public bool Wants(int appKey, WebhookNotices kind) => true;

    public Task<IReadOnlyList<WebhookNotice>> ReadNoticesAsync(long webhookKey, int maxNotices, int maxBytes, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _reads);
            return Task.FromResult<IReadOnlyList<WebhookNotice>>([.. _notices.Take(maxNotices)]);
        }
    }

    public Task ConfirmAsync(long webhookKey, long lastNoticeKey, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _notices.RemoveAll(notice => notice.Key <= lastNoticeKey);
            _webhook = _webhook with { ParkedAt = null };
        }

        return Task.CompletedTask;
    }

    public Task ParkAsync(long webhookKey, string error, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _parkings);
            _webhook = _webhook with { ParkedAt = DateTimeOffset.UnixEpoch, LastError = error };
        }

        return Task.CompletedTask;
    }

    public Task<Webhook?> ResumeAsync(int appKey, string webhookId, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _webhook = _webhook with { ParkedAt = null };
        }

        Changed?.Invoke(1);
        return Task.FromResult<Webhook?>(Webhook);
    }

    public Task<Webhook?> ChangeSecretAsync(int appKey, string webhookId, string secret, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _webhook = _webhook with { ParkedAt = null, Secret = secret };
        }

        Changed?.Invoke(1);
        return Task.FromResult<Webhook?>(Webhook);
    }

    public Task<long> CountDroppedAsync(long webhookKey, CancellationToken cancellationToken) => Task.FromResult(0L);

    public Task<WebhookBacklog> CountAsync(long webhookKey, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<(Webhook Webhook, bool Created)> PutAsync(int appKey, WebhookSettings settings, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<bool> DeleteAsync(int appKey, string webhookId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task AddNoticeAsync(int appKey, WebhookNotices kind, byte[] data, CancellationToken cancellationToken) => throw new NotSupportedException();
}
