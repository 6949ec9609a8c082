using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace PushGateway.Storage.Tests.Support;

/// <summary>
/// A PostgreSQL server of the test run's own, on a free port of the loopback address, with its data in a folder that goes with it. It is started when it is first
/// needed and ends with this process, however that ends.
/// </summary>
/// <remarks>It does not wait for the disk: no test takes the power away. Where it is not installed its tests are skipped, or fail with PUSHGATEWAY_REQUIRE_TOOLS.</remarks>
public sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string User = "pushgateway";

    private readonly SemaphoreSlim _gate = new(1);
    private Process? _process;
    private DirectoryInfo? _folder;
    private int _port;
    private int _databases;

    /// <summary>Where it keeps its files.</summary>
    public string Folder => Path.Combine(_folder!.FullName, "data");

    public int Port => _port;

    public async Task StartAsync()
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
        }
        finally
        {
            _gate.Release();
        }
    }

    public string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Username={User};Database={database}");

    /// <summary>An empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        await StartAsync();
        var name = string.Create(CultureInfo.InvariantCulture, $"new{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync($"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

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

    private static string? FindPrograms() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")).LastOrDefault(Directory.Exists)
        : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
