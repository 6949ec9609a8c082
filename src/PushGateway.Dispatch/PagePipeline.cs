using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using PushGateway.Core;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>The path of one page: read, send, judge, record.</summary>
internal sealed class PagePipeline
{
    private readonly IAudienceStore _audiences;
    private readonly IFanOutStore _fanOuts;
    private readonly ProviderGates _gates;
    private readonly Dispatcher _dispatcher;
    private readonly DailyCap _caps;
    private readonly TimeProvider _timeProvider;
    private readonly OutcomeRecorder _recorder;
    private readonly FanOutSchedule _schedule;
    private readonly ResiliencePipeline _commits;

    public PagePipeline(
        IAudienceStore audiences, IFanOutStore fanOuts, ProviderGates gates, Dispatcher dispatcher, DailyCap caps,
        OutcomeRecorder recorder, FanOutSchedule schedule, TimeProvider timeProvider, ILogger<PagePipeline> logger)
    {
        (_audiences, _fanOuts, _gates, _dispatcher, _recorder, _schedule) = (audiences, fanOuts, gates, dispatcher, recorder, schedule);
        (_caps, _timeProvider) = (caps, timeProvider);
        _commits = new ResiliencePipelineBuilder { TimeProvider = timeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                Name = "commit",
                // What the providers answered is known only here. Whatever the store objects to, the page is held and offered again until
                // the store takes it or the process ends: reading it again would send it again.
                ShouldHandle = new PredicateBuilder().Handle<Exception>(static exception => exception is not (OperationCanceledException or ShardLostException)),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(100),
                MaxDelay = TimeSpan.FromSeconds(5),
                OnRetry = arguments =>
                {
                    var eventId = arguments.Context.Properties.GetValue(s_eventId, string.Empty);
                    DispatchLog.CommitDelayed(logger, eventId, arguments.RetryDelay.TotalMilliseconds, arguments.Outcome.Exception!);
                    return default;
                },
            })
            .Build();
    }

    private static readonly ResiliencePropertyKey<string> s_eventId = new("eventId");

    /// <summary>Takes the page from the store to its recorded outcome, and notes in the shard how far it has come.</summary>
    /// <param name="turn">What to read; its shard belongs to this call until it returns.</param>
    /// <param name="workspace">Buffers, used by this call alone.</param>
    /// <param name="pageRead">Told how many of the reserved devices the page really has.</param>
    /// <param name="cancellationToken">Ends the waiting for a store that does not take the outcome; fired only when the process must end.</param>
    /// <returns>Whether the page has ended the event: it is final, and recorded so.</returns>
    /// <exception cref="ShardLostException">Another gateway has the shard by now: nothing is recorded.</exception>
    /// <exception cref="StoreUnavailableException">The page could not be read; nothing was sent.</exception>
    public async Task<bool> RunAsync(Turn turn, PageWorkspace workspace, Action<int> pageRead, CancellationToken cancellationToken)
    {
        var (fanOut, reserved, plan) = (turn.FanOut, turn, turn.FanOut.PlanFor(turn.App));
        var page = workspace.Page;
        var (used, toSend) = (0, s_none);
        IDisposable? reservation = null;
        try
        {
            workspace.Page.Capacity = turn.Capacity;
            if (fanOut.TakeFirstPage(ref turn, _timeProvider.GetUtcNow()) is { } first)
            {
                workspace.Page.CopyFrom(first);
            }
            else
            {
                await ReadAsync(turn, plan.Query, workspace, cancellationToken);
            }

            CountDevices(workspace);
            if (fanOut.Event.Options.AwaitsConfirmation)
            {
                await SpareConfirmedAsync(turn, workspace, cancellationToken);
            }

            if (fanOut.Event.Options.ForbidsResend)
            {
                RejectBegun(turn, workspace);
            }

            if (turn.Sweep is null)
            {
                SortRows(turn, plan.Hours, workspace);
                reservation = await _caps.ReserveAsync(turn, workspace, cancellationToken);
                if (fanOut.Event.Options.ForbidsResend && workspace.Rows.Any(rows => rows.Count > 0))
                {
                    await MarkBegunAsync(turn, workspace, cancellationToken);
                }

                toSend = [.. workspace.Rows.Select(rows => rows.Count)];
                used = toSend.Sum();
            }
        }
        catch
        {
            reservation?.Dispose();
            throw;
        }
        finally
        {
            ReturnUnused(reserved, used, toSend);
        }

        using var held = reservation;
        pageRead(page.Count);
        turn.Span?.SetTag("pushgateway.devices", page.Count);

        var underWay = turn.IsDeferred ? s_none : workspace.Devices;
        IReadOnlyList<PageAccount> accounts = [];
        fanOut.Account.Begin(underWay);
        try
        {
            var (firstAcceptedAt, gateChanged) = turn.Sweep is null ? await SendAsync(turn, workspace) : default;
            if (gateChanged)
            {
                _schedule.Wake(turn.App.Key);
            }

            var commit = _recorder.Record(turn, workspace, Standings(turn), firstAcceptedAt);
            var isFinal = await CommitAsync(fanOut, commit, cancellationToken);
            accounts = commit.Accounts;
            await AdvanceAsync(turn, commit, cancellationToken);
            return isFinal;
        }
        finally
        {
            fanOut.Account.End(underWay, accounts);
        }
    }

    private static readonly int[] s_none = new int[ProviderKinds.All.Count];

    private async ValueTask ReadAsync(Turn turn, AudienceQuery query, PageWorkspace workspace, CancellationToken cancellationToken)
    {
        await (turn.IsDeferred
            ? _fanOuts.ReadDeferredPageAsync(
                query, turn.FanOut.Record.Key, turn.Shard.Shard, turn.Providers, turn.DueAt, workspace.Page, cancellationToken)
            : _audiences.ReadPageAsync(query, turn.Shard.Shard, turn.Providers, turn.After, workspace.Page, cancellationToken));
    }

    private static void CountDevices(PageWorkspace workspace)
    {
        workspace.Ledger.Reset(workspace.Page);
        workspace.ChargedDay = null;
        Array.Clear(workspace.Devices);
        foreach (var row in workspace.Page.Rows)
        {
            workspace.Devices[(int)row.Provider]++;
        }
    }

    /// <summary>Gives back what was reserved for more than is to be sent; the rest is settled by the sending.</summary>
    private static void ReturnUnused(Turn turn, int used, int[] toSend)
    {
        if (turn.Sweep is not null || turn.IsSorting)
        {
            return;
        }

        // What is not sent for the gateway's own reasons needs no more of a pace than what is not there.
        turn.FanOut.Pace?.Return(turn.SendLimit - used);
        turn.AppPace?.Return(turn.SendLimit - used);
        foreach (var provider in ProviderKinds.All)
        {
            turn.Quotas[(int)provider]?.Release(turn.SendLimit - toSend[(int)provider]);
        }
    }

    /// <summary>
    /// Settles what was begun before the process ended, or the page failed, without a record of what came of it: it may have been sent, and
    /// must not be sent again. A device that joined the audience meanwhile within those pages shares their fate.
    /// </summary>
    private static void RejectBegun(Turn turn, PageWorkspace workspace)
    {
        for (var index = 0; index < workspace.Page.Count; index++)
        {
            ref readonly var row = ref workspace.Page[index];
            if (workspace.Ledger.Final(index) is null &&
                (turn.IsDeferred ? row.IsBegun : new AudienceCursor(row.SubscriberKey, row.DeviceKey).IsUpTo(turn.Shard[row.Provider]!.Begun)))
            {
                workspace.Ledger.Reject(index, GatewayReasons.OutcomeUnknown);
            }
        }
    }

    /// <summary>
    /// Settles the devices that have the live message. It is looked up for every page of such an event, of deferred devices too: whoever confirms while a device still waits, spares it.
    /// </summary>
    private async ValueTask SpareConfirmedAsync(Turn turn, PageWorkspace workspace, CancellationToken cancellationToken)
    {
        var page = workspace.Page;
        if (page.Count == 0)
        {
            return;
        }

        var (first, last) = (long.MaxValue, 0L);
        foreach (ref readonly var row in page.Rows)
        {
            (first, last) = (Math.Min(first, row.SubscriberKey), Math.Max(last, row.SubscriberKey));
        }

        var confirmed = await _fanOuts.ReadConfirmedAsync(turn.FanOut.Record.Key, turn.Shard.Shard, first, last, cancellationToken);
        for (var index = 0; confirmed.Count > 0 && index < page.Count; index++)
        {
            var (subscriberKey, deviceKey) = (page[index].SubscriberKey, page[index].DeviceKey);
            if (confirmed.Contains(new AudienceCursor(subscriberKey, 0)) || confirmed.Contains(new AudienceCursor(subscriberKey, deviceKey)))
            {
                workspace.Ledger.Spare(index);
            }
        }
    }

    /// <summary>Makes durable that the page is about to be sent, so that it is never sent again.</summary>
    private async Task MarkBegunAsync(Turn turn, PageWorkspace workspace, CancellationToken cancellationToken)
    {
        await _fanOuts.MarkBegunAsync(
            new PageBegun
            {
                EventKey = turn.FanOut.Record.Key,
                Shard = turn.Shard.Shard,
                Epoch = turn.Shard.Fence,
                Providers = turn.IsDeferred ? ProviderSet.None : turn.Providers,
                End = workspace.Page.End,
                Deferred = turn.IsDeferred
                    ? [.. workspace.Rows.SelectMany(rows => rows).Select(row => workspace.Page[row].DeviceKey)]
                    : [],
                Waits = [.. workspace.Page.Waits],
            },
            cancellationToken);
        _schedule.Update(() =>
        {
            foreach (var provider in ProviderKinds.All)
            {
                if (!turn.IsDeferred && turn.Providers.Contains(provider))
                {
                    turn.Shard[provider]!.Begun = workspace.Page.End;
                }
            }
        });
    }

    private async Task<DispatchResult> SendAsync(Turn turn, PageWorkspace workspace)
    {
        List<Task<DispatchResult>> sends = [];
        foreach (var provider in ProviderKinds.All)
        {
            if (workspace.Rows[(int)provider].Count > 0)
            {
                sends.Add(_dispatcher.SendAsync(workspace, turn, _gates.Find(turn.App, provider)!));
            }
        }

        var results = await Task.WhenAll(sends);
        return new DispatchResult(results.Min(result => result.FirstAcceptedAt), results.Any(result => result.GateChanged));
    }

    /// <summary>Settles what needs no attempt, and leaves the rest as rows to send.</summary>
    private void SortRows(Turn turn, SendingHours? sending, PageWorkspace workspace)
    {
        foreach (var rows in workspace.Rows)
        {
            rows.Clear();
        }

        var page = workspace.Page;
        var now = _timeProvider.GetUtcNow();
        var hours = sending is null ? null : new PageHours(sending, turn, page.StartsAt, now);
        var sent = 0;
        for (var index = 0; index < page.Count; index++)
        {
            ref readonly var row = ref page[index];
            if (workspace.Ledger.Result(index).Outcome == OutcomeKind.Rejected || workspace.Ledger.Final(index) is not null)
            {
                continue;
            }

            if (row.TokenLength == 0)
            {
                workspace.Ledger.MarkRemoved(index);
            }
            else if (_gates.Find(turn.App, row.Provider) is null)
            {
                workspace.Ledger.Reject(index, GatewayReasons.ProviderNotConfigured);
            }
            else if (row.Environment != DeviceEnvironment.Unspecified &&
                turn.App.CredentialFor(row.Provider) is ApnsCredential apns && apns.Environment != row.Environment)
            {
                workspace.Ledger.Reject(index, GatewayReasons.EnvironmentMismatch);
            }
            else if (hours is not null && hours.Hold(row, index, workspace.Ledger))
            {
                // It waits, or has expired.
            }
            else if (sent == turn.SendLimit || turn.Unasked.Contains(row.Provider))
            {
                workspace.Ledger.Wait(index, now, page.StartsAt);
            }
            else
            {
                workspace.Rows[(int)row.Provider].Add(index);
                sent++;
            }
        }
    }

    private CredentialStanding[] Standings(Turn turn) =>
        [.. ProviderKinds.All.Select(provider => _gates.Find(turn.App, provider) is var gate && gate is null
            ? new CredentialStanding(turn.App.CredentialFor(provider)?.Version ?? 0, false)
            : new CredentialStanding(turn.App.CredentialFor(provider)?.Version ?? 0, gate.IsProved, !gate.IsRunning))];

    private async Task<bool> CommitAsync(FanOut fanOut, PageCommit commit, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(s_eventId, fanOut.Event.Id);
            return await _commits.ExecuteAsync(
                static async (context, state) => await state._fanOuts.CommitPageAsync(state.commit, context.CancellationToken),
                context, (_fanOuts, commit));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async Task AdvanceAsync(Turn turn, PageCommit commit, CancellationToken cancellationToken)
    {
        var dueAt = new DateTimeOffset?[ProviderKinds.All.Count];
        foreach (var provider in ProviderKinds.All)
        {
            if (turn.IsDeferred && turn.Providers.Contains(provider))
            {
                dueAt[(int)provider] = await _fanOuts.FindDeferredDueAsync(commit.EventKey, commit.Shard, provider, cancellationToken);
            }
        }

        _schedule.Update(() =>
        {
            turn.FanOut.FirstAcceptedAt = Earlier(turn.FanOut.FirstAcceptedAt, commit.FirstAcceptedAt);
            if (turn.IsSorting || commit.Accounts.Any(static account => account.Counts.Targeted != account.Counts.Pending))
            {
                turn.FanOut.ProgressedAt = commit.RecordedAt;
            }

            foreach (var provider in ProviderKinds.All)
            {
                if (turn.Shard[provider] is not { } progress || !turn.Providers.Contains(provider))
                {
                    continue;
                }

                if (turn.IsDeferred)
                {
                    progress.DeferredDueAt = dueAt[(int)provider];
                    continue;
                }

                (progress.Cursor, progress.IsRead) = (commit.End, commit.IsLast);
                foreach (var waiting in commit.Waits)
                {
                    if (waiting.Provider == provider)
                    {
                        progress.DeferredDueAt = Earlier(progress.DeferredDueAt, waiting.DueAt);
                    }
                }

                foreach (var deferred in commit.Deferred)
                {
                    if (deferred.Provider == provider)
                    {
                        progress.DeferredDueAt = Earlier(progress.DeferredDueAt, deferred.DueAt);
                    }
                }
            }
        });
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? left, DateTimeOffset? right) =>
        left is null || right < left ? right ?? left : left;
}
