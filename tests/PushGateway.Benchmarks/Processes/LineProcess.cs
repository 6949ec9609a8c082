using System.Diagnostics;

namespace PushGateway.Benchmarks.Processes;

/// <summary>
/// This executable once more, as a child that is spoken to in lines over its standard streams. It ends when its standard input does,
/// so also when this process is killed.
/// </summary>
internal sealed class LineProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    private LineProcess(Process process) => _process = process;

    /// <param name="arguments">As on a command line.</param>
    public static LineProcess Start(params ReadOnlySpan<string> arguments)
    {
        var executable = Environment.ProcessPath ?? throw new BenchmarkException("The path of this executable is unknown.");
        var start = new ProcessStartInfo(executable) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(executable).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Add(typeof(LineProcess).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new LineProcess(Process.Start(start)!);
    }

    /// <summary>Says one line.</summary>
    public async Task SayAsync(string line, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
    }

    /// <summary>Waits for the next line.</summary>
    /// <exception cref="BenchmarkException">The process ended instead, or said nothing in time.</exception>
    public async Task<string> HearAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(limit, TimeProvider.System, cancellationToken)
                ?? throw new BenchmarkException("A child process ended before it had answered.");
        }
        catch (TimeoutException)
        {
            throw new BenchmarkException($"A child process did not answer within {limit.TotalSeconds:N0} seconds.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            if (_process.HasExited)
            {
                return;
            }

            _process.StandardInput.Close();
            try
            {
                await _process.WaitForExitAsync().WaitAsync(s_stopLimit, TimeProvider.System);
            }
            catch (TimeoutException)
            {
                _process.Kill();
                await _process.WaitForExitAsync();
            }
        }
    }
}
