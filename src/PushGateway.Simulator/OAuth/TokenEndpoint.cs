using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using PushGateway.Simulator.Counting;
using PushGateway.Simulator.Hosting;

namespace PushGateway.Simulator.OAuth;

/// <summary>Google's token endpoint for service accounts: an assertion signed with the account's key against an access token.</summary>
internal sealed class TokenEndpoint(ServiceAccount account, AssertionVerifier verifier, AccessTokenStore tokens, SimulatorCore core)
{
    public const string Path = "/token";
    private const string JwtGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    public async Task HandleAsync(HttpContext context)
    {
        var connection = context.Features.Get<SimulatedConnection>()!;
        var totals = core.Scoreboard.TotalsOf(SimulatedProvider.OAuth);
        connection.StreamOpened();
        try
        {
            totals.Request();
            using var body = await RequestBody.ReadAsync(context.Request.BodyReader, context.RequestAborted);
            await AnswerAsync(context, totals, body.Bytes);
        }
        finally
        {
            connection.StreamClosed();
        }
    }

    private async Task AnswerAsync(HttpContext context, ProviderTotals totals, ReadOnlyMemory<byte> body)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || context.Request.Path != Path)
        {
            Write(context, totals, body, CannedAnswer.Html("NOT_FOUND_HTML", 404, "Not Found"));
            return;
        }

        if (Check(body, out var maySend) is { } refusal)
        {
            Write(context, totals, body, OAuthAnswerCatalog.Get(refusal));
            return;
        }

        var key = TokenKey.Of(SimulatedProvider.OAuth, account.ClientEmail);
        if (core.Faults.Match(SimulatedProvider.OAuth, account.ClientEmail, key) is { } action)
        {
            var result = await core.FaultPerformer.PerformAsync(context, action, name => OAuthAnswerCatalog.Contains(name) ? OAuthAnswerCatalog.Get(name) : null);
            if (result.Unanswered is not null)
            {
                totals.Answer(0, result.Unanswered);
                return;
            }

            if (result.Answer is not null)
            {
                Write(context, totals, body, result.Answer);
                return;
            }
        }

        totals.Accept(key);
        Write(context, totals, body, Granted(tokens.Issue(maySend)));
    }

    private string? Check(ReadOnlyMemory<byte> body, out bool maySend)
    {
        maySend = false;
        var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body.Span));
        form.TryGetValue("grant_type", out var grant);
        form.TryGetValue("assertion", out var assertion);
        return grant == JwtGrant ? verifier.Check(assertion.ToString(), out maySend) : OAuthAnswers.UnsupportedGrantType;
    }

    private CannedAnswer Granted(string token)
    {
        var seconds = ((long)tokens.Lifetime.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return CannedAnswer.Json(string.Empty, StatusCodes.Status200OK, $"{{\"access_token\":\"{token}\",\"expires_in\":{seconds},\"token_type\":\"Bearer\"}}");
    }

    private void Write(HttpContext context, ProviderTotals totals, ReadOnlyMemory<byte> body, CannedAnswer answer)
    {
        var reason = answer.Reason.Length == 0 ? null : answer.Reason;
        totals.Answer(answer.Status, reason);
        core.Scoreboard.Recent.Record(SimulatedProvider.OAuth, context.Request, account.ClientEmail, body.Span, answer.Status, reason);
        context.Response.Write(answer);
    }
}
