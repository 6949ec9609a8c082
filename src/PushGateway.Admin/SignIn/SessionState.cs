using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.Logging;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.SignIn;

/// <summary>Ends an open page's session within seconds of its user signing out elsewhere, being disabled, or given another role or password, and when they have done nothing for long.</summary>
internal sealed class SessionState(IAdminUserStore users, OpenSessions sessions, ILoggerFactory loggers) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(10);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        sessions.IsOpen(authenticationState.User) && authenticationState.User.FindFirstValue(ClaimTypes.NameIdentifier) is { } id &&
        AdminAccess.StillStands(authenticationState.User, await users.FindAsync(id, cancellationToken));
}
