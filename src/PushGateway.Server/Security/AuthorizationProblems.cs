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

        if (context.Features.Get<TokenRefusal>() is { } refusal)
        {
            if (refusal.Problem.Status == StatusCodes.Status401Unauthorized)
            {
                context.Response.Headers.WWWAuthenticate = "Bearer realm=\"pushgateway\", error=\"invalid_token\"";
            }

            return refusal.Problem.ExecuteAsync(context);
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

        return Forbidden(authorizeResult.AuthorizationFailure?.FailureReasons.FirstOrDefault()?.Message, isSubscriber).ExecuteAsync(context);
    }

    private static ApiProblem Forbidden(string? reason, bool isSubscriber) => reason switch
    {
        ScopeAuthorizationHandler.AppForbidden => Forbidden(reason, isSubscriber ? "The token is not for this app." : "The API key is not for this app."),
        LiveAuthorizationHandler.SubscriberForbidden => Forbidden(reason, "The token is another subscriber's."),
        LiveAuthorizationHandler.ChannelForbidden => Forbidden(reason, "The token is not good for this channel."),
        _ => Forbidden(
            ScopeAuthorizationHandler.ScopeInsufficient,
            isSubscriber ? "The subscriber's token was not made for this." : "The API key does not have the scope this needs."),
    };

    private static ApiProblem Forbidden(string code, string detail) => ApiProblem.Of(StatusCodes.Status403Forbidden, code, detail);
}
