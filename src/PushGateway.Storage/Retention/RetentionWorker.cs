using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Storage.Sqlite.Engine;

namespace PushGateway.Storage.Retention;

/// <summary>Removes, at the start and then every hour, what has been kept long enough.</summary>
/// <remarks>
/// In small steps, each a change of its own with a pause behind it, so that registrations and pages of running events go first.
/// Nothing is remembered between the steps: a restart goes on where the last one ended.
/// </remarks>
internal sealed class RetentionWorker(
    StoreWriter writer, IOptions<StorageOptions> options, TimeProvider timeProvider, ILogger<RetentionWorker> logger) : IDisposable
{
    internal static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private Task? _loop;

    public void Start() => _loop ??= RunAsync(_stop.Token);

    public async Task StopAsync()
    {
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

    private async Task RunAsync(CancellationToken stopping)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (true)
            {
                await Task.Delay(await SweepAsync(stopping).ConfigureAwait(false), timeProvider, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What is left is found by the next start.
        }
    }

    /// <returns>How long to wait for the next sweep.</returns>
    private async Task<TimeSpan> SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            var steps = 1;
            while (await writer.RunAsync(
                session => RetentionStep.Run(session, options.Value.Retention, options.Value.RemovalRetention, options.Value.PurgeStepRows), cancellationToken)
                .ConfigureAwait(false))
            {
                steps++;
                await Task.Delay(s_pause, timeProvider, cancellationToken).ConfigureAwait(false);
            }

            StorageLog.RetentionSwept(logger, steps);
            return Interval;
        }
        catch (StoreUnavailableException problem)
        {
            StorageLog.RetentionFailed(logger, s_retryAfter.TotalSeconds, problem);
            return s_retryAfter;
        }
    }
}
