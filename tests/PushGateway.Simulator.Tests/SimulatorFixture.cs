namespace PushGateway.Simulator.Tests;

/// <summary>A simulator, the clock it goes by, and clients that trust it. Each test makes its own.</summary>
public sealed class SimulatorFixture : IAsyncDisposable
{
    private SimulatorFixture(ProviderSimulator simulator, SteppedClock clock)
    {
        Simulator = simulator;
        Clock = clock;
        Apns = new ApnsTestClient(simulator, clock);
        Fcm = new FcmTestClient(simulator, clock);
    }

    public ProviderSimulator Simulator { get; }

    /// <summary>Stands still unless moved; starts at the real time, so that clients with clocks of their own agree with it.</summary>
    public SteppedClock Clock { get; }

    public SimulatorControl Control => Simulator.Control;

    public ApnsTestClient Apns { get; }

    public FcmTestClient Fcm { get; }

    public static async Task<SimulatorFixture> StartAsync(SimulatorOptions? options = null)
    {
        var clock = new SteppedClock(TimeProvider.System.GetUtcNow());
        var simulator = await ProviderSimulator.StartAsync(options ?? new SimulatorOptions(), clock, TestContext.Current.CancellationToken);
        return new SimulatorFixture(simulator, clock);
    }

    public async ValueTask DisposeAsync()
    {
        Apns.Dispose();
        Fcm.Dispose();
        await Simulator.DisposeAsync();
    }
}
