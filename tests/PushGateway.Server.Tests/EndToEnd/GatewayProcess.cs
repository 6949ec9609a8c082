using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PushGateway.Client;

namespace PushGateway.Server.Tests.EndToEnd;

/// <summary>The real executable, serving a store in a temporary folder; can be stopped, killed and started again.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    public const string AdminKey = "end-to-end-tests-admin-key-0123456789";

    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("pushgateway-e2e-").FullName;
    private readonly Dictionary<string, string> _settings;
    private readonly HttpClient _http;
    private readonly List<string> _output = [];
    private Process? _process;

    private GatewayProcess(Dictionary<string, string> settings)
    {
        _settings = settings;
        Address = new Uri($"http://127.0.0.1:{FreePort()}");
        _http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(100) };
        Client = new PushGatewayClient(_http, AdminKey);
    }

    public Uri Address { get; }

    public PushGatewayClient Client { get; }

    public HttpClient Http => _http;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<GatewayProcess> StartAsync(params IEnumerable<(string Setting, string Value)> settings)
    {
        var gateway = new GatewayProcess(settings.ToDictionary(setting => setting.Setting, setting => setting.Value));
        await gateway.StartAgainAsync();
        return gateway;
    }

    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "pushgateway.dll"), "serve" },
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_URLS"] = Address.ToString().TrimEnd('/');
        start.Environment["PUSHGATEWAY_ADMIN_KEY"] = AdminKey;
        start.Environment["PushGateway__Storage__ConnectionString"] = $"Data Source={Path.Combine(_folder, "store.db")}";
        foreach (var (name, value) in _settings)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("The gateway did not start.");
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitUntilReadyAsync();
    }

    /// <summary>SIGTERM, as a service manager sends it.</summary>
    public async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString()]);
        await _process.WaitForExitAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(40), Cancelled);
        Assert.True(_process.ExitCode is 0 or 143, $"exit code {_process.ExitCode}\n{Output}");
    }

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
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.Add(line.Data ?? string.Empty);
        }
    }

    private async Task WaitUntilReadyAsync()
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
