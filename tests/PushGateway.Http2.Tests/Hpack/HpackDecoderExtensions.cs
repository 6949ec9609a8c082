using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Tests.Hpack;

internal static class HpackDecoderExtensions
{
    public static (HpackResult Result, List<Field> Fields) Decode(this HpackDecoder decoder, ReadOnlySpan<byte> block)
    {
        var sink = new FieldList();
        return (decoder.Decode(block, ref sink), sink.Fields);
    }

    /// <summary>Decodes hexadecimal digits, spaces between them or not.</summary>
    public static (HpackResult Result, List<Field> Fields) DecodeHex(this HpackDecoder decoder, string block) =>
        decoder.Decode(Convert.FromHexString(block.Replace(" ", "", StringComparison.Ordinal)));

    /// <summary>The dynamic table, newest first.</summary>
    public static List<Field> ReadTable(this HpackDecoder decoder)
    {
        var fields = new FieldList();
        for (var index = 0; decoder.Table.TryGet(index, out var name, out var value); index++)
        {
            fields.OnField(name, value);
        }

        return fields.Fields;
    }
}
