using System.Diagnostics;
using System.Globalization;
using PushGateway.Server.Tests.EndToEnd;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace PushGateway.Server.Tests.RabbitMq;

/// <summary>
/// A RabbitMQ of the tests' own: on free ports of the loopback address, with a name, a cookie and a port mapper of its own, and its data in a folder that goes with it. It ends with this process,
/// however that ends.
/// </summary>
/// <remarks>Where it is not installed its tests are skipped, or fail with PUSHGATEWAY_REQUIRE_TOOLS.</remarks>
public sealed class RabbitMqServer : IAsyncLifetime
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(90);

    private readonly int _port = GatewayProcess.FreePort();
    private readonly int _distributionPort = GatewayProcess.FreePort();
    private readonly int _mapperPort = GatewayProcess.FreePort();
    private Process? _keeper;
    private DirectoryInfo? _folder;
    private string? _programs;

    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{_port}/"));

    public async ValueTask InitializeAsync()
    {
        const string Home = "/usr/lib/rabbitmq/lib";
        _programs = Directory.Exists(Home)
            ? Directory.GetDirectories(Home, "rabbitmq_server-*").Order(StringComparer.Ordinal).Select(version => Path.Combine(version, "sbin")).LastOrDefault(folder => File.Exists(Path.Combine(folder, "rabbitmq-server")))
            : null;
        if (_programs is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("PUSHGATEWAY_REQUIRE_TOOLS") == "1", "RabbitMQ (Debian's rabbitmq-server) is not installed.");
            Assert.Fail("RabbitMQ (Debian's rabbitmq-server) is not installed.");
        }

        _folder = Directory.CreateTempSubdirectory("pushgateway-rabbitmq-");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "plugins"), "[].");
        await StartAsync();
    }

    /// <summary>Kills it as a lost machine would: it has no time for a word to anybody.</summary>
    public async Task KillAsync()
    {
        // Its keeper does it. The line has it leave the data where they are.
        await _keeper!.StandardInput.WriteLineAsync("keep");
        _keeper.StandardInput.Close();
        await _keeper.WaitForExitAsync();
        _keeper.Dispose();
        _keeper = null;
    }

    /// <summary>Starts it over the data that are there.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, WorkingDirectory = "/" };
        const string Script =
            "epmd -port \"$ERL_EPMD_PORT\" -address 127.0.0.1 >/dev/null 2>&1 & mapper=$!\n" +
            "setsid \"$2/rabbitmq-server\" >>\"$1/output\" 2>&1 </dev/null & server=$!\n" +
            // The end of its input is the end of the tests.
            "keep=; read -r keep\n" +
            "kill -KILL -$server; kill $mapper; wait\n" +
            "[ \"$keep\" = keep ] || rm -rf \"$1\"";
        foreach (var argument in (string[])["-c", Script, "sh", _folder!.FullName, _programs!])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in Settings())
        {
            start.Environment[name] = value;
        }

        _keeper = Process.Start(start)!;
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = await ConnectAsync();
                return;
            }
            catch (BrokerUnreachableException) when (TimeProvider.System.GetElapsedTime(started) < s_startLimit)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    public Task<IConnection> ConnectAsync() => new ConnectionFactory { Uri = Address, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();

    public async ValueTask DisposeAsync()
    {
        if (_keeper is not null)
        {
            _keeper.StandardInput.Close();
            await _keeper.WaitForExitAsync();
            _keeper.Dispose();
        }
    }

    private IEnumerable<(string Name, string Value)> Settings()
    {
        var folder = _folder!.FullName;
        string In(string name) => Path.Combine(folder, name);
        return
        [
            ("HOME", folder), ("ERL_EPMD_PORT", Text(_mapperPort)), ("ERL_EPMD_ADDRESS", "127.0.0.1"),
            ("RABBITMQ_NODENAME", $"pushgateway{Text(_port)}@localhost"), ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"), ("RABBITMQ_NODE_PORT", Text(_port)), ("RABBITMQ_DIST_PORT", Text(_distributionPort)),
            ("RABBITMQ_MNESIA_BASE", In("data")), ("RABBITMQ_LOG_BASE", In("log")), ("RABBITMQ_CONFIG_FILE", In("none")), ("RABBITMQ_ADVANCED_CONFIG_FILE", In("none.advanced")),
            ("RABBITMQ_CONF_ENV_FILE", In("none.env")), ("RABBITMQ_ENABLED_PLUGINS_FILE", In("plugins")), ("RABBITMQ_PID_FILE", In("pid")), ("RABBITMQ_GENERATED_CONFIG_DIR", In("generated")),
        ];
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
