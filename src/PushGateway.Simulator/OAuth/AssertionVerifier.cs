using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace PushGateway.Simulator.OAuth;

/// <summary>Judges the assertion of a JWT grant.</summary>
internal sealed class AssertionVerifier(ServiceAccount account, TimeProvider timeProvider)
{
    private static readonly TimeSpan s_longestLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(5);
    private static readonly string[] s_sendingScopes = ["https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform"];

    /// <summary>The audience assertions must name: the token endpoint itself.</summary>
    public string? Audience { get; set; }

    /// <param name="assertion">The JWT.</param>
    /// <param name="maySend">Whether the scope asked for includes sending messages.</param>
    /// <returns>The name of the refusal (<see cref="OAuthAnswers"/>), or null when the grant is good.</returns>
    public string? Check(string assertion, out bool maySend)
    {
        maySend = false;
        var jwt = Encoding.UTF8.GetBytes(assertion);
        var endOfHeader = jwt.AsSpan().IndexOf((byte)'.');
        var endOfClaims = jwt.AsSpan().LastIndexOf((byte)'.');
        if (endOfHeader < 0 || endOfClaims == endOfHeader)
        {
            return OAuthAnswers.InvalidGrantSignature;
        }

        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromUtf8(jwt.AsSpan(0, endOfHeader)));
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromUtf8(jwt.AsSpan((endOfHeader + 1)..endOfClaims)));
            if (Text(claims, "iss") != account.ClientEmail)
            {
                return OAuthAnswers.InvalidGrantAccount;
            }

            if (Text(header, "alg") != "RS256"
                || (Text(header, "kid") is { } keyId && keyId != account.KeyId)
                || account.Revoked
                || !account.Verify(jwt.AsSpan(0, endOfClaims), Base64Url.DecodeFromUtf8(jwt.AsSpan(endOfClaims + 1))))
            {
                return OAuthAnswers.InvalidGrantSignature;
            }

            if (Text(claims, "aud") != Audience)
            {
                return OAuthAnswers.InvalidGrantAudience;
            }

            if (!AreTimesReasonable(claims))
            {
                return OAuthAnswers.InvalidGrantTimes;
            }

            var scopes = (Text(claims, "scope") ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            maySend = scopes.Intersect(s_sendingScopes, StringComparer.Ordinal).Any();
            return scopes.Length == 0 ? OAuthAnswers.InvalidScope : null;
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return OAuthAnswers.InvalidGrantSignature;
        }
    }

    private bool AreTimesReasonable(JsonDocument claims)
    {
        if (!claims.RootElement.TryGetProperty("iat", out var iat) || !iat.TryGetInt64(out var issuedAt)
            || !claims.RootElement.TryGetProperty("exp", out var exp) || !exp.TryGetInt64(out var expiresAt))
        {
            return false;
        }

        var now = timeProvider.GetUtcNow();
        var issued = DateTimeOffset.FromUnixTimeSeconds(issuedAt);
        var expires = DateTimeOffset.FromUnixTimeSeconds(expiresAt);
        return issued <= now + s_clockSkew && expires > now && expires > issued && expires - issued <= s_longestLife;
    }

    private static string? Text(JsonDocument document, string name) =>
        document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
