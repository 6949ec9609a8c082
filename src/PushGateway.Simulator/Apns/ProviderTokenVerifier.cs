using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace PushGateway.Simulator.Apns;

/// <summary>Verifies provider tokens (JWT, ES256), each text once: a gateway sends the same one for the better part of an hour.</summary>
internal sealed class ProviderTokenVerifier
{
    /// <summary>Bound of the cache; when it is full it starts anew, which costs a verification for each token still in use.</summary>
    private const int MaxRemembered = 1024;
    private const int MaxTokenLength = 2048;

    private readonly ConcurrentDictionary<string, ApnsKey> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ProviderToken> _verified = new(StringComparer.Ordinal);

    public IEnumerable<ApnsKey> Keys => _keys.Values;

    public void Add(ApnsKey key) => _keys[key.KeyId] = key;

    /// <param name="authorization">The whole header, <c>bearer &lt;jwt&gt;</c>; the caller has checked the scheme.</param>
    /// <returns>Null when the token is malformed, of an unknown key, of a team that does not own the key, or badly signed.</returns>
    public ProviderToken? Verify(string authorization)
    {
        if (_verified.TryGetValue(authorization, out var known))
        {
            return known;
        }

        if (Parse(authorization) is not { } token)
        {
            return null;
        }

        if (_verified.Count >= MaxRemembered)
        {
            _verified.Clear();
        }

        return _verified[authorization] = token;
    }

    private ProviderToken? Parse(string authorization)
    {
        if (authorization.Length > MaxTokenLength)
        {
            return null;
        }

        var jwt = Encoding.UTF8.GetBytes(authorization).AsSpan("bearer ".Length);
        var endOfHeader = jwt.IndexOf((byte)'.');
        var endOfClaims = jwt.LastIndexOf((byte)'.');
        if (endOfHeader < 0 || endOfClaims == endOfHeader)
        {
            return null;
        }

        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromUtf8(jwt[..endOfHeader]));
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromUtf8(jwt[(endOfHeader + 1)..endOfClaims]));
            if (Text(header, "alg") != "ES256"
                || Text(header, "kid") is not { } keyId
                || !_keys.TryGetValue(keyId, out var key)
                || Text(claims, "iss") != key.TeamId
                || !claims.RootElement.TryGetProperty("iat", out var issuedAt)
                || !issuedAt.TryGetInt64(out var seconds)
                || !key.Verify(jwt[..endOfClaims], Base64Url.DecodeFromUtf8(jwt[(endOfClaims + 1)..])))
            {
                return null;
            }

            return new ProviderToken(authorization, key, DateTimeOffset.FromUnixTimeSeconds(seconds));
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static string? Text(JsonDocument document, string name) =>
        document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
