using Microsoft.AspNetCore.Authorization;
using PushGateway.Core.Apps;
using PushGateway.Core.Keys;

namespace PushGateway.Server.Security;

/// <summary>What a subscriber's token is used for.</summary>
internal enum TokenUse : byte
{
    /// <summary>Channels. Which it is good for is asked later.</summary>
    Live,

    /// <summary>To say what was opened, and what live messages have come. Every token may.</summary>
    Reports,

    /// <summary>The subscriber's own devices: <see cref="SubscriberGrant.Devices"/>.</summary>
    Devices,

    /// <summary>The subscriber's own subscriptions: <see cref="SubscriberGrant.Subscribe"/>.</summary>
    Subscriptions,
}

/// <summary>The caller has a key with one of these scopes, or a subscriber's token that is good for this use, for the app the request names, if it names one.</summary>
/// <param name="MayBeInQuery">Whether the token may also stand in the query.</param>
internal sealed record LiveRequirement(ApiKeyScopes AnyOf, TokenUse Use, bool MayBeInQuery) : IAuthorizationRequirement;

/// <summary>Decides by the key, or by the token and the app, subscriber and channel of the address: one subscriber's token never reaches what is another's.</summary>
internal sealed class LiveAuthorizationHandler(IAppStore apps) : AuthorizationHandler<LiveRequirement>
{
    public const string SubscriberForbidden = "subscriber.forbidden";
    public const string ChannelForbidden = "channel.forbidden";

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, LiveRequirement requirement)
    {
        if (context.Resource is not HttpContext http || CallerIdentity.Of(context.User) is not { } identity)
        {
            return Task.CompletedTask;
        }

        var refusal = identity is { Caller: { } caller } ? Refuse(caller, requirement, http)
            : identity is { Grant: { } grant } ? Refuse(grant, requirement, http)
            : ScopeAuthorizationHandler.ScopeInsufficient;
        if (refusal is null)
        {
            context.Succeed(requirement);
        }
        else
        {
            context.Fail(new AuthorizationFailureReason(this, refusal));
        }

        return Task.CompletedTask;
    }

    private static string? Refuse(Caller caller, LiveRequirement requirement, HttpContext http) =>
        !caller.HasAny(requirement.AnyOf) ? ScopeAuthorizationHandler.ScopeInsufficient
        : !caller.IsAdmin && http.GetRouteValue("app") is string app && !string.Equals(app, caller.Key.AppId, StringComparison.Ordinal) ? ScopeAuthorizationHandler.AppForbidden
        : null;

    private string? Refuse(SubscriberGrant grant, LiveRequirement requirement, HttpContext http)
    {
        if (http.GetRouteValue("app") is string app && (!string.Equals(app, grant.AppId, StringComparison.Ordinal) || apps.Find(app)?.Key != grant.AppKey))
        {
            return ScopeAuthorizationHandler.AppForbidden;
        }

        var isMeant = requirement.Use switch
        {
            TokenUse.Devices => grant.Devices,
            TokenUse.Subscriptions => grant.Subscribe.Count > 0,
            _ => true,
        };
        if (!isMeant)
        {
            return ScopeAuthorizationHandler.ScopeInsufficient;
        }

        if (http.GetRouteValue("subscriber") is string subscriber && !string.Equals(subscriber, grant.SubscriberId, StringComparison.Ordinal))
        {
            return SubscriberForbidden;
        }

        return requirement.Use == TokenUse.Subscriptions && http.GetRouteValue("channel") is string channel && !SubscriberGrant.Matches(grant.Subscribe, channel)
            ? ChannelForbidden
            : null;
    }
}

internal static class LiveEndpointExtensions
{
    /// <summary>For live clients. Their token may also stand in the query, as <c>access_token</c>: browsers cannot send a header with these requests.</summary>
    public static TBuilder RequireLive<TBuilder>(this TBuilder builder, ApiKeyScopes anyOf)
        where TBuilder : IEndpointConventionBuilder => Require(builder, new LiveRequirement(anyOf, TokenUse.Live, MayBeInQuery: true));

    /// <summary>For what a subscriber's app does with its token beside that. It says so in the header, as with an API key.</summary>
    public static TBuilder RequireSubscriber<TBuilder>(this TBuilder builder, ApiKeyScopes anyOf, TokenUse use)
        where TBuilder : IEndpointConventionBuilder => Require(builder, new LiveRequirement(anyOf, use, MayBeInQuery: false));

    private static TBuilder Require<TBuilder>(TBuilder builder, LiveRequirement requirement)
        where TBuilder : IEndpointConventionBuilder
    {
        var policy = new AuthorizationPolicyBuilder(ApiKeyAuthenticationHandler.SchemeName).AddRequirements(requirement).Build();
        return builder.RequireAuthorization(policy).WithMetadata(requirement);
    }
}
