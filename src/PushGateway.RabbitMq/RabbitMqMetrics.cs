using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PushGateway.RabbitMq;

/// <summary>What goes through the broker. Its queues are those of the settings, so there is a bound to them.</summary>
internal sealed class RabbitMqMetrics
{
    public const string Publishing = "notices";

    private const string MeterName = "PushGateway.RabbitMq";

    private readonly ConcurrentDictionary<string, bool> _connected = new();
    private readonly Counter<long> _messages;
    private readonly UpDownCounter<long> _held;
    private readonly Counter<long> _notices;

    public RabbitMqMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            "pushgateway.rabbitmq.connected", () => _connected.Select(entry => new Measurement<int>(entry.Value ? 1 : 0, new KeyValuePair<string, object?>("purpose", entry.Key))), "{connection}",
            "Whether there is a connection to RabbitMQ: for each queue that events are taken from, and for notices.");
        _messages = meter.CreateCounter<long>("pushgateway.rabbitmq.messages", "{message}", "Messages of queues, by what became of them: taken, dead, returned.");
        _held = meter.CreateUpDownCounter<long>("pushgateway.rabbitmq.held", "{message}", "Messages of queues that cannot be taken now: the gateway keeps them and tries again.");
        _notices = meter.CreateCounter<long>("pushgateway.rabbitmq.notices", "{notice}", "Notices given to exchanges and confirmed.");
    }

    public void Connected(string purpose, bool isConnected) => _connected[purpose] = isConnected;

    public void Count(string queue, string result) =>
        _messages.Add(1, new KeyValuePair<string, object?>("queue", queue), new KeyValuePair<string, object?>("result", result));

    public void Held(string queue, int change) => _held.Add(change, new KeyValuePair<string, object?>("queue", queue));

    public void Published(int notices) => _notices.Add(notices);
}
