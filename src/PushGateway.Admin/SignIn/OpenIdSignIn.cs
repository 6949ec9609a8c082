using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using PushGateway.Core;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.SignIn;

/// <summary>Signing in with an identity provider, when one is configured: code flow with PKCE; the role comes from a claim, each time anew.</summary>
internal sealed class OpenIdSignIn(IOptions<AdminOptions> options, UserAccounts accounts, OpenSessions sessions, ILogger<OpenIdSignIn> logger)
    : IConfigureOptions<AuthenticationOptions>, IConfigureNamedOptions<OpenIdConnectOptions>
{
    public static void AddHandler(IServiceCollection services)
    {
        services.AddTransient<OpenIdConnectHandler>();
        services.AddSingleton<IConfigureOptions<OpenIdConnectOptions>, OpenIdSignIn>();
        services.AddSingleton<IPostConfigureOptions<OpenIdConnectOptions>, OpenIdConnectPostConfigureOptions>();
    }

    public void Configure(AuthenticationOptions authentication)
    {
        if (options.Value.OpenIdConnect.Authority is not null)
        {
            authentication.AddScheme<OpenIdConnectHandler>(AdminAccess.OpenIdScheme, options.Value.OpenIdConnect.DisplayName);
        }
    }

    public void Configure(OpenIdConnectOptions openId) => Configure(AdminAccess.OpenIdScheme, openId);

    public void Configure(string? name, OpenIdConnectOptions openId)
    {
        if (name != AdminAccess.OpenIdScheme)
        {
            return;
        }

        var configured = options.Value.OpenIdConnect;
        openId.SignInScheme = AdminAccess.Scheme;
        openId.Authority = configured.Authority;
        openId.ClientId = configured.ClientId;
        openId.ClientSecret = configured.ClientSecret;
        openId.ResponseType = OpenIdConnectResponseType.Code;
        openId.ResponseMode = OpenIdConnectResponseMode.Query;
        openId.UsePkce = true;
        openId.MapInboundClaims = false;
        openId.GetClaimsFromUserInfoEndpoint = true;
        openId.SaveTokens = false;
        openId.CallbackPath = "/admin/sign-in/openid/callback";
        openId.SignedOutCallbackPath = "/admin/sign-in/openid/signed-out";
        openId.RemoteSignOutPath = "/admin/sign-in/openid/sign-out";
        // The answer comes back by a redirect, which Lax lets through. The defaults ask for https even where the gateway is reached without it, and the
        // browser would then return with neither.
        foreach (var cookie in new[] { openId.CorrelationCookie, openId.NonceCookie })
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        }

        // Some providers put them into the user's information only, and not into the token.
        openId.ClaimActions.MapUniqueJsonKey("preferred_username", "preferred_username");
        openId.ClaimActions.MapJsonKey(configured.RoleClaim, configured.RoleClaim);
        openId.Scope.Clear();
        openId.Scope.Add("openid");
        openId.Scope.Add("profile");
        openId.Events.OnTokenValidated = RefuseUnsigned;
        openId.Events.OnTicketReceived = ReceiveAsync;
        openId.Events.OnRemoteFailure = context =>
        {
            AdminLog.ExternalSignInFailed(logger, context.Failure);
            context.Response.Redirect("/admin/sign-in?problem=openid");
            context.HandleResponse();
            return Task.CompletedTask;
        };
    }

    /// <summary>
    /// A token that comes straight from the provider need not be signed, by the standard, and the framework lets an unsigned one pass: the connection vouches for it. Every
    /// provider signs all the same, so one without a signature is no token of theirs.
    /// </summary>
    private static Task RefuseUnsigned(TokenValidatedContext context)
    {
        var token = context.TokenEndpointResponse?.IdToken;
        if (string.IsNullOrEmpty(token) || token.EndsWith('.'))
        {
            context.Fail("The identity provider's token is not signed.");
        }

        return Task.CompletedTask;
    }

    /// <summary>Whom the provider names becomes a user of ours; the session is ours from here on.</summary>
    private async Task ReceiveAsync(TicketReceivedContext context)
    {
        var principal = context.Principal!;
        var subject = principal.FindFirstValue("sub");
        var issuer = principal.FindFirst("sub")?.Issuer ?? options.Value.OpenIdConnect.Authority!;
        if (subject is null || RoleOf(principal) is not { } role)
        {
            Refuse(context, "role");
            return;
        }

        try
        {
            var (user, problem) = await accounts.SignInExternalAsync(
                issuer, subject, principal.FindFirstValue("preferred_username") ?? principal.FindFirstValue("name") ?? subject, role, context.HttpContext.RequestAborted);
            if (user is null)
            {
                Refuse(context, problem!);
                return;
            }

            context.Principal = sessions.Begin(user);
        }
        catch (StoreUnavailableException)
        {
            Refuse(context, "store");
        }
    }

    private static void Refuse(TicketReceivedContext context, string problem)
    {
        context.Response.Redirect($"/admin/sign-in?problem={problem}");
        context.HandleResponse();
    }

    private AdminRole? RoleOf(ClaimsPrincipal principal)
    {
        var configured = options.Value.OpenIdConnect;
        var values = principal.FindAll(configured.RoleClaim).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal);
        return values.Contains(configured.AdminValue) ? AdminRole.Admin
            : values.Contains(configured.OperatorValue) ? AdminRole.Operator
            : values.Contains(configured.ViewerValue) ? AdminRole.Viewer
            : null;
    }
}
