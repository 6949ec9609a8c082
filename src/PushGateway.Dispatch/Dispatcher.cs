using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>Hands one provider's pushes of a page to its sender, and repeats those with a temporary outcome that need not wait long.</summary>
internal sealed class Dispatcher
{
    /// <summary>
    /// A page is held for repeats only when they are at least this share of it. A few go through the store: holding the page for them
    /// would make a thousand devices and all that follow wait for a handful.
    /// </summary>
    private const double HoldShare = 0.25;

    private readonly DispatchOptions _options;
    private readonly RetrySchedule _schedule;
    private readonly DispatchMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly ResiliencePipeline<Round> _retries;
    private readonly ILogger<Dispatcher> _logger;

    public Dispatcher(
        IOptions<DispatchOptions> options, RetrySchedule schedule, DispatchMetrics metrics, TimeProvider timeProvider,
        ILogger<Dispatcher> logger)
    {
        (_options, _schedule, _metrics, _timeProvider, _logger) = (options.Value, schedule, metrics, timeProvider, logger);
        var pipeline = new ResiliencePipelineBuilder<Round> { TimeProvider = timeProvider };
        if (_options.InProcessRetries > 0)
        {
            pipeline.AddRetry(new RetryStrategyOptions<Round>
            {
                Name = "page",
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result is { Residue: > 0 }),
                MaxRetryAttempts = _options.InProcessRetries,
                DelayGenerator = static arguments => ValueTask.FromResult<TimeSpan?>(arguments.Outcome.Result.Wait),
            });
        }

        _retries = pipeline.Build();
    }

    /// <summary>
    /// Writes a result for each of the rows into the ledger; rows left not attempted or temporary are the caller's to defer. What the rows
    /// have reserved of the quota is settled.
    /// </summary>
    /// <returns>When the first of them was accepted, and whether the gate's state changed.</returns>
    public async Task<DispatchResult> SendAsync(PageWorkspace workspace, Turn turn, ProviderGate gate)
    {
        HoldBack(workspace, turn, gate);
        var rows = workspace.Rows[(int)gate.Provider];
        if (rows.Count == 0)
        {
            return default;
        }

        var lease = gate.AcquireSender();
        if (lease is null)
        {
            turn.Quotas[(int)gate.Provider]?.Release(rows.Count);
            return new DispatchResult(null, GateChanged: true);
        }

        try
        {
            var run = new Run(this, workspace, turn, gate, lease);
            try
            {
                await _retries.ExecuteAsync(static (run, _) => run.AttemptAsync(), run, turn.Stop);
            }
            catch (OperationCanceledException) when (turn.Stop.IsCancellationRequested)
            {
                // Stopped while waiting for a repeat: the ledger has the last result of every row. When it was before the first attempt,
                // which gives back what it has reserved, there has been none.
                run.ReleaseUnbegun();
            }

            return new DispatchResult(run.FirstAcceptedAt, run.GateChanged);
        }
        finally
        {
            gate.Release(lease);
        }
    }

    /// <summary>Takes out of a page of deferred devices those repeats that the retry budget does not allow.</summary>
    private void HoldBack(PageWorkspace workspace, Turn turn, ProviderGate gate)
    {
        // A probe is few enough, and has to be sent for the gate to open again.
        if (!turn.IsDeferred || turn.IsProbe)
        {
            return;
        }

        var rows = workspace.Rows[(int)gate.Provider];
        var repeats = rows.Count(row => workspace.Page[row].Attempts > 0);
        var excess = repeats - gate.Repeats.Take(repeats);
        if (excess == 0)
        {
            return;
        }

        var left = excess;
        for (var index = rows.Count - 1; left > 0; index--)
        {
            if (workspace.Page[rows[index]].Attempts > 0)
            {
                workspace.Ledger.HoldBack(rows[index]);
                rows.RemoveAt(index);
                left--;
            }
        }

        turn.Quotas[(int)gate.Provider]?.Release(excess);
        turn.AppPace?.Return(excess);
        turn.FanOut.Pace?.Return(excess);
        gate.Repeats.Restrain();
        _metrics.HeldBack(gate.Provider, excess);
    }

    /// <summary>What one attempt at a batch left over.</summary>
    /// <param name="Residue">Rows worth a repeat in process.</param>
    /// <param name="Wait">The longest wait of any of them.</param>
    private readonly record struct Round(int Residue, TimeSpan Wait);

    private sealed class Run(Dispatcher dispatcher, PageWorkspace workspace, Turn turn, ProviderGate gate, SenderLease lease)
    {
        private readonly PushBatch _batch = workspace.Batches[(int)gate.Provider];
        private readonly List<int> _rows = workspace.Rows[(int)gate.Provider];
        private readonly int _pushes = workspace.Rows[(int)gate.Provider].Count;
        private QuotaPace? _quota = turn.Quotas[(int)gate.Provider];
        private bool _hasBegun;

        public DateTimeOffset? FirstAcceptedAt { get; private set; }

        public bool GateChanged { get; private set; }

        public void ReleaseUnbegun()
        {
            if (!_hasBegun)
            {
                _quota?.Release(_rows.Count);
            }
        }

        public async ValueTask<Round> AttemptAsync()
        {
            var isRepeat = _hasBegun;
            _hasBegun = true;
            if (isRepeat && !TakeRepeats())
            {
                return default;
            }

            var (reserved, attempted, repeated) = (_rows.Count, 0, 0);
            using var span = DispatchTracing.StartSend(turn, gate.Provider, isRepeat);
            try
            {
                await SendBatchAsync();
                (attempted, repeated) = CountAttempts(isRepeat);
            }
            finally
            {
                _quota?.Settle(attempted);
                _quota?.Release(reserved - attempted);
            }

            gate.Repeats.Earn(attempted - repeated);
            dispatcher._metrics.Attempted(gate.Provider, attempted - repeated, repeated);
            GateChanged |= gate.Report(_batch.Results, lease.CredentialVersion, _batch.IsFailing);
            FirstAcceptedAt ??= _batch.FirstAcceptedAt;
            Describe(span, attempted);
            return Settle();
        }

        private void Describe(Activity? span, int attempted)
        {
            if (span is null)
            {
                return;
            }

            var accepted = 0;
            foreach (ref readonly var result in _batch.Results)
            {
                accepted += result.Outcome == OutcomeKind.Accepted ? 1 : 0;
            }

            span.SetTag("pushgateway.pushes", attempted);
            span.SetTag("pushgateway.accepted", accepted);
            if (_batch.IsFailing)
            {
                span.SetStatus(ActivityStatusCode.Error, "The provider is failing.");
            }
        }

        /// <summary>Keeps as many rows as may be repeated now; the others stay as they are, to be deferred.</summary>
        private bool TakeRepeats()
        {
            var taken = gate.IsRunning ? gate.TakeRepeats(_rows.Count, turn.FanOut.Pace, out _quota) : 0;
            dispatcher._metrics.HeldBack(gate.Provider, _rows.Count - taken);
            _rows.RemoveRange(taken, _rows.Count - taken);
            return taken > 0;
        }

        private async Task SendBatchAsync()
        {
            var (fanOut, page) = (turn.FanOut, workspace.Page);
            var variants = fanOut.Render(gate.PushProvider, turn.App.CredentialFor(gate.Provider)!, page.StartsAt);
            _batch.Reset(page, variants, fanOut.DeadlineOf(page.StartsAt));
            _batch.Priority = fanOut.Event.Options.Priority;
            foreach (var row in _rows)
            {
                _batch.Add(row);
            }

            // Others are stopped with it: what one page has found out need not cost every other page as many attempts.
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(turn.Stop, gate.Sending);
            _batch.Watch(dispatcher._options.UnavailableLimit, gate.Halt);
            try
            {
                await lease.Sender.SendAsync(_batch, stop.Token);
            }
#pragma warning disable CA1031 // A sender throws only for a bug. What was sent must not be sent again for it: the rest counts as failed, and waits.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                DispatchLog.SenderFailed(dispatcher._logger, gate.Provider.Name(), turn.FanOut.Event.Id, exception);
                for (var index = 0; index < _batch.Count; index++)
                {
                    if (_batch.Results[index].Outcome == OutcomeKind.NotAttempted)
                    {
                        _batch.SetResult(index, new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.InternalError) { IsUnknown = true });
                    }
                }
            }
        }

        private (int Attempted, int Repeated) CountAttempts(bool isRepeat)
        {
            var (attempted, repeated) = (0, 0);
            for (var index = 0; index < _batch.Count; index++)
            {
                if (_batch.Results[index].Outcome != OutcomeKind.NotAttempted)
                {
                    attempted++;
                    repeated += isRepeat || _batch.Row(index).Attempts > 0 ? 1 : 0;
                }
            }

            return (attempted, repeated);
        }

        private Round Settle()
        {
            _rows.Clear();
            var (options, fanOut) = (dispatcher._options, turn.FanOut);
            var (now, deadline) = (dispatcher._timeProvider.GetUtcNow(), fanOut.DeadlineOf(workspace.Page.StartsAt));
            var mayRepeat = gate.IsRunning && fanOut.Event.Options.Ttl > TimeSpan.Zero;
            var longest = TimeSpan.Zero;
            for (var index = 0; index < _batch.Count; index++)
            {
                ref readonly var result = ref _batch.Results[index];
                var row = _batch.RowIndex(index);
                if (result.IsUnknown && fanOut.Event.Options.ForbidsResend)
                {
                    workspace.Ledger.Record(row, new AttemptResult(OutcomeKind.Rejected, GatewayReasons.OutcomeUnknown));
                    continue;
                }

                workspace.Ledger.Record(row, result);
                var attempts = workspace.Page[row].Attempts + workspace.Ledger.Attempts(row);
                if (!mayRepeat || result.Outcome is not (OutcomeKind.Throttled or OutcomeKind.Unavailable) ||
                    attempts > options.InProcessRetries || attempts >= options.MaxAttempts)
                {
                    continue;
                }

                var wait = dispatcher._schedule.NextDelay(attempts, result);
                if (wait <= options.InProcessRetryLimit && now + wait < deadline)
                {
                    _rows.Add(row);
                    longest = wait > longest ? wait : longest;
                }
            }

            if (_rows.Count < _pushes * HoldShare)
            {
                _rows.Clear();
            }

            return new Round(_rows.Count, longest);
        }
    }
}

/// <param name="FirstAcceptedAt">When the first push was accepted; <see langword="null"/> when none was.</param>
/// <param name="GateChanged">The provider stopped, backs off, or runs again.</param>
internal readonly record struct DispatchResult(DateTimeOffset? FirstAcceptedAt, bool GateChanged);
