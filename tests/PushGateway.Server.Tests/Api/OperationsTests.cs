using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PushGateway.Core.Keys;

using PushGateway.Server.Settings;

namespace PushGateway.Server.Tests.Api;

public sealed class OperationsTests(GatewayFixture fixture)
{
    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public async Task Probes_OfARunningGateway_AreOkWithoutKey(string path) =>
        Assert.Equal("ok", (await fixture.Gateway.Client(null).GetAsync(path)).Expect(200).Text("status"));

    [Fact]
    public async Task Nodes_OfAStoreInAFile_AreTheOneThatAnswers()
    {
        var node = Assert.Single((await fixture.Admin.GetAsync("/v1/nodes")).Expect(200).Json.GetProperty("items").EnumerateArray());
        Assert.Equal((64, true), (node.GetProperty("shards").GetInt32(), node.GetProperty("self").GetBoolean()));
        Assert.Equal(("running", Environment.MachineName), (node.GetProperty("state").GetString(), node.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task OpenApi_Document_ListsEveryRouteOfTheContract()
    {
        string[] contract =
        [
            "POST /v1/keys", "GET /v1/keys", "DELETE /v1/keys/{id}", "GET /v1/nodes",
            "GET /v1/apps", "PUT /v1/apps/{app}", "GET /v1/apps/{app}", "DELETE /v1/apps/{app}",
            "PUT /v1/apps/{app}/providers/apns", "PUT /v1/apps/{app}/providers/fcm",
            "GET /v1/apps/{app}/providers/{provider}", "POST /v1/apps/{app}/providers/{provider}/check", "POST /v1/apps/{app}/providers/{provider}/restore",
            "PUT /v1/apps/{app}/identity", "GET /v1/apps/{app}/identity", "DELETE /v1/apps/{app}/identity",
            "DELETE /v1/apps/{app}/subscribers/{subscriber}", "GET /v1/apps/{app}/subscribers/{subscriber}/export",
            "GET /v1/apps/{app}/devices/{device}/receipts", "GET /v1/apps/{app}/subscribers/{subscriber}/receipts",
            "PUT /v1/apps/{app}/devices/{device}", "GET /v1/apps/{app}/devices/{device}", "DELETE /v1/apps/{app}/devices/{device}",
            "GET /v1/apps/{app}/subscribers/{subscriber}/devices", "GET /v1/apps/{app}/subscribers/{subscriber}/channels",
            "PUT /v1/apps/{app}/channels/{channel}/subscribers/{subscriber}", "DELETE /v1/apps/{app}/channels/{channel}/subscribers/{subscriber}",
            "GET /v1/apps/{app}/channels/{channel}", "POST /v1/apps/{app}/devices/import", "GET /v1/apps/{app}/devices/export",
            "POST /v1/apps/{app}/events", "POST /v1/apps/{app}/events/batch", "POST /v1/apps/{app}/events/validate", "GET /v1/apps/{app}/events", "GET /v1/apps/{app}/events/{id}",
            "POST /v1/apps/{app}/events/{id}/cancel", "POST /v1/apps/{app}/events/{id}/pause", "POST /v1/apps/{app}/events/{id}/resume", "POST /v1/apps/{app}/events/{id}/resend",
            "GET /v1/apps/{app}/events/{id}/progress", "GET /v1/apps/{app}/events/{id}/receipts", "GET /v1/apps/{app}/events/{id}/receipts/{device}",
            "POST /v1/apps/{app}/events/opened", "POST /v1/apps/{app}/events/{id}/confirm", "POST /v1/apps/{app}/events/{id}/opened",
            "GET /v1/apps/{app}/removals", "POST /v1/apps/{app}/removals/{removal}/undo", "POST /v1/apps/{app}/removals/undo", "POST /v1/apps/{app}/removals/release",
            "GET /v1/apps/{app}/webhooks", "PUT /v1/apps/{app}/webhooks/{webhook}", "GET /v1/apps/{app}/webhooks/{webhook}", "DELETE /v1/apps/{app}/webhooks/{webhook}",
            "POST /v1/apps/{app}/webhooks/{webhook}/test", "POST /v1/apps/{app}/webhooks/{webhook}/resume", "POST /v1/apps/{app}/webhooks/{webhook}/secret",
            "POST /v1/apps/{app}/audience/count", "GET /v1/apps/{app}/audiences", "PUT /v1/apps/{app}/audiences/{name}", "GET /v1/apps/{app}/audiences/{name}",
            "DELETE /v1/apps/{app}/audiences/{name}",
            "GET /v1/apps/{app}/channels/{channel}/sse", "GET /v1/apps/{app}/channels/{channel}/ws", "GET /v1/apps/{app}/channels/{channel}/messages",
            "POST /v1/apps/{app}/channels/{channel}/messages", "POST /v1/apps/{app}/subscribers/{subscriber}/token",
            "GET /healthz", "GET /readyz",
        ];
        var document = (await fixture.Gateway.Client(null).GetAsync("/openapi/v1.json")).Expect(200).Json;
        var listed = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));
        Assert.Equal(contract.Order(), listed.Order());
    }

    [Fact]
    public async Task OpenApi_Document_DescribesBodiesAnswersKeysAndParameters()
    {
        var document = (await fixture.Gateway.Client(null).GetAsync("/openapi/v1.json")).Expect(200).Json;
        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("apiKey").GetProperty("scheme").GetString());
        foreach (var path in document.GetProperty("paths").EnumerateObject().Where(path => path.Name.StartsWith("/v1/", StringComparison.Ordinal)))
        {
            foreach (var (name, operation) in path.Value.EnumerateObject().Select(member => (member.Name, member.Value)))
            {
                Assert.True(operation.TryGetProperty("security", out var security) && security.GetArrayLength() == 1, $"{name} {path.Name} has no security");
                Assert.True(operation.GetProperty("responses").TryGetProperty("default", out _), $"{name} {path.Name}");
                var needed = Regex.Matches(path.Name, @"\{(\w+)\}").Select(match => match.Groups[1].Value).Order();
                var parameters = operation.TryGetProperty("parameters", out var list) ? list.EnumerateArray().ToArray() : [];
                Assert.Equal(
                    needed,
                    parameters.Where(parameter => parameter.GetProperty("in").GetString() == "path").Select(parameter => parameter.GetProperty("name").GetString()).Order());
            }
        }

        var publish = document.GetProperty("paths").GetProperty("/v1/apps/{app}/events").GetProperty("post");
        Assert.Equal(
            "#/components/schemas/PublishRequest",
            publish.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString());
        Assert.Equal(
            "#/components/schemas/EventResponse",
            publish.GetProperty("responses").GetProperty("202").GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString());
        var schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.True(schemas.GetProperty("PublishRequest").GetProperty("properties").TryGetProperty("audience", out _));
        foreach (Match reference in Regex.Matches(document.GetRawText(), "\"#/components/schemas/([^\"]+)\""))
        {
            Assert.True(schemas.TryGetProperty(reference.Groups[1].Value, out _), reference.Value);
        }
    }

    [Fact]
    public async Task Docs_Page_NeedsNothingFromElsewhere()
    {
        var client = fixture.Gateway.Client(null);
        var redirected = await client.GetAsync("/docs");
        var page = redirected.Status is 301 or 302 ? (await client.GetAsync("/docs/")).Expect(200) : redirected.Expect(200);
        Assert.Equal("text/html", page.ContentType);
        var sources = Regex.Matches(page.Body, "(?:src|href)=\"([^\"]+)\"").Select(match => match.Groups[1].Value).Where(source => !source.StartsWith('#')).ToArray();
        Assert.NotEmpty(sources);
        foreach (var source in sources)
        {
            Assert.DoesNotContain("//", source, StringComparison.Ordinal);
            (await client.GetAsync(new Uri(new Uri(fixture.Gateway.Address, "/docs/"), source).PathAndQuery)).Expect(200);
        }
    }

    [Fact]
    public async Task RateLimit_OverIt_Is429WithRetryAfter()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:RequestsPerSecond"] = "1" });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        var answers = new List<Answer>();
        for (var number = 0; number < 20; number++)
        {
            answers.Add(await admin.GetAsync("/v1/apps"));
        }

        Assert.Equal(200, answers[0].Status);
        var limited = answers.First(answer => answer.Status != 200).ExpectProblem(429, "rate.limited");
        Assert.True(int.Parse(limited.Headers["Retry-After"]) >= 1);
        (await gateway.Client(null).GetAsync("/healthz")).Expect(200);
    }

    [Theory]
    [InlineData("PushGateway:Api:MaxBodyBytes", "5")]
    [InlineData("PushGateway:Api:ImportBatchSize", "0")]
    [InlineData("PushGateway:Api:MaxJsonDepth", "none")]
    [InlineData("PushGateway:Api:ControlTimeout", "-00:00:01")]
    [InlineData("PushGateway:DataProtection:KeysDirectory", " ")]
    [InlineData("PushGateway:Storage:Provider", "Oracle")]
    [InlineData("PUSHGATEWAY_ADMIN_KEY", "short")]
    public async Task Start_InvalidSetting_FailsNamingTheKey(string key, string value)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var gateway = await TestGateway.StartAsync(new() { [key] = value });
        });
        Assert.True(failure is OptionsValidationException or InvalidSettingException or InvalidOperationException, failure.ToString());
        Assert.Contains(key, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("short'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_StoreIsLocked_Is503WithRetryAfterUntilItIsFree()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Storage:BusyTimeout"] = "00:00:00.010" });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
        await using var other = new SqliteConnection($"Data Source={Path.Combine(gateway.Folder, "store.db")};Pooling=False");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = other.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var refused = (await admin.PostAsync("/v1/apps/a/events", Samples.Event())).ExpectProblem(503, "store.unavailable");
        Assert.Equal("2", refused.Headers["Retry-After"]);
        (await gateway.Client(null).GetAsync("/readyz")).Expect(503);

        command.CommandText = "ROLLBACK";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        (await admin.PostAsync("/v1/apps/a/events", Samples.Event())).Expect(202);
    }

    [Fact]
    public async Task Start_KeysFolderIsNew_IsForThisAccountOnly()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // Which has no such modes.
        }

        await using var gateway = await TestGateway.StartAsync();

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(gateway.Folder, "keys")));
    }

    [Fact]
    public async Task Start_OverAnEarlierStore_FindsKeysAndCredentialsAgain()
    {
        var folder = Directory.CreateTempSubdirectory("pushgateway-api-").FullName;
        try
        {
            string key;
            await using (var first = await TestGateway.StartAsync(folder: folder))
            {
                var admin = first.Client(GatewayFixture.AdminKey);
                (await admin.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
                (await admin.PutAsync("/v1/apps/a/providers/apns", fixture.Simulator.Control.Credentials.Apns)).Expect(204);
                key = (await admin.PostAsync("/v1/keys", new { name = "x", scopes = new List<string> { "read" }, app = "a" })).Expect(201).Text("key");
            }

            await using var second = await TestGateway.StartAsync(folder: folder);
            (await second.Client(key).GetAsync("/v1/apps/a/events")).Expect(200);
            var check = (await second.Client(GatewayFixture.AdminKey).PostAsync("/v1/apps/a/providers/apns/check")).Expect(200);
            Assert.True(check.Json.GetProperty("ok").GetBoolean(), check.Body);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Start_WithoutAdminKey_GeneratesOneOnTheFirstStartOnly()
    {
        var folder = Directory.CreateTempSubdirectory("pushgateway-api-").FullName;
        var settings = new Dictionary<string, string?> { ["PUSHGATEWAY_ADMIN_KEY"] = null };
        try
        {
            await using (var first = await TestGateway.StartAsync(settings, folder: folder))
            {
                Assert.Equal(ApiKeyScopes.Admin, Assert.Single(first.Application.Services.GetRequiredService<IApiKeyStore>().List()).Scopes);
            }

            await using var second = await TestGateway.StartAsync(settings, folder: folder);
            Assert.Single(second.Application.Services.GetRequiredService<IApiKeyStore>().List());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task RemoveKey_TheOnlyAdminKey_IsRefused()
    {
        await using var gateway = await TestGateway.StartAsync();
        var admin = gateway.Client(GatewayFixture.AdminKey);
        var id = (await admin.GetAsync("/v1/keys")).Json.GetProperty("items")[0].GetProperty("id").GetString();
        (await admin.DeleteAsync($"/v1/keys/{id}")).ExpectProblem(409, "key.lastAdmin");
    }
}
