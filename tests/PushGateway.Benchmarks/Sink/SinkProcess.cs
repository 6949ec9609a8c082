using PushGateway.Benchmarks.Processes;
using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks.Sink;

/// <summary>A sink in a process of its own, so that its processor time is not taken for that of what is measured. Whoever asks it something waits for their turn.</summary>
internal sealed class SinkProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly LineProcess _process;

    private SinkProcess(LineProcess process, SinkAddress address) => (_process, Address) = (process, address);

    public SinkAddress Address { get; }

    public static async Task<SinkProcess> StartAsync(SinkOptions options, bool hasTokenEndpoint, CancellationToken cancellationToken)
    {
        List<string> arguments = ["sink", "--json", "--streams", $"{options.Streams}", "--delay", $"{options.Delay.TotalMilliseconds:F0}", "--arrivals", $"{options.Arrivals}"];
        if (options.HasApnsId)
        {
            arguments.Add("--apns-id");
        }

        if (options.Faults != FaultKind.None)
        {
            arguments.AddRange(["--faults", options.Faults.ToString()]);
        }

        if (hasTokenEndpoint)
        {
            arguments.Add("--token-endpoint");
        }

        var process = LineProcess.Start([.. arguments]);
        try
        {
            return new SinkProcess(process, BenchmarkJson.Read<SinkAddress>(await process.HearAsync(s_limit, cancellationToken)));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public Task<SinkStats> ReadStatsAsync(CancellationToken cancellationToken) => AskAsync(SinkCommand.Stats, cancellationToken);

    /// <summary>Counts from now on.</summary>
    public Task ResetAsync(CancellationToken cancellationToken) => AskAsync(SinkCommand.Reset, cancellationToken);

    /// <summary>Has the arrivals of numbered events written to a file; see <see cref="Arrivals"/>.</summary>
    public Task<SinkStats> WriteArrivalsAsync(string file, CancellationToken cancellationToken) => AskAsync(SinkCommand.Arrivals + file, cancellationToken);

    /// <summary>Waits for the first request since the last reset.</summary>
    /// <returns>When its first byte had been read, on the clock of <c>Stopwatch.GetTimestamp</c>, which is the whole machine's.</returns>
    /// <exception cref="BenchmarkException">None came in time.</exception>
    public async Task<long> WaitForFirstAsync(CancellationToken cancellationToken)
    {
        var stats = await AskAsync(SinkCommand.First, cancellationToken);
        return stats.FirstRequestAt != 0 ? stats.FirstRequestAt : throw new BenchmarkException("No request reached the sink.");
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _turn.Dispose();
    }

    private async Task<SinkStats> AskAsync(string command, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await _process.SayAsync(command, cancellationToken);
            return BenchmarkJson.Read<SinkStats>(await _process.HearAsync(SinkCommand.FirstLimit + s_limit, cancellationToken));
        }
        finally
        {
            _turn.Release();
        }
    }
}
