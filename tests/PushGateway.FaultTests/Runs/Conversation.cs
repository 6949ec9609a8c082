using PushGateway.Client;
using PushGateway.Client.Devices;
using PushGateway.Client.Events;

namespace PushGateway.FaultTests.Runs;

/// <summary>Beside the broadcasts, one phone after another registers and gets an event of its own: whatever breaks meets some of them half-way.</summary>
/// <param name="app">The app at the gateway to ask, chosen anew for each request.</param>
/// <param name="pauseMs">Between one phone and the next.</param>
internal sealed class Conversation(Func<PushGatewayAppClient> app, PersistentCaller caller, int firstNumber, int pauseMs = 5)
{
    private const int MaxLength = 300;

    private readonly List<(PlannedDevice Device, EventRequest Request, string Key, string EventId)> _said = [];

    /// <summary>Registered and published, both acknowledged.</summary>
    public IReadOnlyList<(PlannedDevice Device, EventRequest Request, string Key, string EventId)> Said => _said;

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested && _said.Count < MaxLength)
        {
            var device = new PlannedDevice(firstNumber + _said.Count, DeviceNature.Good);
            var spec = new DeviceSpec { Provider = device.ProviderName, Token = device.Token };
            await caller.CallAsync(() => app().PutDeviceAsync(device.Id, spec, CancellationToken.None));
            var request = Samples.Event(new EventAudience { Devices = [device.Id] }, null);
            var key = $"key-{device.Id}";
            var published = await caller.CallAsync(() => app().PublishAsync(request, key, CancellationToken.None));
            _said.Add((device, request, key, published.Event.Id));
            await Task.Delay(TimeSpan.FromMilliseconds(pauseMs), TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
