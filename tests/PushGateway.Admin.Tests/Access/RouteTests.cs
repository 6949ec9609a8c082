using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Admin.SignIn;
using PushGateway.Admin.Tests.Browser;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.Tests.Access;

/// <summary>Who may reach what: every route of the dashboard without a session and with each role, against this table.</summary>
public sealed class RouteTests
{
    private const string Anyone = "anyone";

    /// <summary>The least role by route; a route that is not here fails the test.</summary>
    private static readonly Dictionary<string, string> s_allowed = new()
    {
        ["/admin"] = "viewer",
        ["/admin/events"] = "viewer",
        ["/admin/events/{AppId}/{EventId}"] = "viewer",
        ["/admin/devices"] = "viewer",
        ["/admin/removals"] = "viewer",
        ["/admin/apps"] = "viewer",
        ["/admin/apps/{AppId}"] = "viewer",
        ["/admin/forbidden"] = "viewer",
        ["/admin/sign-out"] = "viewer",
        ["/admin/{*path:nonfile}"] = "viewer",
        ["/admin/compose"] = "operator",
        ["/admin/keys"] = "admin",
        ["/admin/users"] = "admin",
        ["/admin/audit"] = "admin",
        ["/admin/sign-in"] = Anyone,
        ["/admin/setup"] = Anyone,
        ["/admin/assets/{name}"] = Anyone,
        ["/admin/sign-in/password"] = Anyone,
        ["/admin/setup/create"] = Anyone,
        ["/admin/sign-out/confirm"] = Anyone,
    };

    [Fact]
    public async Task EveryRoute_WithoutASessionAndWithEachRole_AllowsWhatTheTableSays()
    {
        await using var dashboard = await Dashboard.StartAsync();
        var accounts = dashboard.Application.Services.GetRequiredService<UserAccounts>();
        var (admin, _) = await accounts.AddAsync(null, "admin", Dashboard.Password, AdminRole.Admin, TestContext.Current.CancellationToken);
        await accounts.AddAsync(admin, "operator", Dashboard.Password, AdminRole.Operator, TestContext.Current.CancellationToken);
        await accounts.AddAsync(admin, "viewer", Dashboard.Password, AdminRole.Viewer, TestContext.Current.CancellationToken);
        var endpoints = dashboard.Application.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Concat(((IEndpointRouteBuilder)dashboard.Application).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/')).Distinct().ToList();
        var routes = endpoints.Where(route => route.StartsWith("/admin", StringComparison.Ordinal)).ToHashSet();
        Assert.Equal(s_allowed.Keys.Order(), routes.Order());
        var circuits = endpoints.Where(route => route.StartsWith("/_", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(circuits);

        using var nobody = new Session(dashboard.Address);
        foreach (var route in routes.Where(route => s_allowed[route] != Anyone))
        {
            using var answer = await nobody.GetAsync(Sample(route));
            Assert.True(answer.StatusCode == HttpStatusCode.Redirect && answer.Headers.Location!.OriginalString.Contains("/admin/sign-in", StringComparison.Ordinal), $"{route} answered {answer.StatusCode} to nobody");
        }

        // The hub, and whatever else the framework maps for pages that are open.
        foreach (var route in circuits)
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
            {
                using var answer = await nobody.SendAsync(method, route);
                Assert.True((int)answer.StatusCode is 302 or 401 or 404 or 405, $"{method} {route} answered {answer.StatusCode} to nobody");
            }
        }

        using var withKey = dashboard.Api();
        Assert.EndsWith("/admin/sign-in", (await withKey.GetAsync("/admin", TestContext.Current.CancellationToken)).RequestMessage!.RequestUri!.AbsolutePath, StringComparison.Ordinal);

        foreach (var role in AdminRoles.All)
        {
            using var session = await Session.SignInAsync(dashboard.Address, role.Name());
            foreach (var route in routes.Where(route => s_allowed[route] != Anyone))
            {
                using var answer = await session.GetAsync(Sample(route));
                Assert.True(AdminRoles.TryParse(s_allowed[route], out var least));
                if (role >= least)
                {
                    Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{route} answered {answer.StatusCode} to a {role.Name()}");
                }
                else
                {
                    Assert.True(answer.StatusCode == HttpStatusCode.Redirect && answer.Headers.Location!.OriginalString.Contains("/admin/forbidden", StringComparison.Ordinal), $"{route} answered {answer.StatusCode} to a {role.Name()}");
                }
            }

            // A session of the dashboard is no key of the API.
            using var api = await session.GetAsync("/v1/apps");
            Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
        }
    }

    private static string Sample(string route) => route
        .Replace("{AppId}", "an-app", StringComparison.Ordinal).Replace("{EventId}", "an-event", StringComparison.Ordinal).Replace("{*path:nonfile}", "no/such/page", StringComparison.Ordinal);
}
