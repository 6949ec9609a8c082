using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.SignIn;

/// <summary>The cookie of somebody who is signed in, and what each role may reach.</summary>
public static class AdminAccess
{
    /// <summary>The authentication scheme, and no other, that opens the dashboard: an API key does not.</summary>
    public const string Scheme = "PushGateway.Admin";

    public const string Viewer = "PushGateway.Admin.Viewer";
    public const string Operator = "PushGateway.Admin.Operator";
    public const string Admin = "PushGateway.Admin.Admin";

    internal const string OpenIdScheme = "PushGateway.Admin.OpenIdConnect";
    internal const string StampClaim = "pushgateway:stamp";
    internal const string SessionClaim = "pushgateway:session";

    internal static void AddPolicies(AuthorizationOptions options)
    {
        options.AddPolicy(Viewer, policy => Allow(policy, AdminRole.Viewer));
        options.AddPolicy(Operator, policy => Allow(policy, AdminRole.Operator));
        options.AddPolicy(Admin, policy => Allow(policy, AdminRole.Admin));
    }

    /// <param name="session">As <see cref="OpenSessions"/> knows it.</param>
    internal static ClaimsPrincipal PrincipalOf(AdminUser user, string session) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, user.Id),
            new Claim(ClaimTypes.Name, user.Name),
            new Claim(ClaimTypes.Role, user.Role.Name()),
            new Claim(StampClaim, user.Stamp),
            new Claim(SessionClaim, session),
        ],
        Scheme));

    /// <summary>Whether a principal of an earlier request still stands for the user.</summary>
    internal static bool StillStands(ClaimsPrincipal principal, AdminUser? user) =>
        user is { IsDisabled: false } && principal.FindFirstValue(StampClaim) == user.Stamp && principal.IsInRole(user.Role.Name());

    private static void Allow(AuthorizationPolicyBuilder policy, AdminRole least) => policy
        .AddAuthenticationSchemes(Scheme).RequireAuthenticatedUser()
        .RequireRole(AdminRoles.All.Where(role => role >= least).Select(role => role.Name()));
}
