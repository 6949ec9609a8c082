using System.Security.Claims;

namespace PushGateway.Server.Security;

/// <summary>Who called, kept with the connection where one request is followed by many messages: by an API key or by a subscriber's token, never both.</summary>
internal sealed class CallerIdentity(string name, string scheme, Caller? caller, SubscriberGrant? grant)
    : ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, name)], scheme)
{
    public Caller? Caller => caller;

    public SubscriberGrant? Grant => grant;

    public static CallerIdentity? Of(ClaimsPrincipal? user) => user?.Identity as CallerIdentity;
}
