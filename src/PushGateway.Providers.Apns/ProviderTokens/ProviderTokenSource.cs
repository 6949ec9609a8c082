using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PushGateway.Core.Providers;
using PushGateway.Http2;

namespace PushGateway.Providers.Apns.ProviderTokens;

/// <summary>Signs the provider token of one key: once for all apps and connections that use it. Safe for concurrent use.</summary>
/// <param name="renewalAge">Age at which <see cref="Get"/> signs anew.</param>
/// <param name="indexing">How the token is sent.</param>
internal sealed class ProviderTokenSource(ApnsCredential credential, TimeSpan renewalAge, HeaderIndexing indexing, TimeProvider timeProvider)
{
    /// <summary>Apple's rule: no more than one new token in 20 minutes.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMinutes(20);

    /// <summary>So little is steering, and no reason for a new token.</summary>
    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromMinutes(1);

    private static readonly JsonWebTokenHandler s_handler = new() { SetDefaultTimesOnTokenCreation = false };

    private readonly Lock _lock = new();
    private volatile ProviderToken? _current;

    /// <summary>How often a token has been signed.</summary>
    public int Signatures { get; private set; }

    /// <summary>Whether no token of this key can still matter to Apple's 20-minute rule.</summary>
    public bool IsForgettable => _current is not { } current || Age(current) > MinInterval;

    /// <summary>The present token, younger than the renewal age.</summary>
    public ProviderToken Get()
    {
        if (_current is { } current && IsGood(current))
        {
            return current;
        }

        lock (_lock)
        {
            return _current is { } other && IsGood(other) ? other : Sign();
        }
    }

    /// <summary>Whether this is still the token to send with.</summary>
    public bool IsCurrent(ProviderToken token) => _current == token;

    /// <summary>Asks for a new token because APNs refused one.</summary>
    /// <param name="reconnect">
    /// Called when there will be a new one, while no token is current: nothing sent with the old one can get onto the new connections,
    /// nor anything sent with the new one onto the old. APNs goes on refusing on a connection that has carried an expired token.
    /// </param>
    public TokenRenewal Renew(ProviderToken refused, Action reconnect)
    {
        lock (_lock)
        {
            if (_current is not { } current || current != refused)
            {
                return TokenRenewal.AlreadyRenewed;
            }

            if (Age(current) < MinInterval && !IsFromTheFuture(current))
            {
                return TokenRenewal.TooSoon;
            }

            _current = null;
            reconnect();
            Sign();
            return TokenRenewal.Renewed;
        }
    }

    private bool IsGood(ProviderToken token) => Age(token) < renewalAge && !IsFromTheFuture(token);

    /// <summary>Signed by a clock that has been set back since: Apple refuses it until that instant comes.</summary>
    private bool IsFromTheFuture(ProviderToken token) => Age(token) < -s_clockTolerance;

    private TimeSpan Age(ProviderToken token) => timeProvider.GetUtcNow() - token.IssuedAt;

    private ProviderToken Sign()
    {
        var now = timeProvider.GetUtcNow();
        using var key = ApnsCredentialRules.ImportKey(credential.PrivateKey);

        // The library would otherwise keep a signer for this key, which is disposed below.
        var signing = new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = credential.KeyId }, SecurityAlgorithms.EcdsaSha256)
        {
            CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
        };
        var claims = JsonSerializer.Serialize(new Dictionary<string, object> { ["iss"] = credential.TeamId, ["iat"] = now.ToUnixTimeSeconds() });
        Signatures++;
        return _current = new ProviderToken(s_handler.CreateToken(claims, signing), now, indexing);
    }
}
