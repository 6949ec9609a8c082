namespace PushGateway.Http2.Tests.Doubles;

/// <summary>What the client has allowed a server to send (RFC 9113, section 6.9), for servers that keep to it.</summary>
internal sealed class AnswerWindow
{
    private readonly Dictionary<int, long> _streams = [];
    private long _initial = 65_535;
    private long _connection = 65_535;

    /// <summary>Takes note of what the client sent. Its SETTINGS come once, before any stream.</summary>
    public void Received(WireFrame frame)
    {
        if (frame is { Type: WireFrameType.Settings, IsAck: false })
        {
            _initial = frame.ReadSettings().Where(setting => setting.Id == WireSetting.InitialWindowSize).Select(setting => setting.Value).LastOrDefault(_initial);
        }
        else if (frame is { Type: WireFrameType.WindowUpdate, StreamId: 0 })
        {
            _connection += frame.Number;
        }
        else if (frame.Type == WireFrameType.WindowUpdate)
        {
            _streams[frame.StreamId] = _streams.GetValueOrDefault(frame.StreamId, _initial) + frame.Number;
        }
    }

    /// <summary>Takes bytes out of both windows, or none.</summary>
    public bool TryTake(int streamId, int bytes)
    {
        var stream = _streams.GetValueOrDefault(streamId, _initial);
        if (stream < bytes || _connection < bytes)
        {
            return false;
        }

        _streams[streamId] = stream - bytes;
        _connection -= bytes;
        return true;
    }

    /// <summary>Takes bytes out of the connection's window only: the client has closed the stream.</summary>
    public bool TryTakeOfConnection(int bytes)
    {
        if (_connection < bytes)
        {
            return false;
        }

        _connection -= bytes;
        return true;
    }
}
