using System.Collections.Frozen;
using PushGateway.Simulator.Hosting;

namespace PushGateway.Simulator.OAuth;

/// <summary>The bytes of each refusal of the token endpoint.</summary>
internal static class OAuthAnswerCatalog
{
    private static readonly FrozenDictionary<string, CannedAnswer> s_answers = new[]
    {
        Error(OAuthAnswers.InvalidGrantSignature, 400, "invalid_grant", "Invalid JWT Signature."),
        Error(OAuthAnswers.InvalidGrantTimes, 400, "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."),
        Error(OAuthAnswers.InvalidGrantAccount, 400, "invalid_grant", "Invalid grant: account not found"),
        Error(OAuthAnswers.InvalidGrantAudience, 400, "invalid_grant", "Invalid JWT: Failed audience check."),
        Error(OAuthAnswers.InvalidScope, 400, "invalid_scope", "Invalid OAuth scope or ID token audience provided."),
        Error(OAuthAnswers.UnsupportedGrantType, 400, "unsupported_grant_type", "Invalid grant_type."),
        Error(OAuthAnswers.InvalidClient, 401, "invalid_client", "The OAuth client was not found."),
        Error(OAuthAnswers.UnauthorizedClient, 401, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."),
        Error(OAuthAnswers.RateLimited, 429, "rate_limit_exceeded", "Too many requests."),
        Error(OAuthAnswers.InternalFailure, 500, "internal_failure", "Backend Error"),
        CannedAnswer.Html(OAuthAnswers.ServiceUnavailableHtml, 503, "Service Unavailable"),
    }.ToFrozenDictionary(answer => answer.Reason, StringComparer.Ordinal);

    public static IReadOnlyCollection<string> Names => s_answers.Keys;

    public static bool Contains(string name) => s_answers.ContainsKey(name);

    public static CannedAnswer Get(string name) => s_answers[name];

    private static CannedAnswer Error(string name, int status, string error, string description) =>
        CannedAnswer.Json(name, status, $"{{\n  \"error\": \"{error}\",\n  \"error_description\": \"{description}\"\n}}");
}
