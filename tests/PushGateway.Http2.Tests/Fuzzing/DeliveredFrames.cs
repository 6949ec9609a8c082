using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>What the server's bytes say by an understanding of their own, as far as they keep to the protocol: what an answer may be made of.</summary>
/// <param name="trace">Gets each frame.</param>
internal sealed class DeliveredFrames(ClientRules rules, Action<string>? trace)
{
    private const int MaxFrameSize = 16_384;

    private readonly FrameSplitter _splitter = new();
    private readonly RequestHeaderDecoder _decoder = new();
    private readonly Dictionary<int, DeliveredStream> _streams = [];
    private readonly List<byte> _block = [];
    private WireFrame? _blockStart;
    private bool _hasSettings;

    /// <summary>The protocol was broken: nothing that came after counts.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Header blocks are not understood any more.</summary>
    public bool HasLostTable { get; private set; }

    /// <summary>Whether a frame is here in part.</summary>
    public bool IsIncomplete => !_splitter.IsEmpty || _blockStart is not null;

    /// <summary>The lowest last stream id of a GOAWAY.</summary>
    public int LastStreamId { get; private set; } = int.MaxValue;

    /// <summary>PINGs that the client has to answer, oldest first.</summary>
    public Queue<byte[]> Pings { get; } = new();

    /// <summary>The kind of the latest frame, for telling cases apart.</summary>
    public int Kind { get; private set; }

    public DeliveredStream Stream(int streamId)
    {
        if (!_streams.TryGetValue(streamId, out var stream))
        {
            _streams.Add(streamId, stream = new DeliveredStream());
            stream.Refuse(streamId > LastStreamId);
        }

        return stream;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _splitter.Add(bytes);
        while (!IsBroken && _splitter.NextLength is { } length)
        {
            IsBroken = length > MaxFrameSize;
            if (IsBroken || _splitter.Take() is not { } frame)
            {
                return;
            }

            trace?.Invoke($"  server: {frame}");
            IsBroken = !IsInOrder(frame) || !HasForm(frame);
            Kind = HashCode.Combine(Math.Min((int)frame.Type, 10), frame.Flags & 0x2d, IsBroken, frame.StreamId == 0);
            if (!IsBroken)
            {
                _hasSettings = true;
                rules.Sent(frame);
                Note(frame);
            }
        }
    }

    private bool IsInOrder(WireFrame frame) =>
        (_hasSettings || frame is { Type: WireFrameType.Settings, IsAck: false }) &&
        (_blockStart is null ? frame.Type != WireFrameType.Continuation : frame.Type == WireFrameType.Continuation && frame.StreamId == _blockStart.StreamId);

    private static bool HasForm(WireFrame frame)
    {
        switch (frame.Type)
        {
            case WireFrameType.Settings:
                return frame.StreamId == 0 && frame.Payload.Length % 6 == 0 && (!frame.IsAck || frame.Payload.Length == 0);
            case WireFrameType.Ping:
                return frame.StreamId == 0 && frame.Payload.Length == 8;
            case WireFrameType.GoAway:
                return frame.StreamId == 0 && frame.Payload.Length >= 8;
            case WireFrameType.WindowUpdate:
                return frame.Payload.Length == 4;
            case WireFrameType.RstStream:
                return frame.StreamId % 2 == 1 && frame.Payload.Length == 4;
            case WireFrameType.Priority:
                return frame.StreamId != 0 && frame.Payload.Length == 5;
            case WireFrameType.PushPromise:
                return false;
            case WireFrameType.Data or WireFrameType.Headers:
                try
                {
                    return frame.Content.Length >= 0 && frame.StreamId % 2 == 1;
                }
                catch (InvalidDataException)
                {
                    return false;
                }

            default:
                return true;
        }
    }

    private void Note(WireFrame frame)
    {
        switch (frame.Type)
        {
            case WireFrameType.Headers:
                _blockStart = frame;
                _block.Clear();
                AddToBlock(frame, frame.Content);
                break;
            case WireFrameType.Continuation:
                AddToBlock(frame, frame.Payload);
                break;
            case WireFrameType.Data:
                Stream(frame.StreamId).AddData(frame.Content, frame.EndsStream);
                break;
            case WireFrameType.RstStream:
                var reset = Stream(frame.StreamId);
                reset.Refuse(frame.Error == WireError.RefusedStream);
                reset.IsReset = true;
                break;
            case WireFrameType.GoAway:
                LastStreamId = Math.Min(LastStreamId, frame.Number);
                foreach (var (id, stream) in _streams)
                {
                    stream.Refuse(id > frame.Number);
                }

                break;
            case WireFrameType.Ping when !frame.IsAck:
                Pings.Enqueue(frame.Payload);
                break;
        }
    }

    private void AddToBlock(WireFrame frame, ReadOnlySpan<byte> fragment)
    {
        _block.AddRange(fragment);
        if ((frame.Flags & WireFrame.EndHeaders) == 0)
        {
            return;
        }

        int? status = null;
        try
        {
            status = HasLostTable ? null : ReadStatus(_decoder.Decode([.. _block]));
        }
        catch (InvalidDataException)
        {
            HasLostTable = true;
        }

        Stream(_blockStart!.StreamId).AddHead(status, _blockStart.EndsStream);
        _blockStart = null;
    }

    private static int ReadStatus(List<(string Name, string Value)> fields) =>
        int.TryParse(fields.FirstOrDefault(field => field.Name == ":status").Value, out var status) ? status : 0;
}

/// <summary>What came on one stream until it ended.</summary>
internal sealed class DeliveredStream
{
    /// <summary>The first status that is not interim; 0 when it is not known.</summary>
    public int Status { get; private set; }

    /// <summary>Whether the final head has come, or something that may be one.</summary>
    public bool HasHead { get; private set; }

    public bool HasEnded { get; private set; }

    public List<byte> Body { get; } = [];

    /// <summary>Whether it was reset, for whatever reason.</summary>
    public bool IsReset { get; set; }

    /// <summary>Whether the server said, before any answer, that the request was not processed. What it says later is a lie.</summary>
    public bool IsRefused { get; private set; }

    public void Refuse(bool isRefused) => IsRefused |= isRefused && !HasHead && !IsReset;

    /// <param name="status"><see langword="null"/> when it is not known.</param>
    public void AddHead(int? status, bool endsStream)
    {
        if (HasEnded || IsRefused || IsReset)
        {
            return;
        }

        if (!HasHead && status is not (>= 100 and < 200))
        {
            HasHead = true;
            Status = status ?? 0;
        }

        HasEnded = endsStream;
    }

    public void AddData(ReadOnlySpan<byte> data, bool endsStream)
    {
        if (!HasEnded && !IsRefused && !IsReset)
        {
            Body.AddRange(data);
            HasEnded = endsStream;
        }
    }
}
