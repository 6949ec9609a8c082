using System.Globalization;
using Npgsql;

[assembly: AssemblyFixture(typeof(PushGateway.Storage.Tests.Support.PostgreSqlCluster))]

namespace PushGateway.Storage.Tests.Support;

/// <summary>A database for each store on one server of the test run, copied from one that has the schema.</summary>
public sealed class PostgreSqlCluster : TestDatabase, IAsyncDisposable
{
    private const string Template = "pushgateway_template";

    private readonly PostgreSqlServer _server = new();
    private readonly SemaphoreSlim _gate = new(1);
    private bool _hasTemplate;
    private int _databases;

    public override string Provider => "PostgreSql";

    public override int Cases(int number) => Math.Max(1, number / 20);

    public override async Task<string> CreateAsync(bool isBlank = false)
    {
        await PrepareAsync();
        var name = string.Create(CultureInfo.InvariantCulture, $"store{Interlocked.Increment(ref _databases)}");
        await _server.ExecuteAsync(isBlank ? $"CREATE DATABASE {name}" : $"CREATE DATABASE {name} TEMPLATE {Template}");
        return _server.ConnectionString(name);
    }

    public override Task DeleteAsync(string connectionString) => _server.ExecuteAsync($"DROP DATABASE {NameOf(connectionString)} WITH (FORCE)");

    public override async Task<bool> ContainsAsync(string connectionString, byte[] bytes)
    {
        await _server.ExecuteAsync("CHECKPOINT");
        return await ContainsAsync(Directory.GetFiles(_server.Folder, "*", SearchOption.AllDirectories), bytes);
    }

    public override string RefuseInserts(string table) =>
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$; " +
        $"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()";

    public override string AllowInserts(string table) => $"DROP TRIGGER refuse ON {table}; DROP FUNCTION refuse";

    /// <summary>Ends the connections to the store's database for which the condition on <c>pg_stat_activity</c> holds, as a server does that is shut down.</summary>
    public Task CutAsync(string connectionString, string condition = "true") => _server.ExecuteAsync(
        $"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{NameOf(connectionString)}' AND {condition}");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _gate.Dispose();
    }

    private static string NameOf(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString).Database!;

    private async Task PrepareAsync()
    {
        await _gate.WaitAsync();
        try
        {
            await _server.StartAsync();
            if (!_hasTemplate)
            {
                await _server.ExecuteAsync($"CREATE DATABASE {Template}");
                await using (await TestStore.OpenAsync(new AtHand(_server.ConnectionString(Template))))
                {
                }

                _hasTemplate = true;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>One database, as it is.</summary>
    private sealed class AtHand(string connectionString) : TestDatabase
    {
        public override string Provider => "PostgreSql";

        public override Task<string> CreateAsync(bool isBlank) => Task.FromResult(connectionString);

        public override Task DeleteAsync(string connectionString) => Task.CompletedTask;

        public override Task<bool> ContainsAsync(string connectionString, byte[] bytes) => throw new NotSupportedException();

        public override string RefuseInserts(string table) => throw new NotSupportedException();

        public override string AllowInserts(string table) => throw new NotSupportedException();
    }
}
