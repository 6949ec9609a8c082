using Microsoft.AspNetCore.Authorization;
using PushGateway.Core.Keys;

namespace PushGateway.Server.Security;

/// <summary>The caller has a key with one of these scopes, or a subscriber's token, for the app the request names, if it names one. Which channels it is good for is asked later.</summary>
/// <param name="MayBeInQuery">Whether the token may also stand in the query.</param>
internal sealed record LiveRequirement(ApiKeyScopes AnyOf, bool MayBeInQuery) : IAuthorizationRequirement;

internal sealed class LiveAuthorizationHandler : AuthorizationHandler<LiveRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, LiveRequirement requirement)
    {
        if (context.Resource is not HttpContext http || CallerIdentity.Of(context.User) is not { } identity)
        {
            return Task.CompletedTask;
        }

        var appId = identity.Caller is { } caller ? (caller.IsAdmin ? null : caller.Key.AppId) : identity.Grant?.AppId;
        if (identity.Caller?.HasAny(requirement.AnyOf) == false)
        {
            context.Fail(new AuthorizationFailureReason(this, ScopeAuthorizationHandler.ScopeInsufficient));
        }
        else if (appId is not null && http.GetRouteValue("app") is string app && !string.Equals(app, appId, StringComparison.Ordinal))
        {
            context.Fail(new AuthorizationFailureReason(this, ScopeAuthorizationHandler.AppForbidden));
        }
        else
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}

internal static class LiveEndpointExtensions
{
    /// <summary>For live clients. Their token may also stand in the query, as <c>access_token</c>: browsers cannot send a header with these requests.</summary>
    public static TBuilder RequireLive<TBuilder>(this TBuilder builder, ApiKeyScopes anyOf)
        where TBuilder : IEndpointConventionBuilder => Require(builder, new LiveRequirement(anyOf, MayBeInQuery: true));

    /// <summary>For what a subscriber's app does with its token beside that. It says so in the header, as with an API key.</summary>
    public static TBuilder RequireSubscriber<TBuilder>(this TBuilder builder, ApiKeyScopes anyOf)
        where TBuilder : IEndpointConventionBuilder => Require(builder, new LiveRequirement(anyOf, MayBeInQuery: false));

    private static TBuilder Require<TBuilder>(TBuilder builder, LiveRequirement requirement)
        where TBuilder : IEndpointConventionBuilder
    {
        var policy = new AuthorizationPolicyBuilder(ApiKeyAuthenticationHandler.SchemeName).AddRequirements(requirement).Build();
        return builder.RequireAuthorization(policy).WithMetadata(requirement);
    }
}
