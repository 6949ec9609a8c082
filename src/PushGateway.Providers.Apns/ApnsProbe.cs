using PushGateway.Core.Providers;
using PushGateway.Http2;
using PushGateway.Providers.Apns.Answers;
using PushGateway.Providers.Apns.ProviderTokens;
using PushGateway.Providers.Apns.Sending;

namespace PushGateway.Providers.Apns;

/// <summary>Proves a credential with a notification to a device token that no device has, and says in words what the answer means.</summary>
internal static class ApnsProbe
{
    /// <summary>A difference between Apple's clock and ours that explains why a fresh provider token is refused.</summary>
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(5);

    private static readonly ReadOnlyMemory<byte> s_path = "/3/device/0000000000000000000000000000000000000000000000000000000000000000"u8.ToArray();

    // Nobody would see it even if the token were somebody's.
    private static readonly ReadOnlyMemory<byte> s_payload = """{"aps":{"content-available":1}}"""u8.ToArray();

    public static Task<SinglePost> SendAsync(IPostConnectionPool pool, ApnsCredential credential, ProviderToken token, CancellationToken cancellationToken)
    {
        var headers = new HeaderBlock([
            .. token.Headers.Headers,
            new PostHeader("apns-topic", credential.BundleId),
            new PostHeader("apns-push-type", "background"),
            new PostHeader("apns-priority", "5"),
            new PostHeader("apns-expiration", "0"),
        ]);
        return SinglePost.SendAsync(pool, s_path, headers, s_payload, cancellationToken);
    }

    public static CredentialCheck Explain(ApnsCredential credential, SinglePost post, ApnsAnswerReader reader, DateTimeOffset now)
    {
        var endpoint = ApnsPools.EndpointOf(credential);
        if (post.Fault != PostFault.None)
        {
            return ExplainFault(endpoint, post);
        }

        if (post.Status == ApnsAnswerTable.AcceptedStatus)
        {
            return Ok(credential, null);
        }

        var (reason, _) = reader.Read(post.Body.Span);
        var isRefusal = post.Status is 401 or 403;
        if (isRefusal && post.Date is { } date && (date - now).Duration() > s_skew)
        {
            return new CredentialCheck(
                false, "clock.skewed", $"APNs refused the provider token, and its clock differs from this machine's by {(date - now).Duration().TotalMinutes:0} minutes. Set this machine's clock.", reason);
        }

        return (post.Status, reason) switch
        {
            (400, "BadDeviceToken" or "DeviceTokenNotForTopic") or (410, _) => Ok(credential, reason),
            (400, "TopicDisallowed" or "BadTopic" or "MissingTopic") => new CredentialCheck(
                false, "topic.disallowed", $"The key may not send to {credential.BundleId}. Check the bundle id, and whether the key is limited to certain topics.", reason),
            (403, "BadEnvironmentKeyIdInToken" or "BadEnvironmentKeyInToken" or "BadCertificateEnvironment") => new CredentialCheck(
                false, "environment.mismatch", $"The key belongs to the other environment than {credential.Environment.ToString().ToLowerInvariant()}. Change the environment, or use a key made for it.", reason),
            (403, "InvalidProviderToken") => new CredentialCheck(
                false, "credential.refused", "APNs does not know this combination of team id, key id and private key. Check that all three belong together and that the key has not been revoked.", reason),
            (403, "ExpiredProviderToken") => new CredentialCheck(
                false, "clock.skewed", "APNs takes a provider token that was just signed for an old one. Set this machine's clock.", reason),
            _ when isRefusal => new CredentialCheck(false, "credential.refused", $"APNs refused the credential: {post.Status} {reason}.", reason),
            (429 or >= 500, _) => new CredentialCheck(false, "provider.unavailable", $"APNs cannot tell now: {post.Status} {reason}. Try again later.", reason),
            _ => new CredentialCheck(false, "provider.unavailable", $"{endpoint.Authority} answered {post.Status} {reason}, which APNs does not say to a credential check. Is it APNs?", reason),
        };
    }

    private static CredentialCheck Ok(ApnsCredential credential, string? reason) =>
        new(true, "ok", $"APNs accepts the key for {credential.BundleId}. Whether device tokens are of the same environment only a real device can show.", reason);

    private static CredentialCheck ExplainFault(Uri endpoint, SinglePost post) => post.Fault switch
    {
        PostFault.Untrusted => new CredentialCheck(
            false, "endpoint.untrusted", $"The TLS connection to {endpoint.Authority} failed: {post.Detail} If it is a server of your own, add its authority to trustedCertificates."),
        PostFault.Unreachable => new CredentialCheck(
            false, "endpoint.unreachable", $"No connection to {endpoint.Authority}: {post.Detail} Check name, port and firewall; APNs listens on 443 and 2197."),
        PostFault.Timeout => new CredentialCheck(false, "endpoint.unreachable", $"{endpoint.Authority} did not answer in time."),
        _ => new CredentialCheck(false, "provider.unavailable", $"The connection to {endpoint.Authority} was lost: {post.Detail} Try again."),
    };
}
