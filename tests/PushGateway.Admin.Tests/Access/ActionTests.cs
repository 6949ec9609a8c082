using System.Net.Http.Json;
using System.Reflection;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PushGateway.Admin.Actions;
using PushGateway.Admin.SignIn;
using PushGateway.Admin.Tests.Browser;
using PushGateway.Core.Administration;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Tests.Access;

/// <summary>Roles count where things are done, whatever a page shows; and refusals are worded as the API words them.</summary>
public sealed class ActionTests
{
    private static readonly string[] s_read = ["read"];

    private static readonly Dictionary<string, AdminRole> s_needed = new()
    {
        [nameof(IGatewayActions.ValidateAsync)] = AdminRole.Viewer,
        [nameof(IGatewayActions.CountAudienceAsync)] = AdminRole.Viewer,
        [nameof(IGatewayActions.RegisterDeviceAsync)] = AdminRole.Operator,
        [nameof(IGatewayActions.RemoveDeviceAsync)] = AdminRole.Operator,
        [nameof(IGatewayActions.SubscribeAsync)] = AdminRole.Operator,
        [nameof(IGatewayActions.UnsubscribeAsync)] = AdminRole.Operator,
        [nameof(IGatewayActions.UndoRemovalAsync)] = AdminRole.Operator,
        [nameof(IGatewayActions.PublishAsync)] = AdminRole.Operator,
        [nameof(IGatewayActions.ControlAsync)] = AdminRole.Operator,
        [nameof(IGatewayActions.ResendAsync)] = AdminRole.Operator,
    };

    [Fact]
    public async Task EveryAction_WithEachRole_IsRefusedBelowTheRoleItNeeds()
    {
        await using var dashboard = await Dashboard.StartAsync();
        var users = await AddUsersAsync(dashboard);
        foreach (var method in typeof(IGatewayActions).GetMethods())
        {
            var needed = s_needed.GetValueOrDefault(method.Name, AdminRole.Admin);
            foreach (var user in users.Append(null))
            {
                await using var scope = Enter(dashboard, user);
                var answer = await CallAsync(scope, method);
                var expected = user is null ? "session.ended" : user.Role < needed ? "role.insufficient" : null;
                Assert.True(
                    expected is null ? answer.Code is not ("session.ended" or "role.insufficient") : answer.Code == expected,
                    $"{method.Name} as {user?.Role.ToString() ?? "nobody"}: {answer.Code}");
            }
        }
    }

    [Fact]
    public async Task Refusals_OfTheDashboard_AreThoseOfTheApi()
    {
        await using var dashboard = await Dashboard.StartAsync();
        var admin = (await AddUsersAsync(dashboard)).Single(user => user.Role == AdminRole.Admin);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await using var scope = Enter(dashboard, admin);
        var actions = scope.ServiceProvider.GetRequiredService<IGatewayActions>();
        var cancel = TestContext.Current.CancellationToken;
        (string Path, HttpMethod Method, JsonObject Body, Func<JsonObject, Task<Answer>> Act)[] cases =
        [
            ("/v1/apps/other", HttpMethod.Put, new() { ["name"] = "" }, body => actions.PutAppAsync("other", body, cancel)),
            ("/v1/apps/shop/providers/apns", HttpMethod.Put, new() { ["teamId"] = "short" }, body => actions.PutCredentialAsync("shop", ProviderKind.Apns, body, check: false, cancel)),
            ("/v1/apps/shop/devices/d", HttpMethod.Put, new() { ["provider"] = "apns", ["token"] = "xyz" }, body => actions.RegisterDeviceAsync("shop", "d", body, cancel)),
            ("/v1/keys", HttpMethod.Post, new() { ["name"] = "k", ["scopes"] = new JsonArray("everything") }, body => actions.CreateKeyAsync(body, cancel)),
            ("/v1/apps/shop/webhooks/w", HttpMethod.Put, new() { ["url"] = "ftp://x" }, body => actions.PutWebhookAsync("shop", "w", body, cancel)),
            ("/v1/apps/shop/events", HttpMethod.Post, new() { ["type"] = "t", ["audience"] = new JsonObject() }, body => actions.PublishAsync("shop", body, "a-key", cancel)),
            ("/v1/apps/none/events", HttpMethod.Post, new() { ["type"] = "t", ["audience"] = new JsonObject { ["all"] = true } }, body => actions.PublishAsync("none", body, "a-key", cancel)),
        ];
        using var http = dashboard.Api();
        foreach (var (path, method, body, act) in cases)
        {
            using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
            using var response = await http.SendAsync(request, cancel);
            var problem = (await response.Content.ReadFromJsonAsync<JsonObject>(cancel))!;
            var answer = await act(body);
            Assert.Equal(problem["code"]!.GetValue<string>(), answer.Code);
            Assert.Equal(problem["detail"]!.GetValue<string>(), answer.Detail);
            Assert.Equal(problem["errors"]?.AsArray().Count ?? 0, answer.Errors.Count);
        }
    }

    [Fact]
    public async Task Change_ThatWasMade_IsInTheAuditLogWithoutSecrets()
    {
        await using var dashboard = await Dashboard.StartAsync();
        var admin = (await AddUsersAsync(dashboard)).Single(user => user.Role == AdminRole.Admin);
        await using var scope = Enter(dashboard, admin);
        var actions = scope.ServiceProvider.GetRequiredService<IGatewayActions>();
        var cancel = TestContext.Current.CancellationToken;
        Assert.True((await actions.PutAppAsync("shop", new JsonObject { ["name"] = "The shop" }, cancel)).Ok);
        Assert.True((await actions.UseSimulatorAsync("shop", again: null, cancel)).Ok);
        var key = await actions.CreateKeyAsync(new JsonObject { ["name"] = "k", ["scopes"] = new JsonArray("publish"), ["app"] = "shop" }, cancel);
        Assert.False((await actions.DeleteAppAsync("none", cancel)).Ok);
        var entries = await dashboard.Application.Services.GetRequiredService<IAuditLog>().ListAsync(null, 100, cancel);
        Assert.Equal(["key.create", "credential.put", "credential.put", "app.put", "user.add", "user.add", "user.add"], entries.Select(entry => entry.Action));
        Assert.All(entries.Take(4), entry => Assert.Equal("admin", entry.Actor));
        Assert.DoesNotContain(entries, entry => entry.ToString().Contains(key.Body!["key"]!.GetValue<string>(), StringComparison.Ordinal) || entry.ToString().Contains("PRIVATE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task UseSimulator_WithACredentialOfTheOtherProvider_LeavesThatAsItIs()
    {
        await using var dashboard = await Dashboard.StartAsync();
        var admin = (await AddUsersAsync(dashboard)).Single(user => user.Role == AdminRole.Admin);
        await using var scope = Enter(dashboard, admin);
        var actions = scope.ServiceProvider.GetRequiredService<IGatewayActions>();
        var apps = dashboard.Application.Services.GetRequiredService<IAppStore>();
        var cancel = TestContext.Current.CancellationToken;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await dashboard.PutAsync(
            "/v1/apps/shop/providers/apns", new { teamId = "TEAM000001", keyId = "KEY0000001", privateKey = key.ExportPkcs8PrivateKeyPem(), bundleId = "com.example", environment = "production" });

        Assert.True((await actions.UseSimulatorAsync("shop", ProviderKind.Fcm, cancel)).Ok);
        Assert.True((await actions.UseSimulatorAsync("shop", ProviderKind.Apns, cancel)).Ok);

        Assert.Equal(("KEY0000001", 1), (((ApnsCredential)Of(ProviderKind.Apns)).KeyId, Of(ProviderKind.Apns).Version));
        Assert.Equal((true, 1), (Of(ProviderKind.Fcm).Endpoint!.IsLoopback, Of(ProviderKind.Fcm).Version));

        // What leads to a simulator is replaced by another, when it is asked for.
        Assert.True((await actions.UseSimulatorAsync("shop", again: null, cancel)).Ok);
        Assert.Equal(1, Of(ProviderKind.Fcm).Version);
        Assert.True((await actions.UseSimulatorAsync("shop", ProviderKind.Fcm, cancel)).Ok);
        Assert.Equal((1, 2), (Of(ProviderKind.Apns).Version, Of(ProviderKind.Fcm).Version));

        ProviderCredential Of(ProviderKind provider) => apps.Find("shop")!.CredentialFor(provider)!;
    }

    [Fact]
    public async Task Change_WhosePageAndUserAreGoneBeforeItIsDone_IsInTheAuditLog()
    {
        using var line = new AtALine("ApiKeyCreated");
        await using var dashboard = await Dashboard.StartAsync(builder => builder.Logging.AddProvider(line));
        var admin = (await AddUsersAsync(dashboard)).Single(user => user.Role == AdminRole.Admin);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await using var scope = Enter(dashboard, admin);
        using var page = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        line.Reached = () =>
        {
            page.Cancel();
            SignIn(scope, null);
        };

        var answer = await scope.ServiceProvider.GetRequiredService<IGatewayActions>().CreateKeyAsync(
            new JsonObject { ["name"] = "k", ["scopes"] = new JsonArray("publish"), ["app"] = "shop" }, page.Token);

        Assert.True(answer.Ok, answer.Detail);
        Assert.True(page.IsCancellationRequested);
        var entry = (await dashboard.Application.Services.GetRequiredService<IAuditLog>().ListAsync(null, 1, TestContext.Current.CancellationToken))[0];
        Assert.Equal(("admin", "key.create", "shop", "k"), (entry.Actor, entry.Action, entry.Target, entry.Detail));
    }

    [Fact]
    public async Task RemovedKey_HereAndThroughTheApi_IsInTheAuditLogWithWhatItWasFor()
    {
        await using var dashboard = await Dashboard.StartAsync();
        var admin = (await AddUsersAsync(dashboard)).Single(user => user.Role == AdminRole.Admin);
        await dashboard.PutAsync("/v1/apps/shop", new { name = "The shop" });
        await using var scope = Enter(dashboard, admin);
        var cancel = TestContext.Current.CancellationToken;
        var here = await KeyAsync("one");
        var there = await KeyAsync("two");

        Assert.True((await scope.ServiceProvider.GetRequiredService<IGatewayActions>().RemoveKeyAsync(here, cancel)).Ok);
        using (var http = dashboard.Api())
        {
            using var removed = await http.DeleteAsync($"/v1/keys/{there}", cancel);
            Assert.True(removed.IsSuccessStatusCode);
            using var unknown = await http.DeleteAsync($"/v1/keys/{there}", cancel);
            Assert.Equal(System.Net.HttpStatusCode.NotFound, unknown.StatusCode);
        }

        var entries = await dashboard.Application.Services.GetRequiredService<IAuditLog>().ListAsync(null, 2, cancel);
        Assert.Equal([("key.remove", there, "two"), ("key.remove", here, "one")], entries.Select(entry => (entry.Action, entry.Target, entry.Detail!)));

        async Task<string> KeyAsync(string name) =>
            (await dashboard.PostAsync("/v1/keys", new { name, scopes = s_read, app = "shop" }))["id"]!.GetValue<string>();
    }

    [Fact]
    public async Task Action_OfASessionThatWasEndedElsewhere_IsRefused()
    {
        await using var dashboard = await Dashboard.StartAsync();
        var admin = (await AddUsersAsync(dashboard)).Single(user => user.Role == AdminRole.Admin);
        var sessions = dashboard.Application.Services.GetRequiredService<OpenSessions>();
        var (ended, other) = (sessions.Begin(admin), sessions.Begin(admin));
        await using var scope = Enter(dashboard, null);
        SignIn(scope, ended);
        Assert.True((await PutAsync(scope)).Ok);

        sessions.End(ended);

        Assert.Equal("session.ended", (await PutAsync(scope)).Code);
        Assert.False(sessions.TrySee(ended));
        SignIn(scope, other);
        Assert.True((await PutAsync(scope)).Ok);

        static Task<Answer> PutAsync(AsyncServiceScope scope) =>
            scope.ServiceProvider.GetRequiredService<IGatewayActions>().PutAppAsync("shop", new JsonObject { ["name"] = "The shop" }, TestContext.Current.CancellationToken);
    }

    private static async Task<List<AdminUser>> AddUsersAsync(Dashboard dashboard)
    {
        var accounts = dashboard.Application.Services.GetRequiredService<UserAccounts>();
        var (admin, _) = await accounts.AddAsync(null, "admin", Dashboard.Password, AdminRole.Admin, TestContext.Current.CancellationToken);
        var (oper, _) = await accounts.AddAsync(admin, "operator", Dashboard.Password, AdminRole.Operator, TestContext.Current.CancellationToken);
        var (viewer, _) = await accounts.AddAsync(admin, "viewer", Dashboard.Password, AdminRole.Viewer, TestContext.Current.CancellationToken);
        return [admin!, oper!, viewer!];
    }

    private static AsyncServiceScope Enter(Dashboard dashboard, AdminUser? user)
    {
        var scope = dashboard.Application.Services.CreateAsyncScope();
        SignIn(scope, user is null ? null : dashboard.Application.Services.GetRequiredService<OpenSessions>().Begin(user));
        return scope;
    }

    private static void SignIn(AsyncServiceScope scope, ClaimsPrincipal? principal)
    {
        var state = (ServerAuthenticationStateProvider)scope.ServiceProvider.GetRequiredService<AuthenticationStateProvider>();
        state.SetAuthenticationState(Task.FromResult(new AuthenticationState(principal ?? new())));
    }

    /// <summary>Does something at the moment when the gateway logs that it has done something.</summary>
    private sealed class AtALine(string word) : ILoggerProvider, ILogger
    {
        public Action? Reached { get; set; }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name?.Contains(word, StringComparison.OrdinalIgnoreCase) == true)
            {
                Reached?.Invoke();
            }
        }

        public void Dispose()
        {
        }
    }

    private static Task<Answer> CallAsync(AsyncServiceScope scope, MethodInfo method)
    {
        var arguments = method.GetParameters().Select(object? (parameter) => parameter.ParameterType switch
        {
            var type when type == typeof(string) => "none",
            var type when type == typeof(JsonObject) => new JsonObject(),
            var type when type == typeof(long) => 1L,
            var type when type == typeof(bool) => false,
            var type when type == typeof(ProviderKind) => ProviderKind.Apns,
            var type when type == typeof(ProviderKind?) => null,
            var type when type == typeof(EventControl) => EventControl.Cancel,
            _ => TestContext.Current.CancellationToken,
        }).ToArray();
        return (Task<Answer>)method.Invoke(scope.ServiceProvider.GetRequiredService<IGatewayActions>(), arguments)!;
    }
}
