using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.SignIn;

/// <summary>What the forms of the sign-in pages are sent to: a cookie can be set by an answer only, never from within a page. All are protected against forgery.</summary>
internal static class SignInEndpoints
{
    public static void Map(WebApplication app)
    {
        Open(app.MapPost("/admin/sign-in/password", SignInAsync));
        Open(app.MapPost("/admin/setup/create", CreateFirstAsync));
        Open(app.MapPost("/admin/sign-out/confirm", SignOutAsync));

        // A page that is open says with it that somebody is there; what counts is that the cookie was looked at.
        app.MapGet("/admin/session", static () => TypedResults.NoContent()).RequireAuthorization(AdminAccess.Viewer).ExcludeFromDescription();
        if (app.Services.GetService(typeof(IOptions<AdminOptions>)) is IOptions<AdminOptions> { Value.OpenIdConnect.Authority: not null })
        {
            app.MapGet("/admin/sign-in/openid", (string? to) => TypedResults.Challenge(
                    new AuthenticationProperties { RedirectUri = Local(to) }, [AdminAccess.OpenIdScheme]))
                .AllowAnonymous().ExcludeFromDescription();
        }
    }

    /// <summary>For anyone, but with whoever is signed in known: a form's token is bound to who looked at its page.</summary>
    private static void Open(RouteHandlerBuilder form) => form.RequireAuthorization(AdminAccess.Viewer).AllowAnonymous().ExcludeFromDescription();

    private static async Task<RedirectHttpResult> SignInAsync(
        HttpContext context, [FromForm] string? name, [FromForm] string? password, [FromForm] string? to, UserAccounts accounts, OpenSessions sessions,
        SignInLimits limits, CancellationToken cancellationToken)
    {
        if (!limits.Allows(context))
        {
            return Back("often", to);
        }

        var (user, problem) = await TryAsync(() => accounts.SignInAsync(name ?? string.Empty, password ?? string.Empty, cancellationToken));
        if (user is null)
        {
            return Back(problem ?? UserAccounts.Wrong, to);
        }

        await context.SignInAsync(AdminAccess.Scheme, sessions.Begin(user), new AuthenticationProperties { IsPersistent = true });
        return TypedResults.LocalRedirect(Local(to));
    }

    private static async Task<RedirectHttpResult> CreateFirstAsync(
        HttpContext context, [FromForm] string? token, [FromForm] string? name, [FromForm] string? password, [FromForm] string? again, UserAccounts accounts,
        FirstSignIn first, OpenSessions sessions, SignInLimits limits, CancellationToken cancellationToken)
    {
        if (!limits.Allows(context))
        {
            return Again("often");
        }

        if (!await first.AcceptsAsync(token, cancellationToken))
        {
            return TypedResults.LocalRedirect("/admin/setup?problem=link");
        }

        if (password != again)
        {
            return Again("differ");
        }

        if (string.IsNullOrWhiteSpace(name) || Passwords.Check(password, name) is not null)
        {
            return Again("rule");
        }

        // Of two who have a link, also at two gateways, one becomes the first; there is no link any more then.
        var (user, problem) = await TryAsync(() => accounts.AddAsync(null, name, password!, AdminRole.Admin, cancellationToken));
        if (user is null)
        {
            return Again(problem == "store" ? "store" : "name");
        }

        await context.SignInAsync(AdminAccess.Scheme, sessions.Begin(user), new AuthenticationProperties { IsPersistent = true });
        return TypedResults.LocalRedirect("/admin");

        RedirectHttpResult Again(string what) =>
            TypedResults.LocalRedirect($"/admin/setup?token={Uri.EscapeDataString(token ?? string.Empty)}&problem={what}&name={Uri.EscapeDataString(name ?? string.Empty)}");
    }

    private static async Task<RedirectHttpResult> SignOutAsync(HttpContext context, [FromForm] string? confirm, OpenSessions sessions)
    {
        _ = confirm;
        sessions.End(context.User);
        await context.SignOutAsync(AdminAccess.Scheme);
        return TypedResults.LocalRedirect("/admin/sign-in?problem=out");
    }

    private static async Task<(AdminUser? User, string? Problem)> TryAsync(Func<Task<(AdminUser? User, string? Problem)>> attempt)
    {
        try
        {
            return await attempt();
        }
        catch (StoreUnavailableException)
        {
            return (null, "store");
        }
    }

    private static RedirectHttpResult Back(string problem, string? to) =>
        TypedResults.LocalRedirect($"/admin/sign-in?problem={problem}&to={Uri.EscapeDataString(Local(to))}");

    /// <summary>Only back into the dashboard: a link must not lead through the sign-in to somewhere else.</summary>
    internal static string Local(string? to) =>
        to is not null && (to == "/admin" || to.StartsWith("/admin/", StringComparison.Ordinal) || to.StartsWith("/admin?", StringComparison.Ordinal)) && !to.Contains('\\', StringComparison.Ordinal)
            ? to
            : "/admin";
}
