using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using PushGateway.Core.Keys;

namespace PushGateway.Server.Security;

/// <summary>Finds the API key of <c>Authorization: Bearer …</c> by its hash.</summary>
internal sealed class ApiKeyAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, IApiKeyStore keys, FailedKeyLimits limits)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiKey";

    private const string Prefix = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        if (header.Count == 0)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var address = Context.Connection.RemoteIpAddress;
        if (limits.WaitOf(address) is var wait && wait > TimeSpan.Zero)
        {
            // Not looked at even if it is right: an answer that differed would make the limit one of patience only.
            Context.Features.Set(new HeldOff(wait));
            return Task.FromResult(AuthenticateResult.Fail("Too many wrong keys from this address."));
        }

        if (header is not [{ } text] || !text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            limits.OnFailure(address);
            return Task.FromResult(AuthenticateResult.Fail("Not a bearer key."));
        }

        var secret = text[Prefix.Length..].Trim();
        if (Find(secret) is not { } key)
        {
            limits.OnFailure(address);
            return Task.FromResult(AuthenticateResult.Fail("Unknown key."));
        }

        Context.Features.Set(new Caller(key));
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, key.Id)], SchemeName);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName)));
    }

    /// <remarks>
    /// The look-up goes by a hash, whose bytes the sender does not choose, so its time tells nothing of any key; the comparison of the whole takes the
    /// same time whatever differs.
    /// </remarks>
    private ApiKey? Find(string secret)
    {
        if (secret.Length is 0 or > ApiKeySecret.MaxLength)
        {
            return null;
        }

        var hash = ApiKeySecret.Hash(secret);
        return keys.FindByHash(hash) is { } key && CryptographicOperations.FixedTimeEquals(key.Hash.Span, hash) ? key : null;
    }
}
