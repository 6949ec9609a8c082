using PushGateway.Core.Webhooks;

namespace PushGateway.Admin.Live;

/// <summary>What waits for webhooks. It has to be counted, so it is counted now and then, and once for all who look. Safe for concurrent use.</summary>
internal sealed class WebhookBacklogs(IWebhookStore webhooks, TimeProvider timeProvider)
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, (DateTimeOffset At, Task<IReadOnlyDictionary<long, WebhookBacklog>> Counting)> _counted = [];

    /// <returns>Of each webhook of the app, by its key: as it was a few seconds ago at most, unless it takes longer than that to count.</returns>
    public Task<IReadOnlyDictionary<long, WebhookBacklog>> CountAsync(int appKey)
    {
        var now = timeProvider.GetUtcNow();
        lock (_gate)
        {
            if (_counted.TryGetValue(appKey, out var last) && (!last.Counting.IsCompleted || IsFresh(last.At)))
            {
                return last.Counting;
            }

            // Only of apps that are being looked at.
            foreach (var (app, _) in _counted.Where(entry => entry.Value.Counting.IsCompleted && !IsFresh(entry.Value.At)).ToList())
            {
                _counted.Remove(app);
            }

            var counting = Task.Run(() => ReadAsync(appKey));
            _counted[appKey] = (now, counting);
            return counting;
        }

        bool IsFresh(DateTimeOffset at) => now >= at && now - at < s_every;
    }

    private async Task<IReadOnlyDictionary<long, WebhookBacklog>> ReadAsync(int appKey)
    {
        var backlogs = new Dictionary<long, WebhookBacklog>();
        foreach (var webhook in webhooks.List(appKey))
        {
            backlogs[webhook.Key] = await webhooks.CountAsync(webhook.Key, CancellationToken.None);
        }

        return backlogs;
    }
}
