using System.Text;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Tests.Fuzzing;

/// <summary>Writes the header blocks of answers in every form that RFC 7541 has, as a tape decides, and keeps the table that they make.</summary>
internal sealed class AnswerBlocks(Tape tape)
{
    private readonly List<(string Name, string Value)> _table = [];
    private int _size;
    private int _maxSize = 4096;

    public byte[] Encode(params IEnumerable<(string Name, string Value)> fields)
    {
        var bytes = new byte[32 * 1024];
        var at = 0;
        if (tape.OneIn(32))
        {
            _maxSize = tape.Pick(0, 100, 4096);
            Evict();
            at += HpackInteger.Write(bytes, _maxSize, 5, 0x20);
        }

        foreach (var field in fields)
        {
            var index = _table.IndexOf(field);
            switch (tape.Below(4))
            {
                case 0 when field == (":status", "200"):
                    bytes[at++] = 0x88;
                    break;
                case <= 1 when index >= 0:
                    at += HpackInteger.Write(bytes.AsSpan(at), StaticTable.Count + 1 + index, 7, 0x80);
                    break;
                case 2:
                    at += Write(bytes.AsSpan(at), field, 4, tape.Pick(0x00, 0x10));
                    break;
                default:
                    at += Write(bytes.AsSpan(at), field, 6, 0x40);
                    _table.Insert(0, field);
                    _size += SizeOf(field);
                    Evict();
                    break;
            }
        }

        return bytes[..at];
    }

    private int Write(Span<byte> destination, (string Name, string Value) field, int prefixBits, int pattern)
    {
        var nameIndex = tape.OneIn(4) ? 0 : IndexOf(field.Name);
        var at = HpackInteger.Write(destination, nameIndex, prefixBits, pattern);
        if (nameIndex == 0)
        {
            at += Write(destination[at..], field.Name);
        }

        return at + Write(destination[at..], field.Value);
    }

    private int Write(Span<byte> destination, string text)
    {
        var octets = Encoding.Latin1.GetBytes(text);
        return tape.OneIn(2) ? HpackString.Write(destination, octets) : HpackString.WriteRaw(destination, octets);
    }

    private int IndexOf(string name)
    {
        var index = _table.FindIndex(field => field.Name == name);
        return index < 0 ? StaticTable.Find(name) : StaticTable.Count + 1 + index;
    }

    private void Evict()
    {
        while (_size > _maxSize)
        {
            _size -= SizeOf(_table[^1]);
            _table.RemoveAt(_table.Count - 1);
        }
    }

    private static int SizeOf((string Name, string Value) field) => field.Name.Length + field.Value.Length + DynamicTable.EntryOverhead;
}
