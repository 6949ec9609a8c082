using System.Diagnostics.Metrics;

namespace PushGateway.Live;

/// <summary>What live connections do. No tag but the transport and the reason: channels and apps have no bound.</summary>
public sealed class LiveMetrics
{
    public const string MeterName = "PushGateway.Live";

    private readonly UpDownCounter<long> _subscribers;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _ended;

    public LiveMetrics(IMeterFactory meterFactory)
    {
        ArgumentNullException.ThrowIfNull(meterFactory);
        var meter = meterFactory.Create(MeterName);
        _subscribers = meter.CreateUpDownCounter<long>("pushgateway.live.subscribers", "{subscriber}", "Live subscribers at present: one for each channel a connection follows.");
        _sent = meter.CreateCounter<long>("pushgateway.live.messages", "{message}", "Live messages given to connections, by transport.");
        _ended = meter.CreateCounter<long>("pushgateway.live.ended", "{stream}", "Live streams ended by the gateway, by reason: expired, forbidden, slow, stopping, unavailable.");
    }

    internal void Subscribed(int change) => _subscribers.Add(change);

    internal void Sent(LiveTransport transport, int messages) => _sent.Add(messages, new KeyValuePair<string, object?>("transport", transport.Name));

    internal void Ended(string reason) => _ended.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
