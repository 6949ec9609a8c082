using PushGateway.Benchmarks.Processes;
using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks.Clients;

/// <summary>A client in a process of its own, warmed up.</summary>
internal sealed class ClientProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    private readonly LineProcess _process;

    private ClientProcess(LineProcess process) => _process = process;

    public static async Task<ClientProcess> StartAsync(ClientJob job, CancellationToken cancellationToken)
    {
        var process = LineProcess.Start(ClientCommand.Name);
        try
        {
            await process.SayAsync(BenchmarkJson.Write(job), cancellationToken);
            await process.HearAsync(s_limit, cancellationToken);
            return new ClientProcess(process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>The measured part.</summary>
    /// <exception cref="BenchmarkException">A request failed: figures of failures are worth nothing.</exception>
    public async Task<ClientResult> MeasureAsync(CancellationToken cancellationToken)
    {
        await _process.SayAsync(ClientCommand.Go, cancellationToken);
        var result = BenchmarkJson.Read<ClientResult>(await _process.HearAsync(s_limit, cancellationToken));
        return result.Failures == 0 ? result : throw new BenchmarkException($"{result.Failures} of {result.Requests} requests were not answered with 200.");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
