using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.SignIn;

/// <summary>The session's cookie: for this site only, not for scripts, and good only while its user is.</summary>
internal sealed class AdminCookie(IOptions<AdminOptions> options, IAdminUserStore users, OpenSessions sessions, TimeProvider timeProvider) : IConfigureNamedOptions<CookieAuthenticationOptions>
{
    public void Configure(CookieAuthenticationOptions cookie) => Configure(AdminAccess.Scheme, cookie);

    public void Configure(string? name, CookieAuthenticationOptions cookie)
    {
        if (name != AdminAccess.Scheme)
        {
            return;
        }

        cookie.Cookie.Name = "pushgateway-admin";
        cookie.Cookie.Path = "/";
        cookie.Cookie.HttpOnly = true;
        // An identity provider's answer comes from its site, and the page after it has to know who signed in.
        cookie.Cookie.SameSite = options.Value.OpenIdConnect.Authority is null ? SameSiteMode.Strict : SameSiteMode.Lax;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        cookie.ExpireTimeSpan = options.Value.SessionLifetime;
        cookie.SlidingExpiration = true;
        cookie.TimeProvider = timeProvider;
        cookie.LoginPath = "/admin/sign-in";
        cookie.AccessDeniedPath = "/admin/forbidden";
        cookie.ReturnUrlParameter = "to";
        cookie.Events.OnValidatePrincipal = ValidateAsync;
        cookie.Events.OnCheckSlidingExpiration = static context =>
        {
            // A page that is open asks for more by itself, all night long.
            context.ShouldRenew &= !IsByItself(context.HttpContext);
            return Task.CompletedTask;
        };
    }

    private static bool IsByItself(HttpContext context) => context.Request.Path.StartsWithSegments("/_blazor");

    private async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var id = context.Principal?.FindFirstValue(ClaimTypes.NameIdentifier);
        var user = id is null ? null : await users.FindAsync(id, context.HttpContext.RequestAborted);
        if (user is null || context.Principal?.FindFirstValue(AdminAccess.StampClaim) != user.Stamp || user.IsDisabled ||
            !(IsByItself(context.HttpContext) ? sessions.TryMeet(context.Principal) : sessions.TrySee(context.Principal)))
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(AdminAccess.Scheme);
        }
        else if (!context.Principal!.IsInRole(user.Role.Name()))
        {
            context.ReplacePrincipal(AdminAccess.PrincipalOf(user, context.Principal.FindFirstValue(AdminAccess.SessionClaim)!));
            context.ShouldRenew = true;
        }
    }
}
