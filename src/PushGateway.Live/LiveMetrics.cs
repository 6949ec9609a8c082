using System.Diagnostics.Metrics;
using PushGateway.Live.Transports;

namespace PushGateway.Live;

/// <summary>What live connections do. No tag but the transport and the reason: channels and apps have no bound.</summary>
public sealed class LiveMetrics
{
    public const string MeterName = "PushGateway.Live";

    private static readonly LiveTransport[] s_transports = [LiveTransport.ServerSentEvents, LiveTransport.WebSocket, LiveTransport.SignalR, LiveTransport.Grpc, LiveTransport.Polling];
    private static readonly string[] s_reasons = [EndReasons.Expired, EndReasons.Forbidden, EndReasons.Slow, EndReasons.Stopping, EndReasons.Unavailable];

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

    /// <summary>Shows every metric of the closed set as 0: one that is there only after the first time would hide that time.</summary>
    public void Announce()
    {
        _subscribers.Add(0);
        foreach (var transport in s_transports)
        {
            Sent(transport, 0);
        }

        foreach (var reason in s_reasons)
        {
            _ended.Add(0, new KeyValuePair<string, object?>("reason", reason));
        }
    }

    internal void Subscribed(int change) => _subscribers.Add(change);

    internal void Sent(LiveTransport transport, int messages) => _sent.Add(messages, new KeyValuePair<string, object?>("transport", transport.Name));

    internal void Ended(string reason) => _ended.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
