using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using PushGateway.Simulator.Apns;
using PushGateway.Simulator.Counting;

namespace PushGateway.Simulator.Hosting;

/// <summary>What the simulator knows of one client connection; a feature of every request on it.</summary>
internal sealed class SimulatedConnection(ConnectionContext context, ConnectionTotals totals)
{
    private int _activeStreams;
    private bool _hadAcceptedPush;

    /// <summary>The provider tokens this connection has used; null until the first valid one. Guarded by its own lock.</summary>
    public ApnsConnectionTokens ApnsTokens { get; } = new();

    /// <summary>The FCM access token last found valid, as the whole header value, so that the next equal header costs one comparison.</summary>
    public OAuth.AccessToken? LastAccessToken { get; set; }

    public bool HadAcceptedPush => Volatile.Read(ref _hadAcceptedPush);

    /// <returns>Streams in progress on this connection, this one included.</returns>
    public int StreamOpened()
    {
        var streams = Interlocked.Increment(ref _activeStreams);
        totals.StreamsNow(streams);
        return streams;
    }

    public void StreamClosed() => Interlocked.Decrement(ref _activeStreams);

    public void PushAccepted()
    {
        if (!_hadAcceptedPush)
        {
            Volatile.Write(ref _hadAcceptedPush, true);
        }
    }

    /// <summary>Sends GOAWAY and closes once the streams in progress are finished.</summary>
    public void CloseGracefully() => context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();

    /// <summary>Cuts the connection off without GOAWAY.</summary>
    public void Abort() => context.Abort();
}
