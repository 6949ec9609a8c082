using Microsoft.Extensions.Logging;
using PushGateway.Core;
using PushGateway.Storage.Engine;
using PushGateway.Storage.FanOut;

namespace PushGateway.Storage.Retention;

/// <summary>
/// Applies feedback that has waited long enough. Most never does: what waits of an event is applied before the event is final. It is for events that take
/// long, or rest.
/// </summary>
internal sealed class FeedbackWorker(
    StoreWriter writer, ReadPool reads, FeedbackApplying feedback, TimeProvider timeProvider, ILogger<FeedbackWorker> logger) : StoreSweep(timeProvider)
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>How long feedback may wait.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _timeProvider = timeProvider;

    /// <summary>Applies all that has waited long enough.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot take changes now; what is left waits on.</exception>
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        while (await reads.ReadAsync(WaitingFeedback.OldestMs, cancellationToken).ConfigureAwait(false) is { } oldestMs && HasWaited(oldestMs))
        {
            await writer.RunAsync(session => feedback.ApplySome(session), cancellationToken, mayWait: true).ConfigureAwait(false);
        }
    }

    protected override async Task<TimeSpan> SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ApplyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException problem)
        {
            StorageLog.FeedbackFailed(logger, Interval.TotalSeconds, problem);
        }

        return Interval;
    }

    // One that seems to come from the future was recorded before the clock was set back.
    private bool HasWaited(long recordedAtMs)
    {
        var age = _timeProvider.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(recordedAtMs);
        return age >= Patience || age < TimeSpan.Zero;
    }
}
