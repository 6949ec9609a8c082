using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Admin.SignIn;
using PushGateway.Admin.Tests.Browser;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.Tests.Access;

/// <summary>The first account, passwords, lock-out, cookies.</summary>
public sealed class SignInTests
{
    [Fact]
    public async Task FirstLink_UsedOnce_WorksNoMore()
    {
        await using var dashboard = await Dashboard.StartAsync();
        var link = await dashboard.FirstLinkAsync();
        var token = Uri.UnescapeDataString(link.Split("token=")[1]);
        using var session = new Session(dashboard.Address);
        using (var differ = await session.PostFormAsync(link, "/admin/setup/create", Form("ada", "another password")))
        {
            Assert.True(differ.StatusCode == HttpStatusCode.Redirect, await differ.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Contains("problem=differ", differ.Headers.Location!.OriginalString, StringComparison.Ordinal);
        }

        using (var created = await session.PostFormAsync(link, "/admin/setup/create", Form("ada", Dashboard.Password)))
        {
            Assert.Equal("/admin", created.Headers.Location!.OriginalString);
        }

        using var again = await session.PostFormAsync("/admin/sign-in", "/admin/setup/create", Form("eve", Dashboard.Password));
        Assert.Contains("problem=link", again.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var users = await dashboard.Application.Services.GetRequiredService<IAdminUserStore>().ListAsync(TestContext.Current.CancellationToken);
        Assert.Equal("ada", Assert.Single(users).Name);
        Assert.Null(await dashboard.Application.Services.GetRequiredService<FirstSignIn>().IssueAsync(TestContext.Current.CancellationToken));

        Dictionary<string, string> Form(string name, string second) => new() { ["token"] = token, ["name"] = name, ["password"] = Dashboard.Password, ["again"] = second };
    }

    [Fact]
    public async Task SignIn_Cookie_IsOfThisSiteOnlyAndNotForScripts()
    {
        await using var dashboard = await WithUserAsync();
        using var session = new Session(dashboard.Address);
        using var answer = await session.PostFormAsync("/admin/sign-in", "/admin/sign-in/password", new() { ["name"] = "Ada", ["password"] = Dashboard.Password, ["to"] = "https://elsewhere.example/" });
        Assert.Equal("/admin", answer.Headers.Location!.OriginalString);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), value => value.StartsWith("pushgateway-admin=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);
        using var page = await session.GetAsync("/admin");
        Assert.Contains("frame-ancestors 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("DENY", page.Headers.GetValues("X-Frame-Options").Single());
    }

    [Fact]
    public async Task SignIn_ByHttps_CookiesAreForHttpsOnly()
    {
        using var certificate = TestCertificate.Create();
        await using var dashboard = await Dashboard.StartAsync(builder =>
        {
            builder.Configuration["urls"] = "https://127.0.0.1:0";
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate));
        });
        await AddAdaAsync(dashboard);
        using var session = new Session(dashboard.Address, certificate);
        using var page = await session.GetAsync("/admin/sign-in");
        AssertSecure(page, "pushgateway-form");

        using var answer = await session.PostFormAsync("/admin/sign-in", "/admin/sign-in/password", new() { ["name"] = "ada", ["password"] = Dashboard.Password });

        AssertSecure(answer, "pushgateway-admin");
        using var overview = await session.GetAsync("/admin");
        Assert.Equal(HttpStatusCode.OK, overview.StatusCode);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.0.0.0/8", false)]
    [InlineData(null, false)]
    public async Task SignIn_BehindAProxyThatSaysHttps_CookiesAreForHttpsOnlyWhereTheProxyIsTrusted(string? trusted, bool isSecure)
    {
        await using var dashboard = await Dashboard.StartAsync(builder =>
        {
            if (trusted is not null)
            {
                builder.Configuration["PushGateway:Api:TrustedProxies:0"] = trusted;
            }
        });
        await AddAdaAsync(dashboard);

        // What the proxy would do: the browser's cookies, and how the browser came.
        using var proxy = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = dashboard.Address };
        proxy.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        proxy.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        using var page = await proxy.GetAsync("/admin/sign-in", TestContext.Current.CancellationToken);
        var form = Assert.Single(page.Headers.GetValues("Set-Cookie"), value => value.StartsWith("pushgateway-form=", StringComparison.Ordinal));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/sign-in/password")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["__RequestVerificationToken"] = Session.TokenOf(await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)),
                ["name"] = "ada",
                ["password"] = Dashboard.Password,
            }),
        };
        request.Headers.Add("Cookie", form.Split(';')[0]);
        using var answer = await proxy.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("/admin", answer.Headers.Location!.OriginalString);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), value => value.StartsWith("pushgateway-admin=", StringComparison.Ordinal));
        Assert.Equal(isSecure, cookie.Contains("; secure", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(isSecure, form.Contains("; secure", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task SignIn_WithoutTheFormsToken_IsRefused()
    {
        await using var dashboard = await WithUserAsync();
        using var session = new Session(dashboard.Address);
        using var answer = await session.PostWithoutTokenAsync("/admin/sign-in/password", new() { ["name"] = "ada", ["password"] = Dashboard.Password });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task SignIn_AfterTooManyWrongPasswords_TakesNotEvenTheRightOne()
    {
        await using var dashboard = await WithUserAsync();
        using var session = new Session(dashboard.Address);
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            Assert.Contains(attempt < 5 ? "problem=wrong" : "problem=locked", await TryAsync("not the password"), StringComparison.Ordinal);
        }

        Assert.Contains("problem=locked", await TryAsync(Dashboard.Password), StringComparison.Ordinal);

        async Task<string> TryAsync(string password)
        {
            using var answer = await session.PostFormAsync("/admin/sign-in", "/admin/sign-in/password", new() { ["name"] = "ada", ["password"] = password });
            return answer.Headers.Location!.OriginalString;
        }
    }

    [Fact]
    public async Task Session_OfSomebodyDisabled_EndsWithTheNextRequest()
    {
        await using var dashboard = await WithUserAsync();
        var accounts = dashboard.Application.Services.GetRequiredService<UserAccounts>();
        var users = dashboard.Application.Services.GetRequiredService<IAdminUserStore>();
        var ada = await users.FindByNameAsync("ada", TestContext.Current.CancellationToken);
        var (eve, _) = await accounts.AddAsync(ada, "eve", Dashboard.Password, AdminRole.Operator, TestContext.Current.CancellationToken);
        using var session = await Session.SignInAsync(dashboard.Address, "eve");
        Assert.Null(await accounts.SetDisabledAsync(ada, eve!, true, TestContext.Current.CancellationToken));
        using var answer = await session.GetAsync("/admin");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Contains("Nobody would be left", await accounts.SetRoleAsync(ada, ada!, AdminRole.Viewer, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.NotNull(await accounts.SetRoleAsync(eve, eve!, AdminRole.Admin, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task SignOut_LeavesAKeptCookieWithoutUse()
    {
        await using var dashboard = await WithUserAsync();
        using var session = await Session.SignInAsync(dashboard.Address, "ada");
        using var other = await Session.SignInAsync(dashboard.Address, "ada");
        using var kept = new Session(dashboard.Address);
        kept.Cookies.Add(session.Cookies.GetAllCookies());
        Assert.Equal(HttpStatusCode.NoContent, await AskAsync(kept));

        using (await session.PostFormAsync("/admin/sign-out", "/admin/sign-out/confirm", []))
        {
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(kept));
        Assert.Equal(HttpStatusCode.NoContent, await AskAsync(other));

        static async Task<HttpStatusCode> AskAsync(Session session)
        {
            using var answer = await session.GetAsync("/admin/session");
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task FirstLink_WithARefusedNameOrTooManyTries_SaysSoAndGoesOnWorking()
    {
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Configuration["PushGateway:Admin:SignInsPerMinute"] = "2");
        var link = await dashboard.FirstLinkAsync();
        using var session = new Session(dashboard.Address);
        Assert.Contains("A name has 1 to 100 characters", await TryAsync(new string('a', 101)), StringComparison.Ordinal);
        Assert.Contains("1 to 100 characters", await TryAsync("a\u0007b"), StringComparison.Ordinal);
        var often = await TryAsync("ada");
        Assert.Contains("Too many tries from this address", often, StringComparison.Ordinal);
        Assert.Contains("Create the account", often, StringComparison.Ordinal);

        async Task<string> TryAsync(string name)
        {
            using var answer = await session.PostFormAsync(
                link, "/admin/setup/create",
                new() { ["token"] = Uri.UnescapeDataString(link.Split("token=")[1]), ["name"] = name, ["password"] = Dashboard.Password, ["again"] = Dashboard.Password });
            using var page = await session.GetAsync(answer.Headers.Location!.OriginalString);
            return await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("PushGateway:Admin:OpenIdConnect:Authority", "http://idp.example", "PushGateway:Admin:OpenIdConnect:Authority")]
    [InlineData("PushGateway:Admin:OpenIdConnect:Authority", "https://idp.example", "PushGateway:Admin:OpenIdConnect:ClientId")]
    [InlineData("PushGateway:Admin:LockOutAfter", "1", "PushGateway:Admin:LockOutAfter")]
    [InlineData("PushGateway:Admin:Misspelt", "1", "PushGateway:Admin:Misspelt")]
    public async Task Start_WithABadSetting_NamesTheKey(string key, string value, string named)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => Dashboard.StartAsync(builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { [key] = value })));
        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenIdConnect_WhenConfigured_IsOfferedOnTheSignInPage()
    {
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["PushGateway:Admin:OpenIdConnect:Authority"] = "https://127.0.0.1:9/",
            ["PushGateway:Admin:OpenIdConnect:ClientId"] = "dashboard",
            ["PushGateway:Admin:OpenIdConnect:DisplayName"] = "Example Corp",
        }));
        using var session = new Session(dashboard.Address);
        using var page = await session.GetAsync("/admin/sign-in");
        Assert.Contains("Continue with Example Corp", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<Dashboard> WithUserAsync()
    {
        var dashboard = await Dashboard.StartAsync();
        await AddAdaAsync(dashboard);
        return dashboard;
    }

    private static async Task AddAdaAsync(Dashboard dashboard) =>
        await dashboard.Application.Services.GetRequiredService<UserAccounts>().AddAsync(null, "ada", Dashboard.Password, AdminRole.Admin, TestContext.Current.CancellationToken);

    private static void AssertSecure(HttpResponseMessage answer, string name)
    {
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), value => value.StartsWith(name + "=", StringComparison.Ordinal));
        foreach (var rule in new[] { "; secure", "; httponly", "; samesite=strict" })
        {
            Assert.Contains(rule, cookie, StringComparison.OrdinalIgnoreCase);
        }
    }
}
