using System.Buffers;
using System.Text;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Core.FanOut;

/// <summary>The compact form of a page's receipts: about two bytes a device.</summary>
/// <remarks>
/// <para>One section per (provider, outcome, reason): the reason's text once, then the keys of its devices in ascending order as
/// differences. Device keys are handed out in sequence, so within a shard neighbours differ by little.</para>
/// <para>Layout, version 1: the byte 1; number of sections; per section provider byte, outcome byte, length and UTF-8 of the reason
/// (length 0: none), number of devices, then per device the difference to the device before (the first to 0). All numbers are
/// unsigned LEB128.</para>
/// </remarks>
public static class ReceiptBlob
{
    private const byte Version = 1;

    /// <exception cref="FormatException">The bytes are no receipt blob: the store is damaged.</exception>
    public static IEnumerable<ReceiptSection> Read(ReadOnlyMemory<byte> blob)
    {
        if (blob.IsEmpty)
        {
            yield break;
        }

        if (blob.Span[0] != Version)
        {
            throw new FormatException($"Receipt blob version {blob.Span[0]} is unknown.");
        }

        var position = 1;
        for (var sections = ReadNumber(blob.Span, ref position); sections > 0; sections--)
        {
            yield return ReadSection(blob.Span, ref position);
        }

        if (position != blob.Length)
        {
            throw new FormatException("The receipt blob has bytes after its last section.");
        }
    }

    private static ReceiptSection ReadSection(ReadOnlySpan<byte> blob, ref int position)
    {
        var provider = (ProviderKind)ReadByte(blob, ref position);
        var outcome = (ReceiptOutcome)ReadByte(blob, ref position);
        var reasonLength = (int)Math.Min(ReadNumber(blob, ref position), int.MaxValue);
        if (reasonLength > blob.Length - position)
        {
            throw new FormatException("The receipt blob ends inside a reason.");
        }

        var reason = reasonLength == 0 ? null : Encoding.UTF8.GetString(blob.Slice(position, reasonLength));
        position += reasonLength;
        var count = ReadNumber(blob, ref position);
        if (count > (ulong)(blob.Length - position))
        {
            throw new FormatException("The receipt blob ends inside its device keys.");
        }

        var keys = new long[count];
        var key = 0L;
        for (var index = 0; index < keys.Length; index++)
        {
            key += (long)ReadNumber(blob, ref position);
            keys[index] = key;
        }

        return new ReceiptSection(provider, outcome, reason, keys);
    }

    private static byte ReadByte(ReadOnlySpan<byte> blob, ref int position) =>
        position < blob.Length ? blob[position++] : throw new FormatException("The receipt blob ends too early.");

    private static ulong ReadNumber(ReadOnlySpan<byte> blob, ref int position)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = ReadByte(blob, ref position);
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException("The receipt blob has a number of more than ten bytes.");
    }

    /// <summary>Collects the receipts of a page and writes their blob. Reusable, not safe for concurrent use.</summary>
    public sealed class Writer
    {
        private readonly Dictionary<(ProviderKind, ReceiptOutcome, string?), List<long>> _sections = [];
        private readonly ArrayBufferWriter<byte> _buffer = new();

        /// <param name="deviceKey">1 or more. Keys may come in any order.</param>
        /// <param name="reason"><see langword="null"/> for none; an empty text counts as none.</param>
        public void Add(long deviceKey, ProviderKind provider, ReceiptOutcome outcome, string? reason)
        {
            var section = (provider, outcome, string.IsNullOrEmpty(reason) ? null : reason);
            if (!_sections.TryGetValue(section, out var keys))
            {
                _sections[section] = keys = [];
            }

            keys.Add(deviceKey);
        }

        /// <summary>The blob of all added since the last call, in a fresh array; empty when there were none.</summary>
        public byte[] Write()
        {
            _buffer.ResetWrittenCount();
            var used = _sections.Count(section => section.Value.Count > 0);
            if (used == 0)
            {
                return [];
            }

            WriteByte(Version);
            WriteNumber((ulong)used);
            foreach (var ((provider, outcome, reason), keys) in _sections)
            {
                if (keys.Count == 0)
                {
                    continue;
                }

                WriteByte((byte)provider);
                WriteByte((byte)outcome);
                var length = reason is null ? 0 : Encoding.UTF8.GetByteCount(reason);
                WriteNumber((ulong)length);
                _buffer.Advance(reason is null ? 0 : Encoding.UTF8.GetBytes(reason, _buffer.GetSpan(length)));
                WriteNumber((ulong)keys.Count);
                keys.Sort();
                var previous = 0L;
                foreach (var key in keys)
                {
                    WriteNumber((ulong)(key - previous));
                    previous = key;
                }

                keys.Clear();
            }

            return _buffer.WrittenSpan.ToArray();
        }

        private void WriteByte(byte value)
        {
            _buffer.GetSpan(1)[0] = value;
            _buffer.Advance(1);
        }

        private void WriteNumber(ulong value)
        {
            var span = _buffer.GetSpan(10);
            var length = 0;
            for (; value >= 0x80; value >>= 7)
            {
                span[length++] = (byte)(value | 0x80);
            }

            span[length++] = (byte)value;
            _buffer.Advance(length);
        }
    }
}

/// <summary>The devices of a page that share provider, outcome and reason.</summary>
/// <param name="DeviceKeys">Ascending.</param>
public sealed record ReceiptSection(ProviderKind Provider, ReceiptOutcome Outcome, string? Reason, IReadOnlyList<long> DeviceKeys);
