using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PushGateway.Client;

namespace PushGateway.Server.Tests.EndToEnd;

/// <summary>The real executable, serving a store in a temporary folder; can be stopped, killed and started again.</summary>
/// <remarks>Shared with the fault suite, which starts it in ways that fail.</remarks>
internal sealed class GatewayProcess : IAsyncDisposable
{
    public const string AdminKey = "end-to-end-tests-admin-key-0123456789";

    /// <summary>What a failing test shows of the log.</summary>
    private const int MaxOutputLines = 2_000;

    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);

    private static readonly ConcurrentDictionary<int, bool> s_givenPorts = new();

    private readonly Dictionary<string, string> _settings;
    private readonly HttpClient _http;
    private readonly Queue<string> _output = [];
    private Process? _process;

    /// <param name="folder">Deleted in the end; <see langword="null"/> for an empty one of its own.</param>
    public GatewayProcess(IEnumerable<(string Setting, string Value)> settings, string? folder = null)
    {
        _settings = settings.ToDictionary(setting => setting.Setting, setting => setting.Value);
        Folder = folder ?? Directory.CreateTempSubdirectory("pushgateway-e2e-").FullName;
        Address = new Uri($"http://127.0.0.1:{FreePort()}");
        _http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(100) };
        Client = new PushGatewayClient(_http, AdminKey);
    }

    /// <summary>Sees every line it writes, from another thread; the output kept is only the end of it.</summary>
    public Action<string>? OnLine { get; set; }

    /// <summary>Program and arguments, when it is another build than the one of the tests.</summary>
    public IReadOnlyList<string> Command { get; init; } = ["dotnet", Path.Combine(AppContext.BaseDirectory, "pushgateway.dll"), "serve"];

    public Uri Address { get; }

    public PushGatewayClient Client { get; }

    public HttpClient Http => _http;

    /// <summary>Its working directory, with the store and the keys.</summary>
    public string Folder { get; }

    public string StoreFile => Path.Combine(Folder, "store.db");

    public int ProcessId => _process!.Id;

    public bool IsRunning => _process is { HasExited: false };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<GatewayProcess> StartAsync(params IEnumerable<(string Setting, string Value)> settings)
    {
        var gateway = new GatewayProcess(settings);
        await gateway.StartAgainAsync();
        return gateway;
    }

    public async Task StartAgainAsync()
    {
        Begin();
        await WaitUntilReadyAsync();
    }

    /// <summary>Starts the process and does not wait for anything.</summary>
    public void Begin()
    {
        _process?.Dispose();
        var start = new ProcessStartInfo(Command[0], Command.Skip(1))
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_URLS"] = Address.ToString().TrimEnd('/');
        start.Environment["PUSHGATEWAY_ADMIN_KEY"] = AdminKey;
        start.Environment["PushGateway__Storage__ConnectionString"] = $"Data Source={StoreFile}";
        foreach (var (name, value) in _settings)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("The gateway did not start.");
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>SIGTERM, as a service manager sends it.</summary>
    public async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString()]);
        await _process.WaitForExitAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(40), Cancelled);
        Assert.True(_process.ExitCode is 0 or 143, $"exit code {_process.ExitCode}\n{Output}");
    }

    /// <summary>SIGSTOP: it does nothing at all until <see cref="WakeAsync"/>.</summary>
    public Task FreezeAsync() => SignalAsync("-STOP");

    /// <summary>SIGCONT.</summary>
    public Task WakeAsync() => SignalAsync("-CONT");

    /// <summary>Waits for it to end by itself.</summary>
    public Task WaitForExitAsync(TimeSpan limit) => _process!.WaitForExitAsync(Cancelled).WaitAsync(limit, Cancelled);

    /// <summary>SIGKILL: nothing is drained, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(Cancelled);
    }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process?.Dispose();
        _http.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process!.Id.ToString()]);
        await kill.WaitForExitAsync(Cancelled);
    }

    /// <summary>
    /// Below the ports that outgoing connections get: while a server is down, one of those could take its port, and it could not
    /// start again. None is given twice: whoever has it may not listen yet, or may be down.
    /// </summary>
    internal static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(15_000, 32_000);
            if (!s_givenPorts.TryAdd(port, true))
            {
                continue;
            }

            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one, then.
            }
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        OnLine?.Invoke(line.Data ?? string.Empty);
        lock (_output)
        {
            _output.Enqueue(line.Data ?? string.Empty);
            while (_output.Count > MaxOutputLines)
            {
                _output.Dequeue();
            }
        }
    }

    public async Task WaitUntilReadyAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            Assert.False(_process!.HasExited, $"The gateway ended while starting:\n{Output}");
            Assert.True(Stopwatch.GetElapsedTime(started) < s_startLimit, $"The gateway does not get ready:\n{Output}");
            try
            {
                using var response = await _http.GetAsync(new Uri("/readyz", UriKind.Relative), Cancelled);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancelled);
        }
    }
}
