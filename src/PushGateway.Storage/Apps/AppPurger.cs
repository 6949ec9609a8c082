using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Apps;

/// <summary>Removes the rows of deleted apps in small steps, each a change of its own, so that others' changes pass in between.</summary>
internal sealed class AppPurger(
    StoreWriter writer, IOptions<StorageOptions> options, TimeProvider timeProvider, ILogger<AppPurger> logger) : IDisposable
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private Task? _loop;

    public void Start()
    {
        Wake();
        _loop ??= RunAsync(_stop.Token);
    }

    /// <summary>There may be something to remove.</summary>
    public void Wake() => _work.Writer.TryWrite(true);

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_loop is not null)
        {
            await _loop.ConfigureAwait(false);
        }
    }

    /// <summary>Removes all that deleted apps have left.</summary>
    public async Task PurgeAsync(CancellationToken cancellationToken)
    {
        var steps = 0;
        while (await writer.RunAsync(session => AppPurge.Step(session, options.Value.PurgeStepRows), cancellationToken).ConfigureAwait(false) is { } step)
        {
            steps++;
            if (step.IsComplete)
            {
                StorageLog.AppPurged(logger, step.AppKey, steps);
                steps = 0;
            }
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
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
                    await PurgeAsync(stopping).ConfigureAwait(false);
                }
                catch (StoreUnavailableException problem)
                {
                    StorageLog.PurgeFailed(logger, s_retryAfter.TotalSeconds, problem);
                    await Task.Delay(s_retryAfter, timeProvider, stopping).ConfigureAwait(false);
                    Wake();
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The tombstones are durable: the next start goes on.
        }
    }
}
