using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Npgsql;
using PushGateway.Server.Tests.Cli;
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

    /// <summary>Completes when a line with the text is logged.</summary>
    private sealed class LineWatch(string text, TaskCompletionSource seen) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
            // There is nothing of its own.
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains(text, StringComparison.Ordinal))
            {
                seen.TrySetResult();
            }
        }
    }
}
