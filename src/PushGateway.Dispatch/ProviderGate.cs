using Microsoft.Extensions.Logging;
using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>
/// One app's way to one provider: its sender, whether it may be used now, and at what pace. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A closed gate stops the reading of that provider's devices, so a bad credential or a failing provider never burns through an
/// audience. It is tried again with a handful of pushes, and opens as soon as the provider takes them seriously. So is a credential
/// that has not been used yet: with a wrong one, all that is in flight would be lost before the first page is judged.
/// </remarks>
/// <param name="stopped">Told when the provider is stopped, within the gate: must be quick and must not ask it anything.</param>
internal sealed class ProviderGate(
    IPushProvider provider, DispatchOptions options, RetrySchedule retries, RetryShare repeats, QuotaPaces quotas, Action<ProviderHealth> stopped,
    TimeProvider timeProvider, ILogger logger) : IDisposable
{
    /// <summary>Of the answers to a batch; more that say "too fast", without saying who, are no longer those devices' own matter.</summary>
    private const double ThrottledShare = 0.1;
    private const int ThrottledLeast = 10;

    private readonly Lock _gate = new();
    private readonly string _name = provider.Kind.Name();
    private SenderLease? _sender;
    private ProviderCredential? _credential;
    private string _appId = string.Empty;
    private QuotaPace? _quota;
    private TokenBucket? _appPace;

    // Has no timer, so it needs no disposal: pages that are under way may outlast the gate and still ask for its token.
    private CancellationTokenSource _sending = new();

    private ProviderState _state;
    private string? _reason;
    private string? _message;
    private DateTimeOffset? _since;
    private DateTimeOffset _retryAt;
    private int _closings;
    private DateTimeOffset _openedAt;
    private bool _probing;
    private int _failuresInARow;
    private int _suspectTokens;
    private bool _proved;
    private bool _tried;

    public ProviderKind Provider => provider.Kind;

    public IPushProvider PushProvider => provider;

    /// <summary>What may be repeated.</summary>
    public RetryShare Repeats => repeats;

    /// <summary>The app's own pace over all its providers, or <see langword="null"/>.</summary>
    public TokenBucket? AppPace
    {
        get
        {
            lock (_gate)
            {
                return _appPace;
            }
        }
    }

    /// <summary>
    /// Fires when sending through this gate has to stop although the gate may yet stay open: the provider is failing, or asks everybody to
    /// wait. Pushes that were not begun then are not begun, so that they are no failed attempts of their devices.
    /// </summary>
    public CancellationToken Sending
    {
        get
        {
            lock (_gate)
            {
                return _sending.Token;
            }
        }
    }

    /// <summary>The credential in use has had a notification accepted since it was put.</summary>
    public bool IsProved
    {
        get
        {
            lock (_gate)
            {
                return _proved;
            }
        }
    }

    public bool IsRunning
    {
        get
        {
            lock (_gate)
            {
                return _state == ProviderState.Running;
            }
        }
    }

    /// <summary>Only a probe may be sent: the gate is closed, or no device has been taken for one of this credential's so far.</summary>
    public bool IsOnTrial
    {
        get
        {
            lock (_gate)
            {
                return _state != ProviderState.Running || !_tried;
            }
        }
    }

    public ProviderHealth Health
    {
        get
        {
            lock (_gate)
            {
                return new ProviderHealth(
                    Provider, _state, _reason, _message, _since, _state == ProviderState.Running ? null : _retryAt);
            }
        }
    }

    /// <summary>Takes over the app's credential as it stands. A new one starts with a clean slate: running, unproved.</summary>
    /// <param name="appPace">The app's own, which its providers share.</param>
    public void Refresh(App app, TokenBucket? appPace)
    {
        SenderLease? replaced;
        lock (_gate)
        {
            (_appId, _appPace) = (app.Id, appPace);
            var credential = app.CredentialFor(Provider);
            if (credential?.Version == _credential?.Version)
            {
                return;
            }

            (_credential, replaced, _sender) = (credential, _sender, null);
            (_proved, _tried, _suspectTokens, _failuresInARow, _closings) = (false, false, 0, 0, 0);
            _quota = quotas.Assign(this, credential);
            Open();
        }

        replaced?.Retire(logger);
    }

    /// <summary>Whether a page may be read for this provider now.</summary>
    /// <param name="wanted">Devices a full page would have.</param>
    /// <param name="now">The instant to judge by.</param>
    /// <param name="retryAt">When to ask again; only when the answer is 0.</param>
    /// <returns>How many devices the page may have; 0 while the gate is closed or the pace does not allow it.</returns>
    public int Admits(int wanted, DateTimeOffset now, out DateTimeOffset retryAt)
    {
        const int ProbePushes = 10;
        lock (_gate)
        {
            retryAt = _retryAt;
            if (IsOnTrial)
            {
                if (_probing || (_state != ProviderState.Running && now < _retryAt))
                {
                    // While a probe is out its end wakes the waiting; the time is only the safety net.
                    retryAt = _probing ? now + options.ProbeInterval : _retryAt;
                    return 0;
                }

                wanted = Math.Min(wanted, _state == ProviderState.Stopped ? 1 : ProbePushes);
            }

            if (_appPace is not null)
            {
                retryAt = _appPace.WhenAvailable(wanted, now);
                wanted = _appPace.Available(wanted, now);
            }

            if (_quota is null || wanted == 0)
            {
                return wanted;
            }

            var available = _quota.Available(wanted, out var wait);
            retryAt = now + wait;
            return available;
        }
    }

    /// <summary>Reserves what <see cref="Admits"/> allowed, in the same breath.</summary>
    /// <param name="isProbe">Whether it was on trial when asked; the turn has to <see cref="Leave"/> then, however the gate stands by now.</param>
    /// <returns>
    /// Where it was reserved, to be settled or released there although the credential may have changed by then; <see langword="null"/> when
    /// the provider has no quota.
    /// </returns>
    public QuotaPace? Enter(int count, bool isProbe)
    {
        lock (_gate)
        {
            _quota?.Reserve(count);
            _probing |= isProbe;
            return _quota;
        }
    }

    /// <summary>The turn that entered is over. A probe that came to no answer leaves the gate due for the next.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _probing = false;
        }
    }

    /// <summary>Takes repeats in process from everything they count against: the event's pace, the app's, the quota, the retry budget.</summary>
    /// <param name="quota">Where they were reserved, as by <see cref="Enter"/>.</param>
    /// <returns>0 to <paramref name="wanted"/>; the others have to wait in the store.</returns>
    public int TakeRepeats(int wanted, TokenBucket? eventPace, out QuotaPace? quota)
    {
        TokenBucket? appPace;
        lock (_gate)
        {
            (quota, appPace) = (_quota, _appPace);
        }

        var now = timeProvider.GetUtcNow();
        var byEvent = eventPace?.TakeUpTo(wanted, now) ?? wanted;
        var byApp = appPace?.TakeUpTo(byEvent, now) ?? byEvent;
        var byQuota = quota?.ReserveUpTo(byApp) ?? byApp;
        var taken = repeats.Take(byQuota);
        eventPace?.Return(byEvent - taken);
        appPace?.Return(byApp - taken);
        quota?.Release(byQuota - taken);
        return taken;
    }

    /// <returns>The sender for the credential in use, to be released; <see langword="null"/> when there is none to be had.</returns>
    public SenderLease? AcquireSender()
    {
        lock (_gate)
        {
            if (_credential is null)
            {
                return null;
            }

            try
            {
                _sender ??= new SenderLease(provider.CreateSender(_credential), provider.Kind, _credential.Version);
            }
            catch (InvalidCredentialException exception)
            {
                Close(ProviderState.Stopped, GatewayReasons.CredentialRefused, exception.Message);
                return null;
            }

            _sender.AddUse();
            return _sender;
        }
    }

    public void Release(SenderLease sender) => sender.Release(logger);

    /// <summary>Stops what is being sent through this gate, without closing it; the reports of the batches decide that.</summary>
    public void Halt()
    {
        CancellationTokenSource halted;
        lock (_gate)
        {
            (halted, _sending) = (_sending, new CancellationTokenSource());
        }

        // Not here: whoever reports the failure is in the middle of reading answers.
        _ = halted.CancelAsync();
    }

    /// <summary>Learns from the answers of one attempt at a batch.</summary>
    /// <param name="isFailing">The batch ran into so many failures in a row that it was not sent to its end.</param>
    /// <returns>Whether the gate opened or closed, so that those who wait for it should look again.</returns>
    public bool Report(ReadOnlySpan<AttemptResult> results, int credentialVersion, bool isFailing)
    {
        var (accepted, answered, failed, lost, throttled, suspect) = (0, 0, 0, 0, 0, 0);
        AttemptResult? refusal = null;
        AttemptResult failure = default;
        AttemptResult? everybody = null;
        string? suspectReason = null;
        foreach (ref readonly var result in results)
        {
            switch (result.Outcome)
            {
                case OutcomeKind.NotAttempted:
                    continue;
                case OutcomeKind.Accepted:
                    accepted++;
                    break;
                case OutcomeKind.Unavailable or OutcomeKind.Throttled when result.IsFailure:
                    failed++;
                    failure = result;
                    throttled += result.Outcome == OutcomeKind.Throttled ? 1 : 0;
                    everybody = result.Scope == OutcomeScope.Everybody ? result : everybody;
                    continue;
                case OutcomeKind.Unavailable when result.Scope == OutcomeScope.Connection:
                    lost = 1;
                    failure = result;
                    continue;
                default:
                    if (result.Token == TokenVerdict.Quarantine)
                    {
                        suspect++;
                        suspectReason = result.Reason;
                    }

                    break;
            }

            answered++;
            if (result.Credential == CredentialVerdict.Stop)
            {
                refusal ??= result;
            }
        }

        // A thousand pushes may go down with one connection; that is no more than one failure.
        failed += lost;
        lock (_gate)
        {
            if (credentialVersion != _credential?.Version)
            {
                return false;
            }

            var (before, wasOnTrial) = (_state, IsOnTrial);
            _proved |= accepted > 0;
            if (accepted > 0 && before == ProviderState.Running && timeProvider.GetUtcNow() - _openedAt >= options.ProbeIntervalLimit)
            {
                // It has been well for longer than it is ever left alone: what comes next is another trouble, not the same again.
                _closings = 0;
            }

            // Whatever else is wrong with it, a device that is not refused as a stranger is of this credential's environment and app.
            _tried |= refusal is null && answered > suspect;
            _suspectTokens = _proved ? 0 : _suspectTokens + suspect;
            _failuresInARow = answered > 0 ? 0 : _failuresInARow + failed;

            // No connection is to be had: that is nobody's own bad luck, and with few devices it would take long to be told from it.
            var isOutOfReach = failure.Reason == GatewayReasons.ConnectionFailed;
            if (everybody is not null || (throttled >= ThrottledLeast && throttled > (answered + failed) * ThrottledShare))
            {
                _quota?.Throttle(everybody?.RetryAfter);
            }

            if (refusal is { } refused)
            {
                Close(ProviderState.Stopped, refused.Reason ?? GatewayReasons.CredentialRefused, ExplainRefusal(refused.Reason));
            }
            else if (_suspectTokens >= options.SuspectTokenLimit)
            {
                Close(ProviderState.Stopped, suspectReason ?? GatewayReasons.UnknownReason,
                    $"The first {_suspectTokens} device tokens were all refused and none accepted: the credential looks like one of another " +
                    "environment (production or sandbox), app or project. The tokens are set aside, not removed.");
            }
            else if (failed > 0 && (isFailing || (answered == 0 && (before != ProviderState.Running || _failuresInARow >= options.UnavailableLimit || isOutOfReach))))
            {
                Close(ProviderState.BackingOff, failure.Reason ?? GatewayReasons.UnknownReason,
                    "The provider is failing, cannot be reached or asks everybody to wait; sending goes on by itself when it answers again.", WaitOf(failure));
            }
            else if (answered > 0 && before != ProviderState.Running)
            {
                Open();
                DispatchLog.ProviderRunning(logger, _name, _appId);
            }

            return _state != before || IsOnTrial != wasOnTrial;
        }
    }

    /// <summary>Opens the gate because the operator has proved the credential; the next refusal closes it again.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            (_suspectTokens, _failuresInARow, _closings) = (0, 0, 0);
            Open();
        }
    }

    /// <summary>The clock was set back: the next probe is as far off as it was.</summary>
    public void ClockSetBack(TimeSpan step)
    {
        lock (_gate)
        {
            if (_state != ProviderState.Running)
            {
                _retryAt -= step;
                _since -= step;
            }
        }
    }

    /// <summary>Closes the sender; the gate is not used any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _sender?.Retire(logger);
            (_sender, _credential, _quota) = (null, null, quotas.Assign(this, null));
        }
    }

    /// <summary>What the answer asks to wait, by itself or by the provider's rule.</summary>
    private static TimeSpan? WaitOf(in AttemptResult result) =>
        result.RetryAfter ?? (result.MinimumWait > TimeSpan.Zero ? result.MinimumWait : null);

    private void Open()
    {
        (_state, _reason, _message, _since, _probing) = (ProviderState.Running, null, null, null, false);
        _openedAt = timeProvider.GetUtcNow();
    }

    private void Close(ProviderState state, string reason, string message, TimeSpan? retryAfter = null)
    {
        var now = timeProvider.GetUtcNow();
        var first = state == ProviderState.Stopped ? options.ProbeInterval : options.BackOffDelay;
        _closings = state == _state || _state == ProviderState.Running ? _closings + 1 : 1;
        var delay = retries.Backoff(first, options.ProbeIntervalLimit, _closings);
        _retryAt = now + (retryAfter > delay ? retryAfter.Value : delay);
        _since = _state == state ? _since : now;
        var changed = _state != state || _reason != reason;
        var stops = state == ProviderState.Stopped && _state != state;
        (_state, _reason, _message, _probing) = (state, reason, message, false);
        if (stops)
        {
            stopped(new ProviderHealth(Provider, state, reason, message, now, _retryAt));
        }

        if (!changed)
        {
            return;
        }

        if (state == ProviderState.Stopped)
        {
            DispatchLog.ProviderStopped(logger, _name, _appId, reason, message, _retryAt);
        }
        else
        {
            DispatchLog.ProviderBackingOff(logger, _name, _appId, reason, _retryAt);
        }
    }

    private string ExplainRefusal(string? reason) =>
        $"{_name} refused the app's credential ({reason ?? "no reason given"}). Devices wait, none is lost. " +
        "Put a working credential, or check this one with POST …/providers/" + _name + "/check for what is wrong.";
}

/// <summary>A sender with the number of pages using it, so that a replaced one is closed after the last of them.</summary>
internal sealed class SenderLease(IPushSender sender, ProviderKind provider, int credentialVersion)
{
    private readonly Lock _gate = new();
    private int _uses;
    private bool _retired;

    public IPushSender Sender => sender;

    public int CredentialVersion => credentialVersion;

    public void AddUse()
    {
        lock (_gate)
        {
            _uses++;
        }
    }

    public void Release(ILogger logger)
    {
        lock (_gate)
        {
            if (--_uses > 0 || !_retired)
            {
                return;
            }
        }

        _ = CloseAsync(logger);
    }

    public void Retire(ILogger logger)
    {
        lock (_gate)
        {
            _retired = true;
            if (_uses > 0)
            {
                return;
            }
        }

        _ = CloseAsync(logger);
    }

    private async Task CloseAsync(ILogger logger)
    {
        try
        {
            await sender.DisposeAsync();
        }
#pragma warning disable CA1031 // Nobody awaits this: a connection that cannot be closed must not take the process down, and is told.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            DispatchLog.SenderNotDisposed(logger, provider.Name(), exception);
        }
    }
}
