using System.Buffers;
using PushGateway.Core.FanOut;

namespace PushGateway.Storage.FanOut;

/// <summary>The form in which the charges of neighbouring subscribers are stored: two or three bytes for each charge.</summary>
/// <remarks>
/// Layout, version 1: the byte 1; number of events, then their keys, ascending, as differences; number of subscribers, then for each the
/// difference of its key to the one before, how many events it was charged for, and the index of each. All numbers are unsigned LEB128.
/// </remarks>
internal static class ChargesBlob
{
    private const byte Version = 1;

    /// <returns>By subscriber key, the keys of the events.</returns>
    /// <exception cref="FormatException">The bytes are no such blob: the store is damaged.</exception>
    public static SortedDictionary<long, List<long>> Read(ReadOnlySpan<byte> blob)
    {
        var charges = new SortedDictionary<long, List<long>>();
        if (blob.IsEmpty)
        {
            return charges;
        }

        if (blob[0] != Version)
        {
            throw new FormatException($"Charges of version {blob[0]} are unknown.");
        }

        var position = 1;
        var events = ReadAscending(blob, ref position);
        var subscriberKey = 0L;
        for (var subscribers = Varint.Read(blob, ref position); subscribers > 0; subscribers--)
        {
            subscriberKey += (long)Varint.Read(blob, ref position);
            var charged = new List<long>();
            for (var count = Varint.Read(blob, ref position); count > 0; count--)
            {
                charged.Add(events[(int)Varint.Read(blob, ref position)]);
            }

            charges[subscriberKey] = charged;
        }

        return charges;
    }

    public static byte[] Write(SortedDictionary<long, List<long>> charges)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        buffer.Write([Version]);
        List<long> events = [.. charges.Values.SelectMany(static charged => charged).Distinct().Order()];
        Varint.Write(buffer, (ulong)events.Count);
        var before = 0L;
        foreach (var eventKey in events)
        {
            Varint.Write(buffer, (ulong)(eventKey - before));
            before = eventKey;
        }

        Varint.Write(buffer, (ulong)charges.Count);
        before = 0;
        foreach (var (subscriberKey, charged) in charges)
        {
            Varint.Write(buffer, (ulong)(subscriberKey - before));
            before = subscriberKey;
            Varint.Write(buffer, (ulong)charged.Count);
            foreach (var eventKey in charged)
            {
                Varint.Write(buffer, (ulong)events.BinarySearch(eventKey));
            }
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static long[] ReadAscending(ReadOnlySpan<byte> blob, ref int position)
    {
        var count = Varint.Read(blob, ref position);
        if (count > (ulong)blob.Length)
        {
            throw new FormatException("The charges end too early.");
        }

        var keys = new long[count];
        var key = 0L;
        for (var index = 0; index < keys.Length; index++)
        {
            keys[index] = key += (long)Varint.Read(blob, ref position);
        }

        return keys;
    }
}
