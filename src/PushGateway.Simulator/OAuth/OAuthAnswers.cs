namespace PushGateway.Simulator;

/// <summary>The refusals of the token endpoint; names for <see cref="FaultAction.Answer"/>.</summary>
public static class OAuthAnswers
{
    /// <summary>400 invalid_grant, "Invalid JWT Signature.": the key was deleted, rotated or damaged.</summary>
    public const string InvalidGrantSignature = "INVALID_GRANT_SIGNATURE";

    /// <summary>400 invalid_grant, the text about <c>iat</c> and <c>exp</c>: usually a clock that is wrong.</summary>
    public const string InvalidGrantTimes = "INVALID_GRANT_TIMES";

    /// <summary>400 invalid_grant, the service account does not exist.</summary>
    public const string InvalidGrantAccount = "INVALID_GRANT_ACCOUNT";

    /// <summary>400 invalid_grant, the audience is not this endpoint.</summary>
    public const string InvalidGrantAudience = "INVALID_GRANT_AUDIENCE";

    /// <summary>400 invalid_scope.</summary>
    public const string InvalidScope = "INVALID_SCOPE";

    /// <summary>400 unsupported_grant_type.</summary>
    public const string UnsupportedGrantType = "UNSUPPORTED_GRANT_TYPE";

    /// <summary>401 invalid_client.</summary>
    public const string InvalidClient = "INVALID_CLIENT";

    /// <summary>401 unauthorized_client.</summary>
    public const string UnauthorizedClient = "UNAUTHORIZED_CLIENT";

    /// <summary>429 with a JSON error.</summary>
    public const string RateLimited = "RATE_LIMITED";

    /// <summary>500 internal_failure.</summary>
    public const string InternalFailure = "INTERNAL_FAILURE";

    /// <summary>503 in HTML.</summary>
    public const string ServiceUnavailableHtml = "SERVICE_UNAVAILABLE_HTML";

    /// <summary>All of the above.</summary>
    public static IReadOnlyCollection<string> All => OAuth.OAuthAnswerCatalog.Names;
}
