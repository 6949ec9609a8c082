using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>Hands one provider's pushes of a page to its sender, and repeats those with a temporary outcome that need not wait long.</summary>
internal sealed class Dispatcher
{
    private readonly DispatchOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ResiliencePipeline<Round> _retries;
    private readonly ILogger<Dispatcher> _logger;

    public Dispatcher(IOptions<DispatchOptions> options, TimeProvider timeProvider, Random random, ILogger<Dispatcher> logger)
    {
        _logger = logger;
        _options = options.Value;
        _timeProvider = timeProvider;
        var pipeline = new ResiliencePipelineBuilder<Round> { TimeProvider = timeProvider };
        if (_options.InProcessRetries > 0)
        {
            pipeline.AddRetry(new RetryStrategyOptions<Round>
            {
                Name = "page",
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result is { Residue: > 0 }),
                MaxRetryAttempts = _options.InProcessRetries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Randomizer = () => NextDouble(random),
                Delay = _options.InProcessRetryDelay,
                MaxDelay = _options.InProcessRetryLimit,
                DelayGenerator = static arguments => ValueTask.FromResult(arguments.Outcome.Result.RetryAfter),
            });
        }

        _retries = pipeline.Build();
    }

    /// <summary>Writes a result for each of the rows into the ledger; rows left not attempted or temporary are the caller's to defer.</summary>
    /// <returns>When the first of them was accepted, and whether the gate's state changed.</returns>
    public async Task<DispatchResult> SendAsync(PageWorkspace workspace, Turn turn, ProviderGate gate)
    {
        var lease = gate.AcquireSender();
        if (lease is null)
        {
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
                // Stopped while waiting for a repeat: the ledger has the last result of every row.
            }

            return new DispatchResult(run.FirstAcceptedAt, run.GateChanged);
        }
        finally
        {
            gate.Release(lease);
        }
    }

    private static double NextDouble(Random random)
    {
        lock (random)
        {
            return random.NextDouble();
        }
    }

    /// <summary>What one attempt at a batch left over.</summary>
    /// <param name="Residue">Rows worth a repeat in process.</param>
    /// <param name="RetryAfter">The longest wait a provider named for them.</param>
    private readonly record struct Round(int Residue, TimeSpan? RetryAfter);

    private sealed class Run(Dispatcher dispatcher, PageWorkspace workspace, Turn turn, ProviderGate gate, SenderLease lease)
    {
        private readonly PushBatch _batch = workspace.Batches[(int)gate.Provider];
        private readonly List<int> _rows = workspace.Rows[(int)gate.Provider];
        private bool _isRepeat;

        public DateTimeOffset? FirstAcceptedAt { get; private set; }

        public bool GateChanged { get; private set; }

        public async ValueTask<Round> AttemptAsync()
        {
            var fanOut = turn.FanOut;
            var credential = turn.App.CredentialFor(gate.Provider)!;
            var variants = fanOut.Render(gate.PushProvider, credential, workspace.Page.StartsAt);
            _batch.Reset(workspace.Page, variants, fanOut.DeadlineOf(workspace.Page.StartsAt));
            _batch.Priority = fanOut.Event.Options.Priority;
            foreach (var row in _rows)
            {
                _batch.Add(row);
            }

            if (_isRepeat)
            {
                gate.ChargeRepeats(_rows.Count);
            }

            _isRepeat = true;
            await SendBatchAsync();
            GateChanged |= gate.Report(_batch.Results, lease.CredentialVersion);
            FirstAcceptedAt ??= _batch.FirstAcceptedAt;
            return Settle();
        }

        private async Task SendBatchAsync()
        {
            try
            {
                await lease.Sender.SendAsync(_batch, turn.Stop);
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
                        _batch.SetResult(index, new AttemptResult(OutcomeKind.Unavailable, GatewayReasons.InternalError));
                    }
                }
            }
        }

        private Round Settle()
        {
            _rows.Clear();
            var mayRepeat = gate.IsRunning && turn.FanOut.Event.Options.Ttl > TimeSpan.Zero &&
                dispatcher._timeProvider.GetUtcNow() < turn.FanOut.DeadlineOf(workspace.Page.StartsAt);
            TimeSpan? longest = null;
            for (var index = 0; index < _batch.Count; index++)
            {
                ref readonly var result = ref _batch.Results[index];
                var row = _batch.RowIndex(index);
                workspace.Ledger.Record(row, result);
                var attempts = workspace.Page[row].Attempts + workspace.Ledger.Attempts(row);
                if (mayRepeat && result.Outcome is OutcomeKind.Throttled or OutcomeKind.Unavailable &&
                    !(result.RetryAfter > dispatcher._options.InProcessRetryLimit) && attempts < dispatcher._options.MaxAttempts)
                {
                    _rows.Add(row);
                    longest = result.RetryAfter is { } after && !(after <= longest) ? after : longest;
                }
            }

            return new Round(_rows.Count, longest);
        }
    }
}

/// <param name="FirstAcceptedAt">When the first push was accepted; <see langword="null"/> when none was.</param>
/// <param name="GateChanged">The provider stopped, backs off, or runs again.</param>
internal readonly record struct DispatchResult(DateTimeOffset? FirstAcceptedAt, bool GateChanged);
