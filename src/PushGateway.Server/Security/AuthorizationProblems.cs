using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using PushGateway.Admin.SignIn;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Security;

/// <summary>Answers refused requests with problem documents: 401 without a known key, 429 after too many wrong ones, 403 outside its scope or app.</summary>
internal sealed class AuthorizationProblems : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _pages = new();

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            return next(context);
        }

        // Somebody with a browser is led to the sign-in, or told so by a page.
        if (policy.AuthenticationSchemes.Contains(AdminAccess.Scheme))
        {
            return _pages.HandleAsync(next, context, policy, authorizeResult);
        }

        if (context.Features.Get<HeldOff>() is { } held)
        {
            return ApiProblem.Later(
                StatusCodes.Status429TooManyRequests, "key.tooManyFailures", "Too many wrong API keys came from this address; none is looked at for a while.", held.Wait)
                .ExecuteAsync(context);
        }

        var isSubscriber = context.Features.Get<SubscriberGrant>() is not null;
        if (authorizeResult.Challenged || (context.Features.Get<Caller>() is null && !isSubscriber))
        {
            var presented = ApiKeyAuthenticationHandler.HasPresented(context);
            context.Response.Headers.WWWAuthenticate = presented ? "Bearer realm=\"pushgateway\", error=\"invalid_token\"" : "Bearer realm=\"pushgateway\"";
            return ApiProblem.Of(
                StatusCodes.Status401Unauthorized, presented ? "key.unknown" : "key.missing",
                presented ? "The API key is not known." : "Send an API key: Authorization: Bearer <api key>.").ExecuteAsync(context);
        }

        var isAppForbidden = authorizeResult.AuthorizationFailure?.FailureReasons.Any(reason => reason.Message == ScopeAuthorizationHandler.AppForbidden) == true;
        return (isAppForbidden
            ? ApiProblem.Of(StatusCodes.Status403Forbidden, ScopeAuthorizationHandler.AppForbidden, isSubscriber ? "The token is not for this app." : "The API key is not for this app.")
            : ApiProblem.Of(StatusCodes.Status403Forbidden, ScopeAuthorizationHandler.ScopeInsufficient, isSubscriber ? "A subscriber's token is for live channels and for what was opened only." : "The API key does not have the scope this needs."))
            .ExecuteAsync(context);
    }
}
