using System.Text.Json.Nodes;
using PushGateway.Core.Apps;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Identity;

/// <summary>Checks and maps whose tokens an app takes.</summary>
internal static class IdentityMapping
{
    private const int MaxTextLength = 500;
    private const int MaxClaimLength = 100;
    private const int MaxUrlLength = 2_000;
    private const int MaxKeysLength = 64 * 1024;

    /// <returns><see langword="null"/> when there are errors.</returns>
    public static AppIdentity? Map(IdentityBody body, FieldErrors errors)
    {
        FieldRules.RequireText(body.Issuer, "issuer", MaxTextLength, errors);
        FieldRules.RequireText(body.Audience, "audience", MaxTextLength, errors);
        if (body.SubscriberClaim is not null)
        {
            FieldRules.RequireText(body.SubscriberClaim, "subscriberClaim", MaxClaimLength, errors);
        }

        ChannelPatterns.Check(body.Subscribe, "subscribe", errors);
        ChannelPatterns.Check(body.Listen, "listen", errors);
        ChannelPatterns.Check(body.Send, "send", errors);
        var (url, keys) = MapKeys(body, errors);
        return errors.Any ? null : new AppIdentity
        {
            Issuer = body.Issuer!,
            Audience = body.Audience!,
            SubscriberClaim = body.SubscriberClaim ?? AppIdentity.DefaultClaim,
            KeysUrl = url,
            Keys = keys,
            Devices = body.Devices ?? false,
            Subscribe = body.Subscribe ?? [],
            Listen = body.Listen,
            Send = body.Send ?? [],
        };
    }

    public static IdentityBody ToBody(AppIdentity identity) => new()
    {
        Issuer = identity.Issuer,
        Audience = identity.Audience,
        SubscriberClaim = identity.SubscriberClaim,
        JwksUrl = identity.KeysUrl?.AbsoluteUri,
        Jwks = identity.Keys is { } keys ? JsonNode.Parse(keys)!.AsObject() : null,
        Devices = identity.Devices,
        Subscribe = identity.Subscribe,
        Listen = identity.Listen,
        Send = identity.Send,
    };

    private static (Uri? Url, string? Keys) MapKeys(IdentityBody body, FieldErrors errors)
    {
        if (body.JwksUrl is null == body.Jwks is null)
        {
            errors.Add("jwksUrl", "jwks.oneOf", "Give either jwksUrl or jwks.");
            return default;
        }

        if (body.JwksUrl is { } text)
        {
            if (FieldRules.CheckLength(text, "jwksUrl", MaxUrlLength, errors) && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps &&
                url.UserInfo.Length == 0 && url.Fragment.Length == 0 && url.Host.Length > 0)
            {
                return (url, null);
            }

            errors.Add("jwksUrl", "url.invalid", "Must be an absolute https address, without user and fragment.");
            return default;
        }

        var keys = body.Jwks!.ToJsonString();
        if (keys.Length > MaxKeysLength)
        {
            errors.Add("jwks", "field.tooLong", $"Must have at most {MaxKeysLength} characters; it has {keys.Length}.");
        }
        else if (HasSecret(body.Jwks))
        {
            errors.Add("jwks", "jwks.private", "Must have public keys only: no private key (d) and no shared secret (oct). One that was sent here should not be used any more.");
        }
        else if (PublisherKeys.Parse(keys) is not { Count: > 0 })
        {
            errors.Add("jwks", "jwks.invalid", "Must be a JSON Web Key Set with a key for RS256 (RSA, 2048 bits or more) or ES256 (P-256).");
        }

        return (null, keys);
    }

    private static bool HasSecret(JsonObject jwks) =>
        jwks["keys"] is JsonArray keys && keys.OfType<JsonObject>().Any(key => key.ContainsKey("d") || key.ContainsKey("k"));
}
