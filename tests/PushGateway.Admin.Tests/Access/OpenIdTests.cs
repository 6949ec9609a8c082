using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Admin.SignIn;
using PushGateway.Admin.Tests.Browser;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.Tests.Access;

/// <summary>Signing in with an identity provider: the whole way, and every answer that must not be believed.</summary>
public sealed class OpenIdTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("pushgateway-admin", AdminRole.Admin, false)]
    [InlineData("pushgateway-operator", AdminRole.Operator, false)]
    [InlineData("pushgateway-viewer", AdminRole.Viewer, true)]
    public async Task SignIn_WithARole_LeadsToThePageThatWasAskedForUntilTheSignOut(string value, AdminRole role, bool onlyInUserInfo)
    {
        await using var provider = await StubIdentityProvider.StartAsync();
        (provider.Roles, provider.RolesOnlyInUserInfo) = (["something-else", value], onlyInUserInfo);
        await using var dashboard = await Dashboard.StartAsync(provider.Configure);
        using var session = new Session(dashboard.Address);

        Assert.Equal("/admin/events?state=running", await SignInAsync(session, provider, "/admin/events?state=running"));

        Assert.Empty(provider.Problems);
        var user = Assert.Single(await UsersAsync(dashboard));
        Assert.Equal(("ada", role, $"{provider.Issuer}|subject-1", null), (user.Name, user.Role, user.ExternalId, user.PasswordHash));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(session, "/admin"));
        Assert.Equal(role == AdminRole.Admin ? HttpStatusCode.OK : HttpStatusCode.Redirect, await StatusAsync(session, "/admin/users"));
        Assert.Equal(role >= AdminRole.Operator ? HttpStatusCode.OK : HttpStatusCode.Redirect, await StatusAsync(session, "/admin/compose"));

        using (var signedOut = await session.PostFormAsync("/admin/sign-out", "/admin/sign-out/confirm", []))
        {
            Assert.Equal("/admin/sign-in?problem=out", signedOut.Headers.Location!.OriginalString);
        }

        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(session, "/admin"));
    }

    [Fact]
    public async Task SignIn_WithoutARole_IsRefusedInWordsAndMakesNoUser()
    {
        await using var provider = await StubIdentityProvider.StartAsync();
        provider.Roles = ["something-else"];
        await using var dashboard = await Dashboard.StartAsync(provider.Configure);
        using var session = new Session(dashboard.Address);

        var location = await SignInAsync(session, provider, "/admin");

        using var page = await session.GetAsync(location);
        Assert.Contains("You are known, but have no role in this gateway. Ask an admin.", await page.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        Assert.Empty(await UsersAsync(dashboard));
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(session, "/admin"));
    }

    [Theory]
    [InlineData("nonce")]
    [InlineData("audience")]
    [InlineData("issuer")]
    [InlineData("signature")]
    [InlineData("unsigned")]
    [InlineData("expired")]
    [InlineData("denied")]
    public async Task SignIn_WithAnAnswerThatCannotBeTrusted_IsRefusedInWords(string lie)
    {
        await using var provider = await StubIdentityProvider.StartAsync();
        provider.Lie = lie;
        await using var dashboard = await Dashboard.StartAsync(provider.Configure);
        using var session = new Session(dashboard.Address);

        var location = await SignInAsync(session, provider, "/admin");

        Assert.Equal("/admin/sign-in?problem=openid", location);
        using var page = await session.GetAsync(location);
        Assert.Contains("its answer could not be trusted", await page.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        Assert.Empty(await UsersAsync(dashboard));
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(session, "/admin"));

        // The same provider, honest again, lets them in.
        provider.Lie = null;
        Assert.Equal("/admin", await SignInAsync(session, provider, "/admin"));
    }

    [Fact]
    public async Task Callback_InAnotherBrowserOrTwice_SignsNobodyIn()
    {
        await using var provider = await StubIdentityProvider.StartAsync();
        await using var dashboard = await Dashboard.StartAsync(provider.Configure);
        using var session = new Session(dashboard.Address);
        using var other = new Session(dashboard.Address);
        var callback = await provider.FollowAsync(await AuthorizeAsync(session, "/admin"));

        using (var stolen = await other.GetAsync(callback.PathAndQuery))
        {
            Assert.Equal("/admin/sign-in?problem=openid", stolen.Headers.Location!.OriginalString);
        }

        using (var own = await session.GetAsync(callback.PathAndQuery))
        {
            Assert.Equal("/admin", own.Headers.Location!.OriginalString);
        }

        using var again = await session.GetAsync(callback.PathAndQuery);
        Assert.Equal("/admin/sign-in?problem=openid", again.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(other, "/admin"));
    }

    [Fact]
    public async Task SignIn_Again_FollowsTheProvidersRoleAndStopsForWhoIsDisabledHere()
    {
        await using var provider = await StubIdentityProvider.StartAsync();
        await using var dashboard = await Dashboard.StartAsync(provider.Configure);
        var accounts = dashboard.Application.Services.GetRequiredService<UserAccounts>();

        // Somebody with a password has the name already: theirs stays theirs.
        var (local, _) = await accounts.AddAsync(null, "Ada", Dashboard.Password, AdminRole.Admin, Cancelled);
        using var session = new Session(dashboard.Address);
        Assert.Equal("/admin", await SignInAsync(session, provider, "/admin"));
        Assert.Equal(("ada (127.0.0.1)", AdminRole.Operator), await ExternalAsync() is { } first ? (first.Name, first.Role) : default);
        Assert.NotNull((await accounts.SignInAsync("ada", Dashboard.Password, Cancelled)).User);

        (provider.Roles, provider.Name) = (["pushgateway-viewer"], "ada.lovelace");
        using var later = new Session(dashboard.Address);
        Assert.Equal("/admin", await SignInAsync(later, provider, "/admin"));
        Assert.Equal(("ada (127.0.0.1)", AdminRole.Viewer), await ExternalAsync() is { } second ? (second.Name, second.Role) : default);
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(later, "/admin/compose"));

        Assert.Null(await accounts.SetDisabledAsync(local, (await ExternalAsync())!, true, Cancelled));
        using var disabled = new Session(dashboard.Address);
        using var page = await disabled.GetAsync(await SignInAsync(disabled, provider, "/admin"));
        Assert.Contains("Your account in this gateway is disabled.", await page.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(later, "/admin"));

        async Task<AdminUser?> ExternalAsync() => (await UsersAsync(dashboard)).Single(user => user.ExternalId is not null);
    }

    private static async Task<string> SignInAsync(Session session, StubIdentityProvider provider, string to)
    {
        var callback = await provider.FollowAsync(await AuthorizeAsync(session, to));
        using var answer = await session.GetAsync(callback.PathAndQuery);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.Location!.OriginalString;
    }

    private static async Task<Uri> AuthorizeAsync(Session session, string to)
    {
        using var challenge = await session.GetAsync($"/admin/sign-in/openid?to={Uri.EscapeDataString(to)}");
        Assert.Equal(HttpStatusCode.Redirect, challenge.StatusCode);
        return challenge.Headers.Location!;
    }

    private static async Task<HttpStatusCode> StatusAsync(Session session, string path)
    {
        using var answer = await session.GetAsync(path);
        return answer.StatusCode;
    }

    private static async Task<IReadOnlyList<AdminUser>> UsersAsync(Dashboard dashboard) =>
        await dashboard.Application.Services.GetRequiredService<IAdminUserStore>().ListAsync(Cancelled);
}
