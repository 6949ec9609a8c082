using PushGateway.Core.Providers;
using PushGateway.Http2;
using PushGateway.Providers.Apns.Answers;
using PushGateway.Providers.Apns.ProviderTokens;
using PushGateway.Providers.Apns.Rendering;

namespace PushGateway.Providers.Apns.Sending;

/// <summary>The pushes of one batch as requests to APNs, and its answers as results. Reused from batch to batch.</summary>
internal sealed class ApnsBatch(ApnsSender sender, ApnsAnswerReader reader, TimeProvider timeProvider) : GatedBatch
{
    private PushBatch? _batch;
    private ProviderToken? _token;
    private bool _endsAtExpiration;
    private int _hasReconnected;
    private int _hasReportedUnreachable;
    private AttemptResult _unreached;

    protected override int RequestCount => Batch.Count;

    public override int Lane => (int)Batch.Priority;

    /// <remarks>A batch that was late from the beginning is the caller's wish: with a TTL of zero every notification is.</remarks>
    protected override bool MayBeginRequest => !_endsAtExpiration || timeProvider.GetUtcNow() < Batch.Expiration;

    protected override bool IsStale => _token is { } token && !sender.Tokens.IsCurrent(token);

    private PushBatch Batch => _batch ?? throw new InvalidOperationException("There is no batch to send.");

    public void Reset(PushBatch? batch)
    {
        _batch = batch;
        _token = null;
        _hasReconnected = 0;
        _hasReportedUnreachable = 0;
        _endsAtExpiration = batch is not null && timeProvider.GetUtcNow() < batch.Expiration;
    }

    protected override ValueTask<bool> PrepareAsync(CancellationToken stop)
    {
        _token = sender.Tokens.Get();
        return ValueTask.FromResult(true);
    }

    protected override void WriteRequest(int index, PostRequest request)
    {
        var notification = (ApnsNotification)Batch.Notification(index);
        request.AppendPath("/3/device/"u8);
        request.AppendPath(Batch.Token(index));
        request.AddHeaders(_token!.Headers);
        request.AddHeaders(notification.Headers);
        request.AppendBody(notification.Payload);
    }

    protected override PostDecision Record(int index, in PostAnswer answer, bool isRepeat)
    {
        if (answer.Status == ApnsAnswerTable.AcceptedStatus)
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
        var (reason, invalidSince) = reader.Read(answer.Body);
        var rule = ApnsAnswerTable.Find(answer.Status, reason);
        var (decision, credential) = Decide(rule, isRepeat);
        var (outcome, token) = (rule.Outcome, rule.Token);
        if (((ApnsNotification)Batch.Notification(index)).HasOwnTopic)
        {
            // The event asked for that topic: what does not belong to it may still belong to the app's own.
            token = token == TokenVerdict.Quarantine ? TokenVerdict.Keep : token;
            if (reason == "TopicDisallowed")
            {
                (decision, credential, outcome) = (PostDecision.Done, CredentialVerdict.Keep, OutcomeKind.Rejected);
            }
        }

        var result = new AttemptResult(outcome, reason)
        {
            Token = token,
            Credential = credential,
            Scope = rule.Scope,
            RetryAfter = answer.RetryAfter,
            InvalidSince = rule.Outcome == OutcomeKind.Unregistered ? invalidSince : null,
        };
        Batch.SetResult(index, result);
        // What was tried alone, three times over, and in vain, tells of more than one connection.
        _unreached = result with { Scope = OutcomeScope.Unclear };
        if (decision == PostDecision.Halt && !IsHalted)
        {
            sender.OnStopped(answer.Status, reason);
        }

        return decision;
    }

    private (PostDecision Decision, CredentialVerdict Credential) Decide(ApnsRule rule, bool isRepeat)
    {
        switch (rule)
        {
            case { Credential: CredentialVerdict.Stop }:
            case { Credential: CredentialVerdict.Renew } or { Connection: ApnsConnection.ReplaceFirst } when isRepeat:
                return (PostDecision.Halt, CredentialVerdict.Stop);
            case { Credential: CredentialVerdict.Renew }:
                return Renew();
            case { Connection: ApnsConnection.ReplaceFirst }:
                Reconnect();
                return (PostDecision.HaltAndRenew, CredentialVerdict.Renew);
            case { Connection: ApnsConnection.Replace } when !isRepeat:
                Reconnect();
                return (PostDecision.Again, CredentialVerdict.Keep);
            default:
                return (PostDecision.Done, CredentialVerdict.Keep);
        }
    }

    private (PostDecision, CredentialVerdict) Renew()
    {
        switch (sender.Tokens.Renew(_token!, sender.Pool.Reconnect))
        {
            case TokenRenewal.Renewed:
                return (PostDecision.HaltAndRenew, CredentialVerdict.Renew);
            case TokenRenewal.AlreadyRenewed:
                return (PostDecision.Again, CredentialVerdict.Renew);
            default:
                return (PostDecision.Halt, CredentialVerdict.Stop);
        }
    }

    /// <summary>Once per batch: the same news comes from every request that was under way.</summary>
    private void Reconnect()
    {
        if (Interlocked.Exchange(ref _hasReconnected, 1) == 0)
        {
            sender.Pool.Reconnect();
        }
    }
}
