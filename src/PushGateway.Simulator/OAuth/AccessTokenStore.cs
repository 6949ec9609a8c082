using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace PushGateway.Simulator.OAuth;

/// <summary>The access tokens issued. Expired ones stay known, so that they are refused as expired rather than as unknown, until there are too many.</summary>
internal sealed class AccessTokenStore(TimeProvider timeProvider, TimeSpan lifetime)
{
    private const int MaxKept = 10_000;
    private readonly ConcurrentDictionary<string, AccessToken> _tokens = new(StringComparer.Ordinal);

    public TimeSpan Lifetime { get; } = lifetime;

    /// <returns>The token's text.</returns>
    public string Issue(bool maySend)
    {
        if (_tokens.Count >= MaxKept)
        {
            _tokens.Clear();
        }

        var text = $"ya29.simulated.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(48))}";
        var authorization = $"Bearer {text}";
        _tokens[authorization] = new AccessToken(authorization, timeProvider.GetUtcNow() + Lifetime, maySend);
        return text;
    }

    /// <param name="authorization">The whole header; the scheme in any case.</param>
    public AccessToken? Find(string authorization)
    {
        if (_tokens.TryGetValue(authorization, out var token))
        {
            return token;
        }

        return authorization.StartsWith("bearer ", StringComparison.OrdinalIgnoreCase)
            ? _tokens.GetValueOrDefault($"Bearer {authorization.AsSpan("bearer ".Length).Trim()}")
            : null;
    }

    public void ExpireAll()
    {
        foreach (var token in _tokens.Values)
        {
            token.ExpireNow();
        }
    }
}
