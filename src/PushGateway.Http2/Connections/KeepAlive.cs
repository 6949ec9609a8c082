using PushGateway.Http2.Frames;

namespace PushGateway.Http2.Connections;

/// <summary>Notices a path that died without a word: after some silence a PING, and an answer to it in time. RFC 9113, section 6.7.</summary>
internal sealed class KeepAlive(PostPoolOptions options, TimeProvider timeProvider, ControlFrames control)
{
    private long _lastReceivedAt = timeProvider.GetTimestamp();
    private long _pingedAt;
    private bool _isPinging;

    /// <summary>Anything that comes from the peer is a sign of life.</summary>
    public void OnReceived(long now) => (_lastReceivedAt, _isPinging) = (now, false);

    /// <summary>Looks whether it is time for a PING, or too late for its answer.</summary>
    /// <returns><see langword="false"/> when the connection is dead.</returns>
    public bool Check(long now, bool hasRequests)
    {
        if (_isPinging)
        {
            return timeProvider.GetElapsedTime(_pingedAt, now) < options.PingTimeout;
        }

        if ((hasRequests || options.PingsWhenIdle) && timeProvider.GetElapsedTime(_lastReceivedAt, now) >= options.PingDelay)
        {
            (_isPinging, _pingedAt) = (true, now);
            control.AddPing(FrameFlags.None, "still up"u8);
        }

        return true;
    }
}
