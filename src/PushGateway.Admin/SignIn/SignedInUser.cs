using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.SignIn;

/// <summary>Who acts in this session, as they stand in the store now: a role that was taken away, an account that was disabled, or a sign-out elsewhere, counts at once.</summary>
public sealed class SignedInUser(AuthenticationStateProvider authentication, OpenSessions sessions, IAdminUserStore users)
{
    /// <returns><see langword="null"/> when nobody is signed in any more.</returns>
    public async Task<AdminUser?> FindAsync(CancellationToken cancellationToken)
    {
        var principal = (await authentication.GetAuthenticationStateAsync().ConfigureAwait(false)).User;
        if (principal.Identity is not { IsAuthenticated: true, AuthenticationType: AdminAccess.Scheme } ||
            principal.FindFirstValue(ClaimTypes.NameIdentifier) is not { } id || !sessions.IsOpen(principal))
        {
            return null;
        }

        var user = await users.FindAsync(id, cancellationToken).ConfigureAwait(false);
        return AdminAccess.StillStands(principal, user) ? user : null;
    }

    /// <summary>Whether the role that the session began with allows it; what is done is checked again when it is done.</summary>
    public async Task<bool> MayAsync(AdminRole role) =>
        (await FindAsync(CancellationToken.None).ConfigureAwait(false))?.Role >= role;
}
