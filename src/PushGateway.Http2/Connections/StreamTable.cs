using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using PushGateway.Http2.Frames;

namespace PushGateway.Http2.Connections;

/// <summary>The open streams of a connection, found by their id without searching.</summary>
/// <remarks>
/// The slots are a ring: a stream's place follows from its id. When the place of the next id is still taken by an old stream that is
/// waiting for its answer, that id is skipped, which the protocol allows (RFC 9113, section 5.1.1). The ring is twice as large
/// as the number of streams, so that this is rare.
/// </remarks>
internal sealed class StreamTable
{
    private const int MaxStreamId = int.MaxValue;

    private readonly StreamSlot[] _slots;
    private readonly int _mask;
    private long _nextId;

    /// <param name="capacity">Streams that may be open at a time, 1 or more.</param>
    /// <param name="firstId">Odd; 1 but in tests of what happens when the ids run out.</param>
    public StreamTable(int capacity, int firstId = 1)
    {
        _slots = new StreamSlot[BitOperations.RoundUpToPowerOf2((uint)capacity * 2)];
        _mask = _slots.Length - 1;
        _nextId = firstId;
        Capacity = capacity;
    }

    public int Capacity { get; }

    /// <summary>Streams open now.</summary>
    public int Open { get; private set; }

    /// <summary>Whether so few ids are left that another connection should be made ready: half a million requests.</summary>
    public bool IsNearlyExhausted => MaxStreamId - _nextId < 2L * 512 * 1024;

    /// <summary>Whether no further stream may be opened: fewer ids are left than one time around the ring might skip.</summary>
    public bool IsExhausted => MaxStreamId - _nextId < 4L * _slots.Length;

    /// <summary>Opens the next stream. Only while <see cref="Open"/> is below <see cref="Capacity"/> and ids are left.</summary>
    /// <returns>Its slot, cleared but for the id.</returns>
    public ref StreamSlot Add()
    {
        while (_slots[(int)(_nextId >> 1) & _mask].StreamId != 0)
        {
            _nextId += 2;
        }

        ref var slot = ref _slots[(int)(_nextId >> 1) & _mask];
        slot.StreamId = (int)_nextId;
        slot.ContentLength = -1;
        _nextId += 2;
        Open++;
        return ref slot;
    }

    /// <summary>The open stream's slot, or a null reference when the stream is closed.</summary>
    /// <exception cref="ConnectionErrorException">No stream of that id was ever opened.</exception>
    public ref StreamSlot Find(int streamId)
    {
        if (streamId >= _nextId || (streamId & 1) == 0)
        {
            throw new ConnectionErrorException(ErrorCode.ProtocolError, "A frame on a stream that was not opened.");
        }

        ref var slot = ref _slots[(streamId >> 1) & _mask];
        return ref slot.StreamId == streamId ? ref slot : ref Unsafe.NullRef<StreamSlot>();
    }

    /// <summary>Closes a stream and returns what it had rented.</summary>
    public void Remove(ref StreamSlot slot)
    {
        if (slot.Rest is { } rest)
        {
            ArrayPool<byte>.Shared.Return(rest);
        }

        if (slot.Body is { } body)
        {
            ArrayPool<byte>.Shared.Return(body);
        }

        slot = default;
        Open--;
    }

    /// <summary>All slots, free ones included, for the rare walks over everything.</summary>
    public Span<StreamSlot> Slots => _slots;
}
