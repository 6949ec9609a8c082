using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Keys;
using PushGateway.Storage.Removals;
using PushGateway.Storage.Subscribers;
using PushGateway.Storage.Users;
using PushGateway.Storage.Webhooks;

namespace PushGateway.Storage.Nodes;

/// <summary>What is kept of the store in memory: read when it opens, and again when another gateway has changed it.</summary>
/// <remarks>
/// It is read again on the writer, where this gateway's own changes are made too, so that neither undoes the other. There are few such changes; all catalogs are read together.
/// </remarks>
internal sealed class StoreCatalogs : IDisposable
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    private readonly AppCatalog _apps;
    private readonly ApiKeyCatalog _keys;
    private readonly RemovalHolds _holds;
    private readonly WebhookCatalog _webhooks;
    private readonly AdminUserStore _users;
    private readonly DeletedSubscribers _deleted;
    private readonly AppPurger _purger;
    private readonly StoreWriter _writer;
    private readonly ReadPool _reads;
    private readonly StoreBell _bell;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<StoreCatalogs> _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<long, bool> _changedWebhooks = new();
    private volatile bool _isMissed;
    private Task? _loop;

    public StoreCatalogs(
        AppCatalog apps, ApiKeyCatalog keys, RemovalHolds holds, WebhookCatalog webhooks, AdminUserStore users, DeletedSubscribers deleted, AppPurger purger, StoreWriter writer,
        ReadPool reads, StoreBell bell, TimeProvider timeProvider, ILogger<StoreCatalogs> logger)
    {
        (_apps, _keys, _holds, _webhooks, _users, _deleted, _purger) = (apps, keys, holds, webhooks, users, deleted, purger);
        (_writer, _reads, _bell, _timeProvider, _logger) = (writer, reads, bell, timeProvider, logger);
    }

    /// <summary>A webhook was changed or resumed, by this gateway or another one; the catalog has it.</summary>
    public event Action<long>? WebhookChanged;

    public void TellWebhookChanged(long webhookKey) => WebhookChanged?.Invoke(webhookKey);

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        (await _reads.ReadAsync(Read, cancellationToken).ConfigureAwait(false))();
        _deleted.Take(await _reads.ReadAsync(DeletedSubscribers.Read, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Takes note of what other gateways change from now on. Before <see cref="LoadAsync"/>, so that nothing is missed in between.</summary>
    public void Listen()
    {
        _bell.Rung += OnRung;
        _bell.Missed += OnMissed;
    }

    /// <summary>Follows what was taken note of.</summary>
    public void Start() => _loop ??= RunAsync(_stop.Token);

    public async Task StopAsync()
    {
        _bell.Rung -= OnRung;
        _bell.Missed -= OnMissed;
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_loop is not null)
        {
            await _loop.ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <returns>Puts what was read in the place of what was known.</returns>
    private Action Read(StoreSession session)
    {
        var (apps, keys, holds, webhooks) = (_apps.Read(session), ApiKeyCatalog.Read(session), RemovalHolds.Read(session), _webhooks.Read(session));
        return () =>
        {
            _keys.Replace(keys);
            _holds.Replace(holds);
            _webhooks.Replace(webhooks);
            _users.Forget();
            _apps.Replace(apps);
        };
    }

    private void OnRung(StoreNotice notice)
    {
        if (notice.Topic == StoreTopic.Webhook)
        {
            _changedWebhooks[notice.Key] = true;
        }

        if (notice.Topic is StoreTopic.Catalog or StoreTopic.Webhook)
        {
            _work.Writer.TryWrite(true);
        }
    }

    private void OnMissed()
    {
        _isMissed = true;
        _work.Writer.TryWrite(true);
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (true)
            {
                await _work.Reader.ReadAsync(stopping).ConfigureAwait(false);
                try
                {
                    await FollowAsync(stopping).ConfigureAwait(false);
                }
#pragma warning disable CA1031 // Whatever it is, it must not be the last time that the catalogs are read.
                catch (Exception problem) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    StorageLog.NoticeFailed(_logger, problem);
                    await Task.Delay(s_retryAfter, _timeProvider, stopping).ConfigureAwait(false);
                    _work.Writer.TryWrite(true);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The next start reads everything.
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        // Taken before it is read: what is rung from now on is read once more.
        var isMissed = _isMissed;
        _isMissed = false;
        var changed = _changedWebhooks.Keys.ToList();
        changed.ForEach(key => _changedWebhooks.TryRemove(key, out _));
        try
        {
            await _writer.RunAsync(session => session.OnCommitted(Read(session)), cancellationToken).ConfigureAwait(false);
            if (isMissed)
            {
                _deleted.Take(await _reads.ReadAsync(DeletedSubscribers.Read, cancellationToken).ConfigureAwait(false));
            }
        }
        catch
        {
            _isMissed |= isMissed;
            changed.ForEach(key => _changedWebhooks[key] = true);
            throw;
        }

        foreach (var key in isMissed ? [.. _webhooks.ListAll().Select(webhook => webhook.Key)] : changed)
        {
            TellWebhookChanged(key);
        }

        // An app may have been deleted, and whoever deleted it may have gone.
        _purger.Wake();
    }
}
