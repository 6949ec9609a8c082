using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Admin.SignIn;
using PushGateway.Admin.Tests.Browser;
using PushGateway.Core.Administration;

namespace PushGateway.Admin.Tests.Access;

/// <summary>
/// Who may reach what: every route that the gateway maps, API, hubs, pages, probes, called without anything, with a key of each scope, with those of another app,
/// with a subscriber's token and with a session of each role, against one table.
/// </summary>
public sealed class RouteTests
{
    private const string App = "an-app";

    /// <summary>Who is let in, by method and route; a route that is not here fails the test, and so does one here that there is not.</summary>
    /// <remarks>
    /// <c>publish</c>, <c>devices</c>, <c>read</c>: a key of the app with that scope. <c>token</c>: a subscriber's token. <c>viewer</c>, <c>operator</c>, <c>admin</c>:
    /// a session of that role or a higher one. <c>key</c>: keys of scope admin only; they are let in wherever a scope is.
    /// </remarks>
    private static readonly Dictionary<string, string> s_table = new()
    {
        ["DELETE /v1/apps/{app}"] = "key",
        ["DELETE /v1/apps/{app}/audiences/{name}"] = "publish",
        ["DELETE /v1/apps/{app}/channels/{channel}/subscribers/{subscriber}"] = "devices token",
        ["DELETE /v1/apps/{app}/devices/{device}"] = "devices token",
        ["DELETE /v1/apps/{app}/identity"] = "key",
        ["DELETE /v1/apps/{app}/providers/{provider}"] = "key",
        ["DELETE /v1/apps/{app}/subscribers/{subscriber}"] = "devices",
        ["DELETE /v1/apps/{app}/webhooks/{webhook}"] = "key",
        ["DELETE /v1/keys/{id}"] = "key",
        ["GET /v1/apps"] = "key",
        ["GET /v1/apps/{app}"] = "key",
        ["GET /v1/apps/{app}/audiences"] = "publish read",
        ["GET /v1/apps/{app}/audiences/{name}"] = "publish read",
        ["GET /v1/apps/{app}/channels/{channel}"] = "devices read",
        ["GET /v1/apps/{app}/channels/{channel}/messages"] = "publish read token",
        ["GET /v1/apps/{app}/channels/{channel}/sse"] = "publish read token",
        ["GET /v1/apps/{app}/channels/{channel}/ws"] = "publish read token",
        ["GET /v1/apps/{app}/devices/export"] = "devices",
        ["GET /v1/apps/{app}/devices/{device}"] = "devices read token",
        ["GET /v1/apps/{app}/devices/{device}/receipts"] = "publish read",
        ["GET /v1/apps/{app}/events"] = "publish read",
        ["GET /v1/apps/{app}/events/{id}"] = "publish read",
        ["GET /v1/apps/{app}/events/{id}/progress"] = "publish read",
        ["GET /v1/apps/{app}/events/{id}/receipts"] = "publish read",
        ["GET /v1/apps/{app}/events/{id}/receipts/{device}"] = "publish read",
        ["GET /v1/apps/{app}/identity"] = "key",
        ["GET /v1/apps/{app}/providers/{provider}"] = "key",
        ["GET /v1/apps/{app}/removals"] = "devices read",
        ["GET /v1/apps/{app}/subscribers/{subscriber}/channels"] = "devices read token",
        ["GET /v1/apps/{app}/subscribers/{subscriber}/devices"] = "devices read token",
        ["GET /v1/apps/{app}/subscribers/{subscriber}/export"] = "devices",
        ["GET /v1/apps/{app}/subscribers/{subscriber}/receipts"] = "publish read",
        ["GET /v1/apps/{app}/webhooks"] = "key",
        ["GET /v1/apps/{app}/webhooks/{webhook}"] = "key",
        ["GET /v1/keys"] = "key",
        ["GET /v1/nodes"] = "key",
        ["PATCH /v1/apps/{app}/providers/{provider}"] = "key",
        ["POST /v1/apps/{app}/audience/count"] = "publish read",
        ["POST /v1/apps/{app}/channels/{channel}/messages"] = "publish token",
        ["POST /v1/apps/{app}/devices/import"] = "devices",
        ["POST /v1/apps/{app}/events"] = "publish",
        ["POST /v1/apps/{app}/events/batch"] = "publish",
        ["POST /v1/apps/{app}/events/opened"] = "devices publish token",
        ["POST /v1/apps/{app}/events/validate"] = "publish",
        ["POST /v1/apps/{app}/events/{id}/cancel"] = "publish",
        ["POST /v1/apps/{app}/events/{id}/confirm"] = "devices publish token",
        ["POST /v1/apps/{app}/events/{id}/opened"] = "devices publish token",
        ["POST /v1/apps/{app}/events/{id}/pause"] = "publish",
        ["POST /v1/apps/{app}/events/{id}/resend"] = "publish",
        ["POST /v1/apps/{app}/events/{id}/resume"] = "publish",
        ["POST /v1/apps/{app}/providers/{provider}"] = "key",
        ["POST /v1/apps/{app}/providers/{provider}/check"] = "key",
        ["POST /v1/apps/{app}/providers/{provider}/restore"] = "key",
        ["POST /v1/apps/{app}/removals/release"] = "key",
        ["POST /v1/apps/{app}/removals/undo"] = "devices",
        ["POST /v1/apps/{app}/removals/{removal}/undo"] = "devices",
        ["POST /v1/apps/{app}/subscribers/{subscriber}/token"] = "devices",
        ["POST /v1/apps/{app}/webhooks/{webhook}/resume"] = "key",
        ["POST /v1/apps/{app}/webhooks/{webhook}/secret"] = "key",
        ["POST /v1/apps/{app}/webhooks/{webhook}/test"] = "key",
        ["POST /v1/keys"] = "key",
        ["PUT /v1/apps/{app}"] = "key",
        ["PUT /v1/apps/{app}/audiences/{name}"] = "publish",
        ["PUT /v1/apps/{app}/channels/{channel}/subscribers/{subscriber}"] = "devices token",
        ["PUT /v1/apps/{app}/devices/{device}"] = "devices token",
        ["PUT /v1/apps/{app}/identity"] = "key",
        ["PUT /v1/apps/{app}/providers/apns"] = "key",
        ["PUT /v1/apps/{app}/providers/fcm"] = "key",
        ["PUT /v1/apps/{app}/providers/{provider}"] = "key",
        ["PUT /v1/apps/{app}/webhooks/{webhook}"] = "key",

        ["GET /v1/live"] = "publish read token",
        ["GET /v1/live/negotiate"] = "publish read token",
        ["POST /v1/live"] = "publish read token",
        ["POST /v1/live/negotiate"] = "publish read token",

        ["POST /pushgateway.v1.PushLive/Subscribe"] = "publish read token",
        ["POST /pushgateway.v1.PushPublish/Publish"] = "publish",
        ["POST /grpc.health.v1.Health/Check"] = "anyone",
        ["POST /grpc.health.v1.Health/Watch"] = "anyone",
        ["POST /grpc.reflection.v1.ServerReflection/ServerReflectionInfo"] = "anyone",
        ["POST /grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"] = "anyone",

        ["GET /metrics"] = "read",
        ["POST /metrics"] = "read",
        ["GET /healthz"] = "anyone",
        ["GET /readyz"] = "anyone",
        ["GET /openapi/v1.json"] = "anyone",
        ["GET /docs/{documentName?}"] = "anyone",
        ["GET /docs/favicon.svg"] = "anyone",
        ["GET /docs/scalar.aspnetcore.js"] = "anyone",
        ["GET /docs/scalar.js"] = "anyone",

        ["GET /admin"] = "viewer",
        ["POST /admin"] = "viewer",
        ["GET /admin/apps"] = "viewer",
        ["POST /admin/apps"] = "viewer",
        ["GET /admin/apps/{AppId}"] = "viewer",
        ["POST /admin/apps/{AppId}"] = "viewer",
        ["GET /admin/devices"] = "viewer",
        ["POST /admin/devices"] = "viewer",
        ["GET /admin/events"] = "viewer",
        ["POST /admin/events"] = "viewer",
        ["GET /admin/events/{AppId}/{EventId}"] = "viewer",
        ["POST /admin/events/{AppId}/{EventId}"] = "viewer",
        ["GET /admin/forbidden"] = "viewer",
        ["POST /admin/forbidden"] = "viewer",
        ["GET /admin/removals"] = "viewer",
        ["POST /admin/removals"] = "viewer",
        ["GET /admin/session"] = "viewer",
        ["GET /admin/sign-out"] = "viewer",
        ["POST /admin/sign-out"] = "viewer",
        ["GET /admin/{*path:nonfile}"] = "viewer",
        ["POST /admin/{*path:nonfile}"] = "viewer",
        ["GET /admin/compose"] = "operator",
        ["POST /admin/compose"] = "operator",
        ["GET /admin/audit"] = "admin",
        ["POST /admin/audit"] = "admin",
        ["GET /admin/keys"] = "admin",
        ["POST /admin/keys"] = "admin",
        ["GET /admin/users"] = "admin",
        ["POST /admin/users"] = "admin",
        ["GET /admin/assets/{name}"] = "anyone",
        ["GET /admin/setup"] = "anyone",
        ["POST /admin/setup"] = "anyone",
        ["POST /admin/setup/create"] = "anyone",
        ["GET /admin/sign-in"] = "anyone",
        ["POST /admin/sign-in"] = "anyone",
        ["POST /admin/sign-in/password"] = "anyone",
        ["POST /admin/sign-out/confirm"] = "anyone",

        ["GET /_blazor"] = "viewer",
        ["POST /_blazor"] = "viewer",
        ["GET /_blazor/disconnect"] = "viewer",
        ["POST /_blazor/disconnect"] = "viewer",
        ["GET /_blazor/initializers"] = "viewer",
        ["POST /_blazor/initializers"] = "viewer",
        ["GET /_blazor/negotiate"] = "viewer",
        ["POST /_blazor/negotiate"] = "viewer",
        ["GET /_framework/opaque-redirect"] = "viewer",
    };

    /// <summary>What is mapped besides when the chat demo and an identity provider are configured.</summary>
    private static readonly Dictionary<string, string> s_configured = new()
    {
        ["GET /demo/chat"] = "anyone",
        ["GET /demo/chat/chat.css"] = "anyone",
        ["GET /demo/chat/chat.js"] = "anyone",
        ["GET /demo/chat/signalr.js"] = "anyone",
        ["POST /demo/chat/token"] = "anyone",
        ["GET /admin/sign-in/openid"] = "anyone",
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EveryRoute_ByEveryCaller_LetsInWhomTheTableSays(bool isConfigured)
    {
        await using var provider = isConfigured ? await StubIdentityProvider.StartAsync() : null;
        await using var dashboard = await Dashboard.StartAsync(builder =>
        {
            // Who comes more often than a phone would is told so before anything else; that is not what is asked here.
            builder.Configuration.AddInMemoryCollection(
                [new("PushGateway:Api:AnonymousRequestsPerSecond", "0"), new("PushGateway:Api:SubscriberRequestsPerSecond", "0")]);
            if (provider is not null)
            {
                builder.Configuration.AddInMemoryCollection([new("PushGateway:ChatDemo:App", App)]);
                provider.Configure(builder);
            }
        });
        var table = isConfigured ? s_table.Concat(s_configured).ToDictionary() : s_table;
        var routes = Routes(dashboard);
        Assert.True(
            routes.SetEquals(table.Keys),
            $"Not in the table:\n{string.Join('\n', routes.Except(table.Keys).Order())}\nNot there any more:\n{string.Join('\n', table.Keys.Except(routes).Order())}");

        var failures = new List<string>();
        foreach (var caller in await CallersAsync(dashboard))
        {
            foreach (var route in routes)
            {
                var (expected, answer) = (caller.MayReach(route, table[route]), await caller.CallAsync(route));
                if (expected != answer.IsLetIn)
                {
                    failures.Add($"{route} answered {caller.Name} with {answer}; the table says {(expected ? "let in" : "refused")}.");
                }
            }

            caller.Dispose();
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static HashSet<string> Routes(Dashboard dashboard)
    {
        var routes = dashboard.Application.Services.GetServices<EndpointDataSource>()
            .Concat(((IEndpointRouteBuilder)dashboard.Application).DataSources).SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["GET", "POST"])
                .Select(method => $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}"))
            .ToHashSet();

        // Over HTTP/2 a WebSocket is asked for by CONNECT, of the endpoint that is asked by GET before.
        routes.ExceptWith([.. routes.Where(route => route.StartsWith("GET ", StringComparison.Ordinal)).Select(route => $"CONNECT{route[3..]}")]);
        return routes;
    }

    private static async Task<List<RouteCaller>> CallersAsync(Dashboard dashboard)
    {
        var stop = TestContext.Current.CancellationToken;
        await dashboard.PutAsync($"/v1/apps/{App}", new { name = "An app" });
        await dashboard.PutAsync("/v1/apps/other-app", new { name = "Another" });
        var token = await dashboard.PostAsync($"/v1/apps/{App}/subscribers/something/token", new { listen = s_all, send = s_all, devices = true, subscribe = s_all });
        List<RouteCaller> callers =
        [
            RouteCaller.Nobody(dashboard.Address), RouteCaller.Key(dashboard.Address, "key", Dashboard.AdminKey, isAdmin: true),
            RouteCaller.Key(dashboard.Address, "token", token["token"]!.GetValue<string>()),
        ];
        foreach (var scope in s_scopes)
        {
            callers.Add(RouteCaller.Key(dashboard.Address, scope, await KeyAsync([scope], App)));
        }

        callers.Add(RouteCaller.KeyOfAnother(dashboard.Address, s_scopes, await KeyAsync(s_scopes, "other-app")));
        var accounts = dashboard.Application.Services.GetRequiredService<UserAccounts>();
        var (admin, _) = await accounts.AddAsync(null, "admin", Dashboard.Password, AdminRole.Admin, stop);
        await accounts.AddAsync(admin, "operator", Dashboard.Password, AdminRole.Operator, stop);
        await accounts.AddAsync(admin, "viewer", Dashboard.Password, AdminRole.Viewer, stop);
        foreach (var role in AdminRoles.All)
        {
            callers.Add(RouteCaller.Of(await Session.SignInAsync(dashboard.Address, role.Name()), role));
        }

        return callers;

        async Task<string> KeyAsync(string[] scopes, string app) =>
            (await dashboard.PostAsync("/v1/keys", new { name = "key", scopes, app }))["key"]!.GetValue<string>();
    }

    private static readonly string[] s_all = ["*"];
    private static readonly string[] s_scopes = ["publish", "devices", "read"];
}
