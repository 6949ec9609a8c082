using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using PushGateway.Core.Keys;

namespace PushGateway.Server.Security;

/// <summary>
/// Finds the API key of <c>Authorization: Bearer …</c> by its hash, or reads the subscriber's token that stands there instead: one of the gateway, or one that the publisher of the app signs.
/// </summary>
internal sealed class ApiKeyAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, IApiKeyStore keys, FailedKeyLimits limits,
    SubscriberTokens tokens, PublisherTokens publisherTokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiKey";

    /// <summary>Where a subscriber's token may stand when there is no header. An API key may not: addresses end up in logs, and a key has no end.</summary>
    private const string QueryName = "access_token";

    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        var inQuery = header.Count == 0 ? InQuery(Context) : default;
        if (header.Count == 0 && inQuery.Count == 0)
        {
            return AuthenticateResult.NoResult();
        }

        var address = Context.Connection.RemoteIpAddress;
        if (limits.WaitOf(address) is var wait && wait > TimeSpan.Zero)
        {
            // Not looked at even if it is right: an answer that differed would make the limit one of patience only.
            Context.Features.Set(new HeldOff(wait));
            return AuthenticateResult.Fail("Too many wrong keys from this address.");
        }

        var bearer = inQuery is [{ } single] ? single : Bearer(header);
        if (bearer is not null && bearer.StartsWith(SubscriberTokens.Prefix, StringComparison.Ordinal))
        {
            return Admit(tokens.Read(bearer), address);
        }

        if (header.Count > 0 && bearer is not null && Find(bearer) is { } key)
        {
            keys.MarkUsed(key, TimeProvider.GetUtcNow());
            var caller = new Caller(key);
            Context.Features.Set(caller);
            return Success(new CallerIdentity(key.Id, SchemeName, caller, null));
        }

        if (bearer is not null && PublisherTokens.LooksLikeOne(bearer) &&
            await publisherTokens.ReadAsync(bearer, Context.GetRouteValue("app") as string, Context.RequestAborted) is { } reading)
        {
            return Admit(reading, address);
        }

        limits.OnFailure(address);
        return AuthenticateResult.Fail(bearer is null ? "Not a bearer key." : "Unknown key.");
    }

    /// <summary>Whether the request brought a key or token, where one is looked for, good or bad.</summary>
    public static bool HasPresented(HttpContext context) => context.Request.Headers.Authorization.Count > 0 || InQuery(context).Count > 0;

    private static StringValues InQuery(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<LiveRequirement>() is { MayBeInQuery: true } ? context.Request.Query[QueryName] : default;

    private AuthenticateResult Admit(TokenReading reading, IPAddress? address)
    {
        if (reading.Grant is { } grant)
        {
            Context.Features.Set(grant);
            return Success(new CallerIdentity(grant.SubscriberId, SchemeName, null, grant));
        }

        if (reading.IsGuess)
        {
            limits.OnFailure(address);
        }

        if (reading.Refusal is { } refusal)
        {
            Context.Features.Set(new TokenRefusal(refusal));
        }

        return AuthenticateResult.Fail("The token is not good.");
    }

    private static AuthenticateResult Success(CallerIdentity identity) => AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));

    private static string? Bearer(StringValues header) =>
        header is [{ } text] && text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? text[Prefix.Length..].Trim() : null;

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
