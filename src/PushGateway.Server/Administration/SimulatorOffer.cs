using PushGateway.Server.Cli;
using PushGateway.Simulator;

namespace PushGateway.Server.Administration;

/// <summary>
/// Simulated providers for whoever has no credentials yet: those of the demo when it runs, else some in this process, started when somebody first asks and
/// gone with it.
/// </summary>
internal sealed class SimulatorOffer : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private ProviderSimulator? _own;

    /// <summary>Of a simulator that runs already; <see langword="null"/> for none.</summary>
    public SimulatorDetails? Running { get; set; }

    public async Task<SimulatorDetails> DetailsAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (Running is null)
            {
                _own = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: cancellationToken);
                Running = SimulatorDetails.Of(_own);
            }

            return Running;
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }

        _starting.Dispose();
    }
}
