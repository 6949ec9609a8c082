using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PushGateway.Benchmarks.Processes;
using PushGateway.Client;

namespace PushGateway.Benchmarks.Gateway;

/// <summary>The real gateway, <c>pushgateway serve</c>, in a process of its own.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    public const string AdminKey = "benchmark-admin-key-0123456789abcdef";

    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly HttpClient _http;
    private readonly Task _logging;

    private GatewayProcess(Process process, Uri address, string logFile)
    {
        _process = process;
        Address = address;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        Client = new PushGatewayClient(_http, AdminKey);
        _logging = Task.WhenAll(CopyAsync(process.StandardOutput, logFile), CopyAsync(process.StandardError, logFile + ".errors"));
    }

    public PushGatewayClient Client { get; }

    public Uri Address { get; }

    public int Id => _process.Id;

    public TimeSpan ProcessorTime => ProcessUsage.ProcessorTime(_process);

    /// <summary>Physical memory it holds now.</summary>
    public long ResidentBytes => ProcessUsage.ResidentBytes(_process);

    public long PeakMemoryBytes => ProcessUsage.PeakMemoryBytes(_process);

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <param name="folder">For the store, keys and logs.</param>
    /// <param name="settings">Settings of the gateway, as <c>Section:Key=value</c>.</param>
    /// <param name="isProfiled">Has the runtime name its compiled code for <c>perf</c>.</param>
    public static async Task<GatewayProcess> StartAsync(string folder, IReadOnlyList<string> settings, bool isProfiled, CancellationToken cancellationToken)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo(FindExecutable())
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("serve");
        start.ArgumentList.Add($"--urls={address.GetLeftPart(UriPartial.Authority)}");
        foreach (var setting in settings)
        {
            start.ArgumentList.Add($"--{setting}");
        }

        start.Environment["PUSHGATEWAY_ADMIN_KEY"] = AdminKey;
        start.Environment["PushGateway__Storage__ConnectionString"] = $"Data Source={Path.Combine(folder, "store.db")}";
        start.Environment["PushGateway__DataProtection__KeysDirectory"] = Path.Combine(folder, "keys");
        if (isProfiled)
        {
            start.Environment["DOTNET_PerfMapEnabled"] = "1";
            // Compiled code that is mapped twice is a file to perf, which then does not look for names in the map.
            start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        }

        var gateway = new GatewayProcess(Process.Start(start)!, address, Path.Combine(folder, "gateway.log"));
        try
        {
            await gateway.WaitUntilReadyAsync(folder, cancellationToken);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <returns><see langword="false"/> when the peak cannot be reset, and is that since the start.</returns>
    public bool TryResetPeakMemory() => ProcessUsage.TryResetPeakMemory(_process);

    /// <summary>Stops it as a service manager does, so that a store that is kept is whole and small.</summary>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        using (_process)
        {
            try
            {
                if (!_process.HasExited)
                {
                    using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
                }

                await _process.WaitForExitAsync().WaitAsync(s_stopLimit, TimeProvider.System);
            }
            catch (TimeoutException)
            {
                _process.Kill();
                await _process.WaitForExitAsync();
            }

            await _logging;
        }
    }

    private async Task WaitUntilReadyAsync(string folder, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > s_startLimit)
            {
                throw new BenchmarkException($"The gateway did not start. Its log is in {folder}.");
            }

            try
            {
                using var response = await _http.GetAsync(new Uri("readyz", UriKind.Relative), cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(s_pollInterval, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>The one built together with the benchmarks, in the same configuration.</summary>
    public static string FindExecutable()
    {
        // …/tests/PushGateway.Benchmarks/bin/Release/net10.0
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var configuration = framework.Parent;
        var root = configuration?.Parent?.Parent?.Parent?.Parent;
        var executable = Path.Combine(root?.FullName ?? "", "src", "PushGateway.Server", "bin", configuration?.Name ?? "", framework.Name, "pushgateway");
        return File.Exists(executable) ? executable : throw new BenchmarkException($"There is no gateway at {executable}; run the benchmarks from where they were built.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task CopyAsync(StreamReader output, string file)
    {
        // Nothing is held back: a benchmark may look for a line while the gateway runs.
        await using var log = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        await output.BaseStream.CopyToAsync(log);
    }
}
