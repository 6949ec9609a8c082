using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

[assembly: AssemblyFixture(typeof(PushGateway.Storage.Tests.Support.PostgreSqlCluster))]

namespace PushGateway.Storage.Tests.Support;

/// <summary>
/// A PostgreSQL server of the test run's own, on a free port of the loopback address, with its data in a folder that goes with it. It is started by the first
/// test that needs it and ends with this process, however that ends.
/// </summary>
/// <remarks>It does not wait for the disk: no test takes the power away. Where it is not installed its tests are skipped, or fail with PUSHGATEWAY_REQUIRE_TOOLS.</remarks>
public sealed class PostgreSqlCluster : TestDatabase, IAsyncDisposable
{
    private const string User = "pushgateway";
    private const string Template = "pushgateway_template";

    private readonly SemaphoreSlim _gate = new(1);
    private Process? _process;
    private DirectoryInfo? _folder;
    private bool _hasTemplate;
    private int _port;
    private int _databases;

    public override string Provider => "PostgreSql";

    public override int Cases(int number) => Math.Max(1, number / 20);

    public override async Task<string> CreateAsync(bool isBlank = false)
    {
        await StartAsync();
        var name = string.Create(CultureInfo.InvariantCulture, $"store{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync(isBlank ? $"CREATE DATABASE {name}" : $"CREATE DATABASE {name} TEMPLATE {Template}");
        return ConnectionString(name);
    }

    public override Task DeleteAsync(string connectionString) =>
        ExecuteAsync($"DROP DATABASE {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");

    public override async Task<bool> ContainsAsync(string connectionString, byte[] bytes)
    {
        await ExecuteAsync("CHECKPOINT");
        return await ContainsAsync(Directory.GetFiles(Path.Combine(_folder!.FullName, "data"), "*", SearchOption.AllDirectories).Where(File.Exists), bytes);
    }

    public override string RefuseInserts(string table) =>
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$; " +
        $"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()";

    public override string AllowInserts(string table) => $"DROP TRIGGER refuse ON {table}; DROP FUNCTION refuse";

    /// <summary>Runs a statement as the superuser, outside of every test's database.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
#pragma warning disable CA2100 // Constants of the tests.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            // Its keeper waits for the end of this.
            _process.StandardInput.Close();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _gate.Dispose();
    }

    private async Task StartAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_process is null)
            {
                var programs = FindPrograms();
                if (programs is null)
                {
                    Assert.SkipUnless(Environment.GetEnvironmentVariable("PUSHGATEWAY_REQUIRE_TOOLS") == "1", "PostgreSQL (Debian's postgresql) is not installed.");
                    Assert.Fail("PostgreSQL (Debian's postgresql) is not installed.");
                }

                await StartAsync(programs);
            }

            if (!_hasTemplate)
            {
                await ExecuteAsync($"CREATE DATABASE {Template}");
                await using (await TestStore.OpenAsync(new AtHand(ConnectionString(Template))))
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

    private async Task StartAsync(string programs)
    {
        _folder = Directory.CreateTempSubdirectory("pushgateway-postgresql-");
        _port = FreePort();
        var asOther = Environment.IsPrivilegedProcess ? "chown postgres \"$1\" && exec setpriv --reuid=postgres --regid=postgres --clear-groups " : "exec ";
        var keeper =
            "\"$2/initdb\" -D \"$1/data\" -U " + User + " -A trust -E UTF8 --locale=C --no-sync >\"$1/log\" 2>&1 || exit 1\n" +
            "\"$2/postgres\" -D \"$1/data\" -p \"$3\" -k \"$1\" -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=400 " +
            "-c shared_buffers=64MB -c autovacuum=off -c log_min_messages=panic >>\"$1/log\" 2>&1 &\n" +
            "server=$!\n" +
            // The end of its input is the end of the tests.
            "cat >/dev/null\n" +
            "kill -INT $server; wait $server; rm -rf \"$1\"";
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, WorkingDirectory = "/" };
        foreach (var argument in (string[])["-c", asOther + "/bin/sh -c \"$4\" sh \"$1\" \"$2\" \"$3\"", "sh", _folder.FullName, programs, _port.ToString(CultureInfo.InvariantCulture), keeper])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return;
            }
            catch (NpgsqlException) when (!_process.HasExited && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    private string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Username={User};Database={database}");

    private static string? FindPrograms() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")).LastOrDefault(Directory.Exists)
        : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
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
