using System.Buffers;

namespace PushGateway.Core.FanOut;

/// <summary>The compact form of devices that wait for the same instant: about four bytes each.</summary>
/// <remarks>
/// Layout, version 1: the byte 1; number of devices; then for each the difference of its subscriber key and of its device key to those
/// of the device before (of the first to 0), zigzag-coded LEB128. The devices are in the order of their page, which is that of their keys.
/// </remarks>
public static class WaitBlob
{
    private const byte Version = 1;

    public static byte[] Write(IReadOnlyList<AudienceCursor> devices)
    {
        ArgumentNullException.ThrowIfNull(devices);
        var buffer = new ArrayBufferWriter<byte>(8 + (devices.Count * 6));
        buffer.Write([Version]);
        Varint.Write(buffer, (ulong)devices.Count);
        var before = default(AudienceCursor);
        foreach (var device in devices)
        {
            Varint.Write(buffer, Varint.ZigZag(device.SubscriberKey - before.SubscriberKey));
            Varint.Write(buffer, Varint.ZigZag(device.DeviceKey - before.DeviceKey));
            before = device;
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="FormatException">The bytes are no such blob: the store is damaged.</exception>
    public static AudienceCursor[] Read(ReadOnlySpan<byte> blob)
    {
        if (blob.IsEmpty || blob[0] != Version)
        {
            throw new FormatException("The blob of waiting devices is empty or of an unknown version.");
        }

        var position = 1;
        var count = Varint.Read(blob, ref position);
        // A device takes two bytes or more, so a damaged count cannot ask for much memory.
        if (count > (ulong)blob.Length)
        {
            throw new FormatException("The blob of waiting devices ends too early.");
        }

        var devices = new AudienceCursor[count];
        var before = default(AudienceCursor);
        for (var index = 0; index < devices.Length; index++)
        {
            devices[index] = before = new AudienceCursor(
                before.SubscriberKey + Varint.UnZigZag(Varint.Read(blob, ref position)),
                before.DeviceKey + Varint.UnZigZag(Varint.Read(blob, ref position)));
        }

        return position == blob.Length ? devices : throw new FormatException("The blob of waiting devices has bytes after its last.");
    }
}
