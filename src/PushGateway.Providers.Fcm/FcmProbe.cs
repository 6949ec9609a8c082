using PushGateway.Core.Providers;
using PushGateway.Http2;
using PushGateway.Providers.Fcm.AccessTokens;
using PushGateway.Providers.Fcm.Answers;
using PushGateway.Providers.Fcm.Sending;

namespace PushGateway.Providers.Fcm;

/// <summary>Proves a credential with a message that FCM only validates, to a token that no device has, and says in words what the answer means.</summary>
internal static class FcmProbe
{
    private static readonly ReadOnlyMemory<byte> s_message =
        """{"validate_only":true,"message":{"token":"bad:pushgateway-credential-check","data":{"check":"1"}}}"""u8.ToArray();

    public static Task<SinglePost> SendAsync(IPostConnectionPool pool, FcmCredential credential, AccessToken token, CancellationToken cancellationToken) =>
        SinglePost.SendAsync(pool, FcmSender.PathOf(credential.ProjectId), token.Headers, s_message, cancellationToken);

    public static CredentialCheck ExplainNoToken(FcmServiceAccount account, AccessTokenResult result)
    {
        var host = account.TokenUri.Authority;
        var words = result.Words ?? result.Failure.Reason;
        if (result.Failure.Outcome != OutcomeKind.Unauthorized)
        {
            return (result.IsUntrusted, result.Failure.Reason) switch
            {
                (true, _) => new CredentialCheck(
                    false, "endpoint.untrusted", $"The TLS connection to the token endpoint {host} failed: {words} If it is a server of your own, add its authority to trustedCertificates."),
                (_, GatewayReasons.ConnectionFailed or GatewayReasons.Timeout) => new CredentialCheck(
                    false, "endpoint.unreachable", $"The token endpoint {host} cannot be reached: {words} Check token_uri in the key file, and the firewall."),
                _ => new CredentialCheck(false, "provider.unavailable", $"The token endpoint {host} cannot tell now: {words} Try again later.", result.Failure.Reason),
            };
        }

        // Google's words when the assertion's times do not fit its clock.
        return words?.Contains("iat", StringComparison.Ordinal) == true || words?.Contains("short-lived", StringComparison.Ordinal) == true
            ? new CredentialCheck(false, "clock.skewed", $"Google takes the sign-in for out of date: {words} Set this machine's clock.", result.Failure.Reason)
            : new CredentialCheck(
                false, "credential.refused", $"Google gives no access token to {account.ClientEmail}: {words} Check that the key has not been deleted, or make a new key file.", result.Failure.Reason);
    }

    public static CredentialCheck Explain(FcmCredential credential, SinglePost post, ReasonVocabulary vocabulary)
    {
        var endpoint = FcmProvider.EndpointOf(credential);
        if (post.Fault != PostFault.None)
        {
            return ExplainFault(endpoint, post);
        }

        var error = FcmError.Read(post.Body.Span);
        var rule = FcmAnswerTable.Find(post.Status, error, out var word);
        var reason = post.Status == FcmAnswerTable.AcceptedStatus ? null : vocabulary.Resolve(word);
        if (rule.Credential != CredentialVerdict.Keep)
        {
            return ExplainRefusal(credential, post.Status, error, reason);
        }

        // A complaint about the token or the message comes from behind the door: the credential has opened it.
        return rule.Outcome is OutcomeKind.Throttled or OutcomeKind.Unavailable
            ? new CredentialCheck(false, "provider.unavailable", $"FCM cannot tell now: {post.Status} {reason}. Try again later.", reason)
            : new CredentialCheck(true, "ok", $"FCM accepts {credential.ClientEmail} for the project {credential.ProjectId}. Keys for iOS in the Firebase console are not checked by this.", reason);
    }

    private static CredentialCheck ExplainRefusal(FcmCredential credential, int status, FcmError error, string? reason) => status switch
    {
        404 => new CredentialCheck(
            false, "project.unknown", $"FCM knows no project {credential.ProjectId}. Check project_id in the key file, and the endpoint.", reason),
        403 when reason == "SERVICE_DISABLED" => new CredentialCheck(
            false, "permission.denied", $"The Firebase Cloud Messaging API is not enabled for {credential.ProjectId}. Enable it in the Google Cloud console. {error.Message}", reason),
        403 => new CredentialCheck(
            false, "permission.denied", $"{credential.ClientEmail} may not send messages of {credential.ProjectId}: it needs cloudmessaging.messages.create, as in the role Firebase Cloud Messaging API Admin. {error.Message}", reason),
        _ => new CredentialCheck(false, "credential.refused", $"FCM refused an access token that was just issued: {status} {error.Message}", reason),
    };

    private static CredentialCheck ExplainFault(Uri endpoint, SinglePost post) => post.Fault switch
    {
        PostFault.Untrusted => new CredentialCheck(
            false, "endpoint.untrusted", $"The TLS connection to {endpoint.Authority} failed: {post.Detail} If it is a server of your own, add its authority to trustedCertificates."),
        PostFault.Unreachable => new CredentialCheck(false, "endpoint.unreachable", $"No connection to {endpoint.Authority}: {post.Detail} Check name, port and firewall."),
        PostFault.Timeout => new CredentialCheck(false, "endpoint.unreachable", $"{endpoint.Authority} did not answer in time."),
        _ => new CredentialCheck(false, "provider.unavailable", $"The connection to {endpoint.Authority} was lost: {post.Detail} Try again."),
    };
}
