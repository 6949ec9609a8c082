using System.Text;

namespace PushGateway.Http2.Tests.Doubles;

/// <summary>Holds a client to what it has been told: windows, streams at once, frame and table size. A setting binds it once it has acknowledged it.</summary>
internal sealed class ClientRules
{
    private readonly RequestHeaderDecoder _decoder = new();
    private readonly Dictionary<int, ReceivedRequest> _streams = [];
    private readonly Queue<IReadOnlyDictionary<WireSetting, long>> _unacknowledged = new();
    private readonly Dictionary<WireSetting, long> _settings = new()
    {
        [WireSetting.HeaderTableSize] = 4096,
        [WireSetting.MaxConcurrentStreams] = long.MaxValue,
        [WireSetting.InitialWindowSize] = 65_535,
        [WireSetting.MaxFrameSize] = 16_384,
    };

    private readonly List<byte> _block = [];
    private WireFrame? _blockStart;
    private long _connectionCredit = 65_535;
    private int _lastStreamId;

    public int OpenStreams => _streams.Values.Count(stream => stream.IsOpen);

    /// <summary>The highest number of streams that were open at once.</summary>
    public int MostOpenStreams { get; private set; }

    /// <summary>SETTINGS that the client has not acknowledged yet.</summary>
    public int Unacknowledged => _unacknowledged.Count;

    public ReceivedRequest this[int streamId] => _streams[streamId];

    /// <summary>Takes note of what the server sends.</summary>
    public void Sent(WireFrame frame)
    {
        switch (frame.Type)
        {
            case WireFrameType.Settings when !frame.IsAck:
                // The last value of an id counts.
                _unacknowledged.Enqueue(frame.ReadSettings().GroupBy(setting => setting.Id).ToDictionary(group => group.Key, group => group.Last().Value));
                break;
            case WireFrameType.WindowUpdate when frame.StreamId == 0:
                _connectionCredit += frame.Number;
                break;
            case WireFrameType.WindowUpdate when _streams.TryGetValue(frame.StreamId, out var stream):
                stream.Credit += frame.Number;
                break;
            case WireFrameType.RstStream when _streams.TryGetValue(frame.StreamId, out var stream):
                stream.IsReset = true;
                break;
            case WireFrameType.Data or WireFrameType.Headers when frame.EndsStream && _streams.TryGetValue(frame.StreamId, out var stream):
                stream.IsAnswered = true;
                break;
        }
    }

    /// <summary>Checks and takes note of what the client sent.</summary>
    /// <returns>The stream that this frame began or ended, if any.</returns>
    /// <exception cref="InvalidDataException">The client broke a rule.</exception>
    public ReceivedRequest? Received(WireFrame frame)
    {
        Require(frame.Payload.Length <= Allowed(WireSetting.MaxFrameSize), "longer than SETTINGS_MAX_FRAME_SIZE", frame);
        Require(_blockStart is null || (frame.Type == WireFrameType.Continuation && frame.StreamId == _blockStart.StreamId), "inside a header block", frame);
        switch (frame.Type)
        {
            case WireFrameType.Settings when frame.IsAck:
                Require(_unacknowledged.Count > 0, "acknowledges nothing", frame);
                Apply(_unacknowledged.Dequeue());
                return null;
            case WireFrameType.Headers:
                _blockStart = frame;
                _block.AddRange(frame.Content);
                return (frame.Flags & WireFrame.EndHeaders) != 0 ? Begin() : null;
            case WireFrameType.Continuation:
                Require(_blockStart is not null, "without HEADERS", frame);
                _block.AddRange(frame.Payload);
                return (frame.Flags & WireFrame.EndHeaders) != 0 ? Begin() : null;
            case WireFrameType.Data:
                return Append(frame);
            case WireFrameType.RstStream:
                Require(_streams.TryGetValue(frame.StreamId, out var reset), "on an idle stream", frame);
                reset!.IsReset = true;
                return null;
            default:
                return null;
        }
    }

    private void Apply(IReadOnlyDictionary<WireSetting, long> settings)
    {
        foreach (var (id, value) in settings)
        {
            _settings[id] = value;
            if (id == WireSetting.HeaderTableSize)
            {
                _decoder.SetLimit((int)Math.Min(value, int.MaxValue));
            }
        }
    }

    // Until the client has acknowledged a setting it may still go by the old one.
    private long Allowed(WireSetting id) => _unacknowledged.Where(settings => settings.ContainsKey(id)).Select(settings => settings[id]).Append(_settings[id]).Max();

    private ReceivedRequest Begin()
    {
        var start = _blockStart!;
        Require(start.StreamId % 2 == 1 && start.StreamId > _lastStreamId, $"not above stream {_lastStreamId}", start);
        var headers = _decoder.Decode(_block.ToArray());
        _lastStreamId = start.StreamId;
        _blockStart = null;
        _block.Clear();
        RequireWellFormed(headers, start);
        var stream = new ReceivedRequest(start.StreamId, headers) { HasEnded = start.EndsStream };
        _streams.Add(start.StreamId, stream);
        MostOpenStreams = Math.Max(MostOpenStreams, OpenStreams);
        Require(OpenStreams <= Allowed(WireSetting.MaxConcurrentStreams), $"stream number {OpenStreams} at once", start);
        return stream;
    }

    private ReceivedRequest? Append(WireFrame frame)
    {
        Require(_streams.TryGetValue(frame.StreamId, out var stream), "on an idle stream", frame);
        Require(!stream!.HasEnded, "after the end of the stream", frame);

        // Padding counts too (RFC 9113, section 6.9.1).
        stream.Credit -= frame.Payload.Length;
        _connectionCredit -= frame.Payload.Length;
        Require(frame.Payload.Length == 0 || stream.IsReset || Allowed(WireSetting.InitialWindowSize) + stream.Credit >= 0, "beyond the stream's window", frame);
        Require(frame.Payload.Length == 0 || _connectionCredit >= 0, "beyond the connection's window", frame);
        stream.Append(frame.Content);
        stream.HasEnded = frame.EndsStream;
        return stream.HasEnded ? stream : null;
    }

    // RFC 9113, section 8.3.1.
    private static void RequireWellFormed(List<(string Name, string Value)> headers, WireFrame frame)
    {
        var pseudo = headers.TakeWhile(header => header.Name.StartsWith(':')).Select(header => header.Name).Order().ToList();
        Require(pseudo.SequenceEqual([":authority", ":method", ":path", ":scheme"]), "has other pseudo-headers: " + string.Join(' ', pseudo), frame);
        Require(headers.Skip(4).All(header => !header.Name.StartsWith(':') && !header.Name.Any(char.IsAsciiLetterUpper)), "has a misplaced or upper-case name", frame);
        Require(headers.Contains((":method", "POST")), "is no POST", frame);
    }

    private static void Require(bool condition, string problem, WireFrame frame)
    {
        if (!condition)
        {
            throw new InvalidDataException(new StringBuilder("The client broke a rule: ").Append(frame).Append(", ").Append(problem).Append('.').ToString());
        }
    }
}
