using Microsoft.AspNetCore.Authorization;
using PushGateway.Core.Keys;

namespace PushGateway.Server.Security;

/// <summary>The key needs one of these scopes, and must be for the app the request names.</summary>
internal sealed record ScopeRequirement(ApiKeyScopes AnyOf) : IAuthorizationRequirement;

/// <summary>Decides by the key's scopes and app. An app that does not exist looks like one that belongs to others.</summary>
internal sealed class ScopeAuthorizationHandler : AuthorizationHandler<ScopeRequirement>
{
    public const string ScopeInsufficient = "scope.insufficient";
    public const string AppForbidden = "app.forbidden";

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, ScopeRequirement requirement)
    {
        if (context.Resource is not HttpContext http || http.Features.Get<Caller>() is not { } caller)
        {
            return Task.CompletedTask;
        }

        if (!caller.HasAny(requirement.AnyOf))
        {
            context.Fail(new AuthorizationFailureReason(this, ScopeInsufficient));
        }
        else if (!caller.IsAdmin && http.GetRouteValue("app") is string app && !string.Equals(app, caller.Key.AppId, StringComparison.Ordinal))
        {
            context.Fail(new AuthorizationFailureReason(this, AppForbidden));
        }
        else
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
