using System.Globalization;
using PushGateway.Http2.Tests.Doubles;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>Makes what a server sends: right when it is polite, otherwise anything between right and noise.</summary>
internal sealed class FuzzServer(Tape tape, bool isPolite)
{
    private static readonly byte[] s_zeros = new byte[17_000];
    private static readonly string s_long = new('v', 60);
    private static readonly string s_huge = new('~', 5_000);

    private readonly AnswerBlocks _blocks = new(tape);
    private readonly AnswerWindow _window = new();
    private readonly List<ServedStream> _streams = [];
    private readonly List<byte[]> _out = [];
    private int _lastStreamId;
    private bool _isGoing;

    /// <summary>What the client sent.</summary>
    /// <param name="begun">The request that it began or ended, if any.</param>
    public void Received(WireFrame frame, ReceivedRequest? begun)
    {
        _window.Received(frame);
        if (begun is not null && begun.StreamId > _lastStreamId)
        {
            _lastStreamId = begun.StreamId;
            _streams.Add(new ServedStream(begun));
        }
    }

    /// <summary>Takes what is to be sent.</summary>
    public byte[] Take()
    {
        byte[] bytes = [.. _out.SelectMany(frame => frame)];
        _out.Clear();
        return bytes;
    }

    /// <summary>What a server begins with; seldom, if it need not be polite, something else.</summary>
    public void Begin()
    {
        if (isPolite || !tape.OneIn(16))
        {
            Add(WireFrame.Settings(Settings()));
            Add(WireFrame.SettingsAck);
        }
        else
        {
            Any();
        }
    }

    /// <summary>A few frames.</summary>
    public void Play()
    {
        for (var count = 1 + tape.Below(4); count > 0; count--)
        {
            switch (tape.Below(isPolite ? 16 : 22))
            {
                case <= 8:
                    Go(isToEnd: false);
                    break;
                case 9:
                    Add(WireFrame.Settings(Settings()));
                    break;
                case 10:
                    Widen();
                    break;
                case 11:
                    Add(WireFrame.Ping(tape.Next(), ack: tape.OneIn(4)));
                    break;
                case 12:
                    Add(new WireFrame((WireFrameType)tape.Pick(11, 64, 255), tape.Next(), tape.Pick(0, 1, _lastStreamId), s_zeros[..tape.Next()]));
                    break;
                case 13:
                    Add(new WireFrame((WireFrameType)0x2, tape.Next(), 1 + tape.Next(), s_zeros[..5]));
                    break;
                case 14 when tape.OneIn(4):
                    GoAway();
                    break;
                case 15:
                    Reset();
                    break;
                default:
                    Any();
                    break;
            }
        }

        if (!isPolite && tape.OneIn(6))
        {
            Mutate();
        }
    }

    /// <summary>From now on everything is allowed, and the open streams are brought to their end.</summary>
    public void BeginToEnd()
    {
        Add(WireFrame.Settings((WireSetting.MaxConcurrentStreams, 100), (WireSetting.InitialWindowSize, 2_000_000)));
        Add(WireFrame.WindowUpdate(0, 2_000_000));
    }

    /// <summary>Answers what has arrived whole.</summary>
    public void GoToEnd() => Go(isToEnd: true);

    private void Go(bool isToEnd)
    {
        _streams.RemoveAll(stream => stream.IsDone || stream.Request.IsReset);
        if (isToEnd)
        {
            foreach (var stream in _streams.Where(stream => stream.Request.HasEnded))
            {
                GoOn(stream, isToEnd: true);
            }
        }
        else if (_streams.Count > 0)
        {
            GoOn(_streams[tape.Below(_streams.Count)], isToEnd: false);
        }
    }

    /// <summary>The next piece of an answer.</summary>
    private void GoOn(ServedStream stream, bool isToEnd)
    {
        if (stream.HasHead)
        {
            GoOnWithBody(stream, isToEnd);
            return;
        }

        if (!isToEnd && tape.OneIn(6))
        {
            AddHeaders(stream.Id, _blocks.Encode((":status", tape.Pick("103", "100"))), endStream: false);
            return;
        }

        stream.HasHead = true;
        var status = tape.Pick("200", "200", "200", "410", "429", "503", "400", "204");
        List<(string, string)> fields = [(":status", status)];
        stream.Left = tape.Pick(0, 0, 4, 40, 300, 5_000, 40_000, 0);
        if (tape.OneIn(3))
        {
            fields.Add(("content-length", stream.Left.ToString(CultureInfo.InvariantCulture)));
        }

        for (var more = tape.Pick(0, 0, 0, 1, 2, 3); more > 0; more--)
        {
            fields.Add(tape.Pick(
                ("apns-id", "EC1BF194-B3B2-424A-89A9-5A918A6E6B5D"), ("date", "Wed, 21 Oct 2026 07:28:00 GMT"), ("retry-after", "120"),
                ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"), ("content-type", "application/json"), ("x-long", s_long), ("x-n", tape.Next().ToString(CultureInfo.InvariantCulture)),
                tape.OneIn(8) ? ("x-huge", s_huge) : ("server", "fuzz")));
        }

        if (!isPolite && tape.OneIn(16))
        {
            fields.Insert(tape.Below(fields.Count + 1), tape.Pick(
                ("Upper", "1"), (":status", "200"), (":path", "/"), ("connection", "close"), ("", ""), ("x", "\r\n"), ("content-length", "-1"), ("content-length", "7")));
        }

        stream.IsDone = stream.Left == 0 && tape.OneIn(2);
        AddHeaders(stream.Id, _blocks.Encode(fields), stream.IsDone);
    }

    private void GoOnWithBody(ServedStream stream, bool isToEnd)
    {
        var length = Math.Min(stream.Left, isToEnd ? 16_000 : tape.Pick(16_000, 1, 10, 255, 0));
        var padding = tape.OneIn(8) ? tape.Next() : -1;
        var endsHere = length == stream.Left && tape.OneIn(2);
        if (length > 0 || endsHere)
        {
            var frame = WireFrame.Data(stream.Id, s_zeros[..length], endsHere);
            frame = padding >= 0 ? frame.WithPadding(padding) : frame;
            if (isPolite && !_window.TryTake(stream.Id, frame.Payload.Length))
            {
                return;
            }

            stream.Left -= length;
            stream.IsDone = endsHere;
            Add(frame);
        }
        else if (stream.Left == 0)
        {
            stream.IsDone = true;
            AddHeaders(stream.Id, _blocks.Encode(("x-checksum", "1")), endStream: true);
        }
    }

    private void AddHeaders(int streamId, byte[] block, bool endStream)
    {
        var parts = tape.Pick(1, 1, 1, 2, 3);
        for (var part = 0; part < parts; part++)
        {
            var length = part == parts - 1 ? block.Length : Math.Min(block.Length, (int)tape.Next());
            var isLast = part == parts - 1;
            var frame = part == 0 ? WireFrame.Headers(streamId, block[..length], endStream, isLast) : WireFrame.Continuation(streamId, block[..length], isLast);
            if (part == 0 && tape.OneIn(8))
            {
                frame = frame with { Flags = frame.Flags | WireFrame.PriorityFlag, Payload = [.. s_zeros[..5], .. frame.Payload] };
            }

            Add(part == 0 && tape.OneIn(8) ? frame.WithPadding(tape.Next()) : frame);
            block = block[length..];
        }
    }

    private (WireSetting, long)[] Settings()
    {
        var settings = new (WireSetting, long)[tape.Below(4)];
        for (var index = 0; index < settings.Length; index++)
        {
            settings[index] = tape.Below(isPolite ? 5 : 7) switch
            {
                0 => (WireSetting.MaxConcurrentStreams, tape.Pick(0L, 1, 2, 5, 100)),
                1 => (WireSetting.InitialWindowSize, tape.Pick(0L, 1, 100, 65_535, 1_000_000)),
                2 => (WireSetting.HeaderTableSize, tape.Pick<long>(0, 100, 4_096, 65_536, uint.MaxValue)),
                3 => (WireSetting.MaxFrameSize, tape.Pick(16_384, 16_385, 16_777_215)),
                4 => (WireSetting.MaxHeaderListSize, tape.Next()),
                5 => (WireSetting.InitialWindowSize, int.MaxValue),
                _ => ((WireSetting)tape.Next(), tape.Pick<long>(0, 1, tape.Next(), int.MaxValue, uint.MaxValue)),
            };
        }

        return settings;
    }

    private void Widen()
    {
        var increment = tape.Pick(1, 100, 16_384, 100_000);
        if (!isPolite && tape.OneIn(4))
        {
            increment = tape.Pick(0, int.MaxValue, 1 << 30);
        }

        // On a stream that was never opened it would be an error.
        Add(WireFrame.WindowUpdate(tape.OneIn(2) || (isPolite && _streams.Count == 0) ? 0 : OneStream(), increment));
    }

    private void Reset()
    {
        var error = (WireError)tape.Pick(7, 7, 0, 2, 8, 11, isPolite ? 13 : tape.Next());
        if (_streams.Count > 0)
        {
            var stream = _streams[tape.Below(_streams.Count)];

            // A refusal after the head would be a lie.
            error = isPolite && stream.HasHead && error == WireError.RefusedStream ? WireError.Cancel : error;
            stream.IsDone = true;
            Add(WireFrame.Reset(stream.Id, error));
        }
    }

    private void GoAway()
    {
        // A polite server may say it twice, but takes nothing back.
        if (!isPolite || !_isGoing)
        {
            var last = isPolite ? tape.Pick(_lastStreamId, int.MaxValue) : tape.Pick(0, 1, 3, _lastStreamId, int.MaxValue);
            _isGoing = last != int.MaxValue;
            _streams.RemoveAll(stream => stream.Id > last);
            Add(WireFrame.GoAway(last, (WireError)tape.Below(14), tape.Pick("", "bye", "{\"reason\":\"Shutdown\"}")));
        }
    }

    private int OneStream() => _streams.Count > 0 ? _streams[tape.Below(_streams.Count)].Id : tape.Pick(1, 3, 5, Math.Max(1, _lastStreamId));

    /// <summary>A frame that follows no rule, or no frame at all.</summary>
    private void Any()
    {
        if (isPolite)
        {
            return;
        }

        if (tape.OneIn(8))
        {
            _out.Add(Bytes(tape.Below(32)));
            return;
        }

        var payload = tape.Below(6) switch
        {
            0 => Bytes(tape.Below(24)),
            1 => Bytes(4),
            2 => HeaderLiterals.Encode((":status", tape.Pick("200", "103", "x"))),
            3 => s_zeros[..tape.Pick(5, 8, 9_000, 16_384, 16_385, 17_000)],
            4 => [],
            _ => _blocks.Encode((":status", "200"), ("a", "b")),
        };
        Add(new WireFrame((WireFrameType)tape.Pick(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, tape.Next()), tape.Pick(0, 1, 4, 5, 8, 12, 13, 32, 45, tape.Next()), tape.OneIn(3) ? tape.Pick(0, 2, int.MaxValue) : OneStream(), payload));
    }

    /// <summary>Damages what is to be sent: bits, order, pieces.</summary>
    private void Mutate()
    {
        for (var count = 1 + tape.Below(3); count > 0 && _out.Count > 0; count--)
        {
            var index = tape.Below(_out.Count);
            var frame = _out[index];
            var at = frame.Length == 0 ? 0 : (tape.Next() | (frame.Length > 256 && tape.OneIn(2) ? tape.Next() << 8 : 0)) % frame.Length;
            switch (tape.Below(7))
            {
                case 0 when frame.Length > 0:
                    frame[at] ^= (byte)(1 << tape.Below(8));
                    break;
                case 1 when frame.Length > 0:
                    frame[at] = tape.Next();
                    break;
                case 2:
                    _out[index] = frame[..at];
                    break;
                case 3:
                    _out.Insert(tape.Below(_out.Count), [.. frame]);
                    break;
                case 4:
                    _out.RemoveAt(index);
                    _out.Insert(tape.Below(_out.Count + 1), frame);
                    break;
                case 5:
                    _out.RemoveAt(index);
                    break;
                default:
                    _out[index] = [.. frame[..at], .. Bytes(1 + tape.Below(4)), .. frame[at..]];
                    break;
            }
        }
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var index = 0; index < count; index++)
        {
            bytes[index] = tape.Next();
        }

        return bytes;
    }

    private void Add(WireFrame frame) => _out.Add(frame.ToBytes());

    /// <summary>A request and how far its answer is.</summary>
    private sealed class ServedStream(ReceivedRequest request)
    {
        public ReceivedRequest Request => request;

        public int Id => request.StreamId;

        public bool HasHead { get; set; }

        /// <summary>Bytes of the body still to be sent.</summary>
        public int Left { get; set; }

        public bool IsDone { get; set; }
    }
}
