using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Storage.Apps;
using PushGateway.Storage.Engine;
using PushGateway.Storage.Live;
using PushGateway.Storage.Subscribers;

namespace PushGateway.Storage.Retention;

/// <summary>Removes, at the start and then every hour, what has been kept long enough.</summary>
/// <remarks>In small steps, each a change of its own with a pause behind it, so that registrations and pages of running events go first.</remarks>
internal sealed class RetentionWorker(
    StoreWriter writer, PreviousCredentialExpiry previousCredentials, SubscriberPurger subscribers, DeletedSubscribers deleted, IOptions<StorageOptions> options,
    TimeProvider timeProvider, ILogger<RetentionWorker> logger) : StoreSweep(timeProvider)
{
    internal static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _timeProvider = timeProvider;

    protected override async Task<TimeSpan> SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await subscribers.FinishAllAsync(cancellationToken).ConfigureAwait(false);
            var steps = 1;
            while (await writer.RunAsync(
                session => RetentionStep.Run(session, options.Value.Retention, options.Value.RemovalRetention, options.Value.PurgeStepRows, deleted) ||
                    LiveForgetting.Expired(session, options.Value.LiveHistoryRetention, options.Value.PurgeStepRows) ||
                    previousCredentials.Run(session, options.Value.PurgeStepRows),
                cancellationToken).ConfigureAwait(false))
            {
                steps++;
                await Task.Delay(s_pause, _timeProvider, cancellationToken).ConfigureAwait(false);
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
