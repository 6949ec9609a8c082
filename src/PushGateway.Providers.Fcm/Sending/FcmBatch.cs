using PushGateway.Core.Providers;
using PushGateway.Http2;
using PushGateway.Providers.Fcm.AccessTokens;
using PushGateway.Providers.Fcm.Answers;
using PushGateway.Providers.Fcm.Rendering;

namespace PushGateway.Providers.Fcm.Sending;

/// <summary>The pushes of one batch as requests to FCM, and its answers as results. Reused from batch to batch.</summary>
internal sealed class FcmBatch(FcmSender sender, TimeProvider timeProvider) : GatedBatch
{
    private PushBatch? _batch;
    private AccessToken? _token;
    private bool _endsAtExpiration;
    private int _hasReportedUnreachable;
    private AttemptResult _unreached;

    protected override int RequestCount => Batch.Count;

    public override int Lane => (int)Batch.Priority;

    /// <remarks>A batch that was late from the beginning is the caller's wish: with a TTL of zero every notification is.</remarks>
    protected override bool MayBeginRequest => !_endsAtExpiration || timeProvider.GetUtcNow() < Batch.Expiration;

    private PushBatch Batch => _batch ?? throw new InvalidOperationException("There is no batch to send.");

    public void Reset(PushBatch? batch)
    {
        _batch = batch;
        _token = null;
        _hasReportedUnreachable = 0;
        _endsAtExpiration = batch is not null && timeProvider.GetUtcNow() < batch.Expiration;
    }

    protected override async ValueTask<bool> PrepareAsync(CancellationToken stop)
    {
        AccessTokenResult result;
        try
        {
            result = await sender.Tokens.GetAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        _token = result.Token;
        if (_token is not null)
        {
            return true;
        }

        var isRefused = result.Failure.Credential == CredentialVerdict.Stop;
        sender.OnNoToken(result);

        // When the key is refused one push carries the news and the rest is not attempted, as if FCM had said so.
        foreach (var index in isRefused ? Pending[..1] : Pending)
        {
            Batch.SetResult(index, result.Failure);
        }

        return false;
    }

    protected override void WriteRequest(int index, PostRequest request)
    {
        var notification = (FcmNotification)Batch.Notification(index);
        request.AppendPath(sender.Path);
        request.AddHeaders(_token!.Headers);
        request.AppendBody(FcmNotification.Before);
        request.AppendBody(Batch.Token(index));
        request.AppendBody(notification.After);
    }

    protected override PostDecision Record(int index, in PostAnswer answer, bool isRepeat)
    {
        if (answer.Status == FcmAnswerTable.AcceptedStatus)
        {
            Batch.SetResult(index, new AttemptResult(OutcomeKind.Accepted));
            return PostDecision.Done;
        }

        return answer.Fault != PostFault.None ? RecordFault(index, answer, isRepeat) : RecordRefusal(index, answer, isRepeat);
    }

    protected override void RecordUnreached(int index) => Batch.SetResult(index, _unreached);

    private PostDecision RecordFault(int index, in PostAnswer answer, bool isRepeat)
    {
        var result = new AttemptResult(OutcomeKind.Unavailable, answer.Fault switch
        {
            PostFault.Unreachable or PostFault.Untrusted => GatewayReasons.ConnectionFailed,
            PostFault.Timeout => GatewayReasons.Timeout,
            _ => GatewayReasons.ConnectionLost,
        })
        {
            Scope = answer.IsOfConnection ? OutcomeScope.Connection : OutcomeScope.Unclear,
        };
        Batch.SetResult(index, result with { IsUnknown = !answer.Fault.WasNotSent() });
        // What was tried alone, three times over, and in vain, tells of more than one connection.
        _unreached = result with { Scope = OutcomeScope.Unclear };
        switch (answer.Fault)
        {
            case PostFault.Unreachable or PostFault.Untrusted:
                if (Interlocked.Exchange(ref _hasReportedUnreachable, 1) == 0)
                {
                    sender.OnUnreachable(answer.Detail ?? result.Reason!);
                }

                return PostDecision.Unreachable;
            case PostFault.Refused when !isRepeat:
                return PostDecision.Again;
            default:
                return PostDecision.NoAnswer;
        }
    }

    private PostDecision RecordRefusal(int index, in PostAnswer answer, bool isRepeat)
    {
        var rule = FcmAnswerTable.Find(answer.Status, sender.Errors.Read(answer.Body), out var word);
        var reason = sender.Vocabulary.Resolve(word);
        var decision = PostDecision.Done;
        var credential = rule.Credential;
        switch (credential)
        {
            case CredentialVerdict.Renew when !isRepeat:
                // Another batch may have renewed it already; then this pass only began too early.
                decision = IsHalted ? PostDecision.Again : PostDecision.HaltAndRenew;
                sender.Tokens.Refuse(_token!);
                break;
            case CredentialVerdict.Renew or CredentialVerdict.Stop:
                (decision, credential) = (PostDecision.Halt, CredentialVerdict.Stop);
                break;
        }

        Batch.SetResult(index, new AttemptResult(rule.Outcome, reason)
        {
            Token = rule.Token,
            Credential = credential,
            Scope = rule.Scope,
            RetryAfter = answer.RetryAfter,
            MinimumWait = rule.Outcome switch
            {
                OutcomeKind.Throttled => FcmAnswerTable.DefaultThrottle,
                OutcomeKind.Unavailable => sender.MinimumRetryDelay,
                _ => TimeSpan.Zero,
            },
        });
        _unreached = new AttemptResult(rule.Outcome, reason);
        if (decision == PostDecision.Halt && !IsHalted)
        {
            sender.OnStopped(answer.Status, reason);
        }

        return decision;
    }
}
