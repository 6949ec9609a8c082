using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using PushGateway.Simulator.Counting;
using PushGateway.Simulator.Hosting;
using PushGateway.Simulator.OAuth;

namespace PushGateway.Simulator.Fcm;

/// <summary>
/// Answers one FCM request. In this order: path, access token, project, permission, quota of the project, body, then the fault rules, the quota of the device token,
/// the well-known tokens, acceptance.
/// </summary>
internal sealed class FcmEndpoint(SimulatorOptions options, FcmProject project, AccessTokenStore accessTokens, SimulatorCore core)
{
    private long _lastMessageNumber;

    public async Task HandleAsync(HttpContext context)
    {
        var connection = context.Features.Get<SimulatedConnection>()!;
        var totals = core.Scoreboard.TotalsOf(SimulatedProvider.Fcm);
        connection.StreamOpened();
        try
        {
            totals.Request();
            using var body = await RequestBody.ReadAsync(context.Request.BodyReader, context.RequestAborted);
            await AnswerAsync(context, connection, totals, body.Bytes);
        }
        finally
        {
            connection.StreamClosed();
        }
    }

    private async Task AnswerAsync(HttpContext context, SimulatedConnection connection, ProviderTotals totals, ReadOnlyMemory<byte> body)
    {
        var request = default(FcmRequest);
        var refusal = CheckAccess(context.Request, connection) ?? FcmValidator.Check(body.Span, out request);
        if (refusal is not null)
        {
            Refuse(context, totals, request, body, refusal);
            return;
        }

        var key = TokenKey.Of(SimulatedProvider.Fcm, request.Target);
        var counted = false;
        if (core.Faults.Match(SimulatedProvider.Fcm, request.Target, key) is { } action)
        {
            if (action.CountAsAccepted)
            {
                totals.Accept(key);
                counted = true;
            }

            var result = await core.FaultPerformer.PerformAsync(context, action, name => FcmAnswerCatalog.Contains(name) ? FcmAnswerCatalog.Get(name) : null);
            if (result.Unanswered is not null)
            {
                totals.Answer(0, result.Unanswered);
                Record(context, request, body, 0, result.Unanswered);
                return;
            }

            if (result.Answer is not null)
            {
                Refuse(context, totals, request, body, result.Answer);
                return;
            }
        }

        if (RefusalOf(request, key) is { } refused)
        {
            Refuse(context, totals, request, body, refused);
            return;
        }

        if (options.UseWellKnownTokens && request.Target.StartsWith(WellKnownTokens.FcmSlow, StringComparison.Ordinal))
        {
            await core.FaultPerformer.DelayAsync(context, options.SlowAnswerDelay);
        }

        if (!counted && !request.ValidateOnly)
        {
            totals.Accept(key);
        }

        Accept(context, totals, request, body);
    }

    private CannedAnswer? CheckAccess(HttpRequest request, SimulatedConnection connection)
    {
        var path = request.Path.Value ?? string.Empty;
        if (!HttpMethods.IsPost(request.Method) || !path.StartsWith("/v1/projects/", StringComparison.Ordinal) || !path.EndsWith("/messages:send", StringComparison.Ordinal))
        {
            return FcmAnswerCatalog.Get(FcmAnswers.NotFoundHtml);
        }

        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith("bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return FcmAnswerCatalog.Get(FcmAnswers.CredentialsMissing);
        }

        var token = connection.LastAccessToken is { } last && last.Authorization == authorization ? last : accessTokens.Find(authorization);
        if (token is null)
        {
            return FcmAnswerCatalog.Get(FcmAnswers.AccessTokenUnknown);
        }

        if (token.IsExpiredAt(core.TimeProvider.GetUtcNow()))
        {
            return FcmAnswerCatalog.Get(FcmAnswers.AccessTokenExpired);
        }

        connection.LastAccessToken = token;
        if (!token.MaySend)
        {
            return FcmAnswerCatalog.Get(FcmAnswers.ScopeInsufficient);
        }

        if (path != project.SendPath)
        {
            return FcmAnswerCatalog.Get(FcmAnswers.ProjectNotFound);
        }

        if (project.PermissionDenied)
        {
            return FcmAnswerCatalog.Get(FcmAnswers.PermissionDenied);
        }

        return core.Quotas.TryTakeProject() ? null : FcmAnswerCatalog.Get(FcmAnswers.RateLimitExceeded);
    }

    private CannedAnswer? RefusalOf(in FcmRequest request, TokenKey key)
    {
        if (request.DeviceToken is not { } token)
        {
            return null;
        }

        if (!core.Quotas.TryTakeToken(key))
        {
            return FcmAnswerCatalog.Get(FcmAnswers.QuotaExceeded);
        }

        // Real tokens have their colon after 22 characters; the well-known prefixes are shorter, so most tokens end here.
        return options.UseWellKnownTokens && token.AsSpan(0, Math.Min(token.Length, 12)).Contains(':') ? WellKnownRefusal(token, key) : null;
    }

    private CannedAnswer? WellKnownRefusal(string token, TokenKey key)
    {
        bool Begins(string prefix) => token.StartsWith(prefix, StringComparison.Ordinal);
        bool IsFirstAttempt() => core.FirstAttempts.Increment(key) == 1;

        if (Begins(WellKnownTokens.FcmUnregistered))
        {
            return FcmAnswerCatalog.Get(FcmAnswers.Unregistered);
        }

        if (Begins(WellKnownTokens.FcmBad))
        {
            return FcmAnswerCatalog.Get(FcmAnswers.InvalidRegistrationToken);
        }

        if (Begins(WellKnownTokens.FcmApnsUnregistered))
        {
            return FcmAnswerCatalog.Get(FcmAnswers.ApnsUnregistered);
        }

        if (Begins(WellKnownTokens.FcmMismatch))
        {
            return FcmAnswerCatalog.Get(FcmAnswers.SenderIdMismatch);
        }

        if (Begins(WellKnownTokens.FcmUnavailableOnce) && IsFirstAttempt())
        {
            return FcmAnswerCatalog.Get(FcmAnswers.Unavailable);
        }

        return Begins(WellKnownTokens.FcmThrottledOnce) && IsFirstAttempt()
            ? FcmAnswerCatalog.Get(FcmAnswers.QuotaExceeded) with { RetryAfter = "1" }
            : null;
    }

    private void Accept(HttpContext context, ProviderTotals totals, FcmRequest request, ReadOnlyMemory<byte> body)
    {
        totals.Answer(StatusCodes.Status200OK, null);
        Record(context, request, body, StatusCodes.Status200OK, null);
        var response = context.Response;
        response.ContentType = "application/json; charset=UTF-8";
        var writer = response.BodyWriter;
        writer.Write(project.MessageNamePrefix);
        if (request.ValidateOnly)
        {
            writer.Write("fake_message_id"u8);
        }
        else
        {
            WriteMessageId(writer);
        }

        writer.Write("\"\n}\n"u8);
    }

    /// <summary>Shaped like Google's (<c>0:1700000000000000%…</c>): the instant in microseconds and a number, so that no two are alike.</summary>
    private void WriteMessageId(PipeWriter writer)
    {
        const int MaxLength = 48;
        var span = writer.GetSpan(MaxLength);
        "0:"u8.CopyTo(span);
        var length = 2;
        var microseconds = (core.TimeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        Utf8Formatter.TryFormat(microseconds, span[length..], out var written);
        length += written;
        span[length++] = (byte)'%';
        Utf8Formatter.TryFormat(Interlocked.Increment(ref _lastMessageNumber), span[length..], out written, new StandardFormat('x', 16));
        writer.Advance(length + written);
    }

    private void Refuse(HttpContext context, ProviderTotals totals, in FcmRequest request, ReadOnlyMemory<byte> body, CannedAnswer answer)
    {
        totals.Answer(answer.Status, answer.Reason);
        Record(context, request, body, answer.Status, answer.Reason);
        context.Response.Write(answer);
    }

    private void Record(HttpContext context, in FcmRequest request, ReadOnlyMemory<byte> body, int status, string? reason) =>
        core.Scoreboard.Recent.Record(SimulatedProvider.Fcm, context.Request, request.Target, body.Span, status, reason);
}
