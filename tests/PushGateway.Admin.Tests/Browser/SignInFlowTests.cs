using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using PushGateway.Admin.SignIn;
using PushGateway.Admin.Tests.Access;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.Tests.Browser;

/// <summary>Signing in and out as people do it, with the browser that keeps the cookies.</summary>
public sealed class SignInFlowTests(BrowserFixture browser)
{
    [Fact]
    public async Task SignIn_WithTheIdentityProvider_LeadsToTheOverviewAndTheSignOutEndsIt()
    {
        var chromium = browser.Browser;
        await using var provider = await StubIdentityProvider.StartAsync();
        await using var dashboard = await Dashboard.StartAsync(builder =>
        {
            provider.Configure(builder);
            builder.Configuration["PushGateway:Admin:OpenIdConnect:DisplayName"] = "The shop's accounts";
        });
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address, trustsAnybody: true);
        var page = visit.Page;
        var way = page.GetByRole(AriaRole.Link, new() { Name = "Continue with The shop's accounts" });
        await visit.GoAsync("/admin/sign-in", "Sign in");
        await visit.PictureAsync("sign-in-openid");
        await visit.AssertAccessibleAsync("sign-in with an identity provider");

        // What the provider says of them: no role, and then nothing at all.
        provider.Roles = ["something-else"];
        await way.ClickAsync();
        await visit.See("You are known, but have no role in this gateway. Ask an admin.");
        provider.Lie = "denied";
        await way.ClickAsync();
        await visit.See("The identity provider did not let you in, or its answer could not be trusted.");
        await visit.PictureAsync("sign-in-openid-refused");
        await visit.AssertAccessibleAsync("refused by the identity provider");

        (provider.Lie, provider.Roles) = (null, ["pushgateway-operator"]);
        await way.ClickAsync();
        await visit.Heading("Overview");
        await Assertions.Expect(page.Locator(".pg-who-name")).ToContainTextAsync("ada");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Compose" }).First).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Users" })).ToHaveCountAsync(0);

        await visit.ClickAsync("Sign out");
        await visit.Heading("Sign out?");
        await visit.ClickAsync("Sign out");
        await visit.See("You are signed out.");

        // A page that was asked for meanwhile is where they come to.
        await page.GotoAsync("/admin/removals");
        await visit.Heading("Sign in");
        provider.Roles = ["pushgateway-admin"];
        await way.ClickAsync();
        await visit.Heading("Removals");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Users" })).ToBeVisibleAsync();
        Assert.Empty(provider.Problems);
        visit.AssertQuiet();
    }

    [Fact]
    public async Task SignIn_WithWrongPasswords_IsLockedInWordsUntilAnAdminSetsANewOne()
    {
        const int LockOutAfter = 3;
        const int PerMinute = 10;
        const string NewPassword = "a wholly new password";
        var chromium = browser.Browser;
        await using var dashboard = await Dashboard.StartAsync(builder =>
        {
            builder.Configuration["PushGateway:Admin:LockOutAfter"] = LockOutAfter.ToString(CultureInfo.InvariantCulture);
            builder.Configuration["PushGateway:Admin:SignInsPerMinute"] = PerMinute.ToString(CultureInfo.InvariantCulture);
        });
        await using var visit = await Visit.BeginAsync(chromium, dashboard.Address);
        await visit.SetUpAsync(dashboard);
        var ada = await dashboard.Application.Services.GetRequiredService<IAdminUserStore>().FindByNameAsync("ada", TestContext.Current.CancellationToken);
        await dashboard.Application.Services.GetRequiredService<UserAccounts>().AddAsync(ada, "victor", Dashboard.Password, AdminRole.Viewer, TestContext.Current.CancellationToken);
        await using var other = await Visit.BeginAsync(chromium, dashboard.Address);
        for (var wrong = 1; wrong < LockOutAfter; wrong++)
        {
            await other.SignInAsync("victor", $"not the password {wrong}");
            await other.See("The name or the password is not right.");
        }

        await other.SignInAsync("victor", "not the password either");
        await other.See("Too many wrong passwords. Try again in a few minutes.");
        await other.PictureAsync("sign-in-locked");
        await other.AssertAccessibleAsync("locked out");
        await other.SignInAsync("victor");
        await other.See("Too many wrong passwords. Try again in a few minutes.");

        await visit.GoAsync("/admin/users", "Users");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "New password for victor" }).ClickAsync();
        await visit.Page.Locator("#new-password").FillAsync(NewPassword);
        await visit.ClickAsync("Set the password");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await other.SignInAsync("victor", NewPassword);
        await other.Heading("Overview");
        await other.ClickAsync("Sign out");
        await other.Heading("Sign out?");
        await other.ClickAsync("Sign out");
        await other.See("You are signed out.");

        // Names that nobody has are no way around it: whoever guesses on is stopped by address.
        var often = other.Page.GetByText("Too many tries from this address. Wait a minute.");
        for (var tries = 0; tries <= 2 * PerMinute && !await often.IsVisibleAsync(); tries++)
        {
            await other.SignInAsync($"nobody-{tries}", "not the password");
            await Assertions.Expect(other.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        }

        await Assertions.Expect(often).ToBeVisibleAsync();
        await other.AssertAccessibleAsync("too many tries");
        visit.AssertQuiet();
        other.AssertQuiet();
    }
}
