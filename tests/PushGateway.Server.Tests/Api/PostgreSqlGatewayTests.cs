using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using PushGateway.Server.Administration;
using PushGateway.Server.Tests.Cli;
using PushGateway.Simulator;
using PushGateway.Storage;
using PushGateway.Storage.Tests.Support;

[assembly: AssemblyFixture(typeof(PostgreSqlServer))]

namespace PushGateway.Server.Tests.Api;

/// <summary>The gateway over PostgreSQL, seen from outside.</summary>
public sealed class PostgreSqlGatewayTests(PostgreSqlServer server)
{
    private const string Ndjson = "application/x-ndjson";

    /// <summary>The way that the README describes.</summary>
    [Fact]
    public async Task ExportFromSqlite_ImportedIntoPostgreSql_IsTheSame()
    {
        await using var old = await TestGateway.StartAsync();
        var lines = string.Join('\n', Enumerable.Range(1, 1_200).Select(number =>
            $$"""{"device":"d{{number}}","provider":"{{(number % 2 == 0 ? "apns" : "fcm")}}","token":"{{Samples.ApnsToken(number)}}","subscriber":"s{{number % 700}}","channels":["news","c{{number % 5}}"],"locale":"es-mx","timeZone":"Europe/Madrid","appVersion":"1.{{number % 9}} é","tags":{"plan":"p{{number % 3}}"} }"""));
        var from = old.Client(GatewayFixture.AdminKey);
        (await from.PutAsync("/v1/apps/a", new { name = "A" })).Expect(201);
        (await from.PostTextAsync("/v1/apps/a/devices/import", lines, Ndjson)).Expect(200);
        var exported = (await from.GetAsync("/v1/apps/a/devices/export")).Expect(200).Body;

        await using var gateway = await StartAsync(await server.CreateDatabaseAsync());
        var to = gateway.Client(GatewayFixture.AdminKey);
        (await to.PutAsync("/v1/apps/a", new { name = "A" })).Expect(201);
        Assert.Equal(1_200, (await to.PostTextAsync("/v1/apps/a/devices/import", exported, Ndjson)).Expect(200).Number("created"));

        var again = (await to.GetAsync("/v1/apps/a/devices/export")).Expect(200).Body;
        Assert.Equal(Lines(exported), Lines(again));
        foreach (var audience in (object[])[new { channel = "c3" }, new { channels = new[] { "c1", "c2" } }, new { all = true }])
        {
            var counted = (await to.PostAsync("/v1/apps/a/audience/count", new { audience })).Expect(200).Body;
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(counted), JsonNode.Parse((await from.PostAsync("/v1/apps/a/audience/count", new { audience })).Expect(200).Body)), counted);
        }

        static IEnumerable<string> Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Publish_DatabaseGone_Is503UntilItIsBack()
    {
        var database = await server.CreateDatabaseAsync();
        await using var gateway = await StartAsync(database);
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
        (await gateway.Client(null).GetAsync("/readyz")).Expect(200);

        var name = new NpgsqlConnectionStringBuilder(database).Database;
        await server.ExecuteAsync($"ALTER DATABASE {name} ALLOW_CONNECTIONS false");
        await server.ExecuteAsync($"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'");

        var refused = (await admin.PostAsync("/v1/apps/a/events", Samples.Event())).ExpectProblem(503, "store.unavailable");
        Assert.Equal("2", refused.Headers["Retry-After"]);
        (await admin.GetAsync("/v1/apps/a/devices/d1")).ExpectProblem(503, "store.unavailable");
        (await gateway.Client(null).GetAsync("/readyz")).Expect(503);

        await server.ExecuteAsync($"ALTER DATABASE {name} ALLOW_CONNECTIONS true");
        (await admin.PostAsync("/v1/apps/a/events", Samples.Event())).Expect(202);
        (await gateway.Client(null).GetAsync("/readyz")).Expect(200);
    }

    [Fact]
    public async Task SecondGateway_OnTheSameDatabase_SharesTheWorkAndSeesTheSame()
    {
        var database = await server.CreateDatabaseAsync();
        await using var first = await StartAsync(database);
        await using var second = await TestGateway.StartAsync(new(Settings(database)) { ["PushGateway:Storage:NodeName"] = "second" });

        (await first.Client(GatewayFixture.AdminKey).PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
        await UntilAsync(async () => (await second.Client(GatewayFixture.AdminKey).GetAsync("/v1/apps/a")).Status == 200);
        await UntilAsync(async () => (await second.Client(GatewayFixture.AdminKey).GetAsync("/v1/nodes")).Expect(200).Json.GetProperty("items").EnumerateArray()
            .Select(node => node.GetProperty("shards").GetInt32()) is var shards && shards.SequenceEqual([32, 32]));

        // An event for one subscriber is dispatched by whoever holds that shard, whichever gateway it was published at.
        foreach (var number in Enumerable.Range(0, 8))
        {
            var gateway = (number % 2 == 0 ? first : second).Client(GatewayFixture.AdminKey);
            (await gateway.PutAsync($"/v1/apps/a/devices/d{number}", new { provider = "apns", token = Samples.ApnsToken(number), subscriber = $"s{number}" })).Expect(201);
            var published = (await gateway.PostAsync("/v1/apps/a/events", new { type = "t", audience = new { subscribers = new[] { $"s{number}" } }, notification = new { title = "x" } })).Expect(202);
            await UntilAsync(async () => (await gateway.GetAsync($"/v1/apps/a/events/{published.Text("id")}")).Expect(200).Text("state") == "completed");
        }
    }

    [Fact]
    public async Task SecondGateway_OnTheSameDatabase_TakesTheFirstsLinkOnceAndSeesCredentialsRotate()
    {
        var database = await server.CreateDatabaseAsync();
        await using var simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: TestContext.Current.CancellationToken);
        await using var first = await StartAsync(database);
        await using var second = await TestGateway.StartAsync(new(Settings(database))
        {
            ["PushGateway:Storage:NodeName"] = "second",
            ["PushGateway:DataProtection:KeysDirectory"] = Path.Combine(first.Folder, "keys"),
        });
        var printed = first.Service<FirstSignInNotice>().Path!;
        Assert.NotEqual(printed, second.Service<FirstSignInNotice>().Path);

        // A link of either works at the other, until one has been used.
        Assert.True(await WorksAsync(second, printed));
        Assert.True(await WorksAsync(first, second.Service<FirstSignInNotice>().Path!));
        Assert.False(await WorksAsync(second, printed + "x"));
        Assert.Equal("/admin", await UseAsync(second, printed, "ada"));
        Assert.StartsWith("/admin/setup?problem=link", await UseAsync(first, printed, "eve"), StringComparison.Ordinal);
        Assert.False(await WorksAsync(first, printed));
        Assert.False(await WorksAsync(first, second.Service<FirstSignInNotice>().Path!));

        var (here, there) = (first.Client(GatewayFixture.AdminKey), second.Client(GatewayFixture.AdminKey));
        var credential = JsonSerializer.SerializeToNode(simulator.Control.Credentials.Apns, JsonSerializerOptions.Web)!.AsObject();
        (await here.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
        (await here.PutAsync("/v1/apps/a/providers/apns", credential)).Expect(204);
        credential["keyId"] = "NOSUCHKEY1";
        (await here.PutAsync("/v1/apps/a/providers/apns", credential)).Expect(204);
        await UntilAsync(async () => await there.GetAsync("/v1/apps/a/providers/apns") is { Status: 200 } seen && seen.Text("keyId") == "NOSUCHKEY1" && seen.Text("previous", "keyId") == "SIMKEY0001");
        (await there.PostAsync("/v1/apps/a/providers/apns/restore")).Expect(200);
        await UntilAsync(async () => (await here.GetAsync("/v1/apps/a/providers/apns")).Text("keyId") == "SIMKEY0001");
        Assert.True((await here.PostAsync("/v1/apps/a/providers/apns/check")).Expect(200).Json.GetProperty("ok").GetBoolean());

        static async Task<bool> WorksAsync(TestGateway gateway, string link) =>
            (await gateway.Client(null).GetAsync(link)).Body.Contains("Create the account", StringComparison.Ordinal);

        static async Task<string?> UseAsync(TestGateway gateway, string link, string name)
        {
            using var form = new FirstAccountForm(gateway.Address);
            return await form.SubmitAsync(link, name);
        }
    }

    [Fact]
    public async Task Start_ServerThatIsNotThere_NamesTheSettingAndNoPassword()
    {
        var failure = await Assert.ThrowsAsync<StoreNotOpenedException>(async () =>
        {
            await using var gateway = await StartAsync("Host=127.0.0.1;Port=1;Database=d;Username=u;Password=not-to-be-seen");
        });

        Assert.Contains("PushGateway:Storage:ConnectionString", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-to-be-seen", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_EmptyDatabase_SaysWhatItAppliedAndThenNothing()
    {
        string[] arguments =
            ["migrate", "--PushGateway:Storage:Provider=PostgreSql", $"--PushGateway:Storage:ConnectionString={await server.CreateDatabaseAsync()}"];

        var first = await new CommandRun().RunAsync(arguments);
        var second = await new CommandRun().RunAsync(arguments);

        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Contains("InitialSchema", first.Output, StringComparison.Ordinal);
        Assert.Equal("The store was up to date.", second.Output.Trim());
    }

    private static Task<TestGateway> StartAsync(string connectionString) => TestGateway.StartAsync(Settings(connectionString));

    private static Dictionary<string, string?> Settings(string connectionString) => new()
    {
        ["PushGateway:Storage:Provider"] = "PostgreSql",
        ["PushGateway:Storage:ConnectionString"] = connectionString,
    };

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "It does not come true.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
