using System.Diagnostics;
using System.Text.Json;
using PushGateway.Simulator;

namespace PushGateway.Server.Cli.Demo;

/// <summary>
/// The simulator as a child process, so that its memory and processor time are not taken for the gateway's. It ends when the pipe
/// to it closes, so also when this process is killed.
/// </summary>
internal sealed class SimulatorProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly TimeProvider _time;
    private readonly HttpClient _control;
    private readonly CancellationTokenSource _ended = new();

    private SimulatorProcess(Process process, SimulatorDetails details, TimeProvider time)
    {
        (_process, Details, _time) = (process, details, time);
        _control = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = details.ControlEndpoint };
        _process.Exited += (_, _) => _ended.Cancel();
        _process.EnableRaisingEvents = true;
    }

    public SimulatorDetails Details { get; }

    /// <summary>Cancelled when the simulator has ended, by itself or because it was told to.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <exception cref="CliException">It did not start.</exception>
    public static async Task<SimulatorProcess> StartAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var process = Process.Start(SameExecutable("simulate", SimulateCommand.ChildOption))!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(s_startTimeout, time, cancellationToken)
                ?? throw new CliException("The simulator ended before it had started.");
            return new SimulatorProcess(process, SimulatorDetails.Parse(line), time);
        }
        catch (Exception exception) when (exception is TimeoutException or JsonException)
        {
            Abandon(process);
            throw new CliException($"The simulator did not start: {exception.Message}");
        }
        catch
        {
            Abandon(process);
            throw;
        }
    }

    /// <summary>What the simulated providers have seen so far.</summary>
    public async Task<SimulatorCounters> ReadCountersAsync(CancellationToken cancellationToken) =>
        await _control.GetFromJsonAsync("counters", SimulatorDetailsJson.Default.SimulatorCounters, cancellationToken)
        ?? throw new CliException("The simulator did not give its counters.");

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(s_stopTimeout, _time);
            _process.Dispose();
        }
        catch (TimeoutException)
        {
            Abandon(_process);
        }
    }

    private static void Abandon(Process process)
    {
        using (process)
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>How to start what is running now once more: an apphost by itself, <c>dotnet pushgateway.dll</c> through the host.</summary>
    private static ProcessStartInfo SameExecutable(params ReadOnlySpan<string> arguments)
    {
        var executable = Environment.ProcessPath ?? throw new CliException("The path of this executable is unknown; run simulate by hand.");
        var start = new ProcessStartInfo(executable) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(executable).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Add(typeof(SimulatorProcess).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
