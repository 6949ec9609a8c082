using System.Globalization;
using System.Text;
using CsCheck;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Tests.Hpack;

/// <summary>The decoder against an implementation that is not ours, and against whatever bytes there are. <c>tests/fuzz.sh</c> makes a long run of the latter.</summary>
public sealed class HpackDecoderPropertyTests(IndependentHpack independent, ITestOutputHelper output) : IClassFixture<IndependentHpack>
{
    private readonly IndependentHpack _independent = independent.Started();

    private static readonly int s_minutes = Environment.GetEnvironmentVariable("PUSHGATEWAY_FUZZ_MINUTES") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;

    // Few enough that names and fields come again, so that the table is used.
    private static readonly Gen<string> s_name = Gen.OneOf(
        Gen.OneOf(":status", "apns-id", "content-type", "date", "a", "retry-after", "x-request-id"),
        Text(0, 40),
        Text(0, 5));

    private static readonly Gen<string> s_value = Gen.Frequency(
        (6, Gen.OneOf("200", "410", "application/json", "", "EC1BF194-B3B2-424A-89A9-5A918A6E6B5D")),
        (6, Text(0, 60)),
        (1, Text(0, 5000)));

    private static readonly Gen<List<Field>> s_fields = Gen.Select(s_name, s_value, (name, value) => new Field(name, value)).List[0, 12];

    private static readonly Gen<int?> s_limit = Gen.Frequency((5, Gen.Const((int?)null)), (1, Gen.Int[0, 300].Select(size => (int?)size)), (1, Gen.Int[0, 4096].Select(size => (int?)size)));

    private static readonly Gen<EncodeStep> s_encodeStep = Gen.Select(s_limit, Gen.Bool, Gen.Frequency((4, Gen.Const(false)), (1, Gen.Const(true))), s_fields, (limit, isHuffman, isNever, fields) =>
        new EncodeStep(limit, isHuffman, isNever, fields));

    // Header blocks as no encoder writes them: any representation, any index, any split between table and literal.
    private static readonly Gen<byte[]> s_string = Gen.Select(s_value, Gen.Bool, (text, isHuffman) => WriteString(text, isHuffman));

    private static readonly Gen<byte[]> s_representation = Gen.Frequency(
        (6, Gen.Int[0, 75].Select(index => WriteInteger(index, 7, 0x80))),
        (1, Gen.Int[0, 5000].Select(size => WriteInteger(size, 5, 0x20))),
        (6, Gen.Select(LiteralKind(), Gen.Int[1, 75], s_string, (kind, index, value) => (byte[])[.. WriteInteger(index, kind.PrefixBits, kind.Pattern), .. value])),
        (6, Gen.Select(LiteralKind(), s_string, s_string, (kind, name, value) => (byte[])[(byte)kind.Pattern, .. name, .. value])));

    private static readonly Gen<byte[]> s_block = s_representation.Array[0, 8].Select(parts => parts.SelectMany(part => part).ToArray());

    private static readonly Gen<byte[]> s_damagedBlock = Gen.Select(s_block, Gen.Select(Gen.Int[0, 3], Gen.Int[0, 10_000], Gen.Byte).List[0, 4], Damage);

    [Fact]
    public void Decode_BlocksOfAnotherEncoder_GivesTheirFieldsAndTable() =>
        s_encodeStep.List[1, 8].Sample(
            steps =>
            {
                var blocks = _independent.Encode(steps);
                var decoder = new HpackDecoder(maxListBytes: 1_000_000);
                foreach (var (step, block) in steps.Zip(blocks))
                {
                    var (result, fields) = decoder.Decode(block.Block);
                    Assert.Equal(HpackResult.Ok, result);
                    Assert.Equal(step.Fields, fields);
                    Assert.Equal(block.Table, decoder.ReadTable());
                }
            },
            iter: 3_000, threads: 1);

    [Fact]
    public void Decode_AnyRepresentationDamagedOrNot_AgreesWithAnotherDecoder() =>
        s_damagedBlock.List[1, 8].Sample(
            blocks =>
            {
                var decoder = new HpackDecoder(maxListBytes: 10_000_000, maxStringBytes: 1_000_000);
                foreach (var (block, expected) in blocks.Zip(_independent.Decode(blocks.Select(block => new DecodeStep(null, block)))))
                {
                    var (result, fields) = decoder.Decode(block);
                    if (HasLongInteger(block))
                    {
                        // The other decoder takes integers of any length.
                        return;
                    }

                    Assert.Equal(expected.Error is null ? HpackResult.Ok : HpackResult.Malformed, result);
                    if (expected.Error is not null)
                    {
                        return;
                    }

                    Assert.Equal(expected.Fields, fields);
                    Assert.Equal(expected.Table, decoder.ReadTable());
                    Assert.Equal(expected.Table.Sum(entry => entry.Size), decoder.Table.Size);
                }
            },
            iter: 3_000, threads: 1);

    [Fact]
    public void Decode_AnyBytes_StaysWithinItsBounds() =>
        Gen.Select(Gen.OneOf(s_damagedBlock, Gen.Byte.Array[0, 300], s_block).List[1, 20], Gen.OneOf(0, 64, 256, 4096), Gen.Int[0, 2000], Gen.OneOf(0, 100, 4000)).Sample(
            (blocks, maxTableSize, maxListBytes, moreStringBytes) =>
            {
                var decoder = new HpackDecoder(maxTableSize, maxListBytes, maxTableSize + moreStringBytes);
                foreach (var block in blocks)
                {
                    var (result, fields) = decoder.Decode(block);
                    Assert.InRange(fields.Sum(field => field.Size), 0, maxListBytes);
                    Assert.InRange(decoder.Table.Size, 0, maxTableSize);
                    Assert.InRange(decoder.Table.Count, 0, maxTableSize / 32);
                    Assert.Equal(decoder.Table.Size, decoder.ReadTable().Sum(field => field.Size));
                    Assert.InRange(decoder.ScratchBytes, 0, 2 * (maxTableSize + moreStringBytes));
                    if (result == HpackResult.Malformed)
                    {
                        return;
                    }
                }
            },
            iter: s_minutes > 0 ? -1 : 20_000, time: s_minutes > 0 ? s_minutes * 60 : -1, writeLine: output.WriteLine);

    [Fact]
    public void Huffman_AnyOctets_ComeBack() =>
        Gen.Byte.Array[0, 500].Sample(
            octets =>
            {
                var code = new byte[Huffman.EncodedLength(octets)];
                Huffman.Encode(octets, code);
                var decoded = new byte[octets.Length];
                Assert.Equal(octets.Length, Huffman.Decode(code, decoded));
                Assert.Equal(octets, decoded);

                // What does not fit is counted and dropped.
                var less = new byte[octets.Length / 2];
                Assert.Equal(octets.Length, Huffman.Decode(code, less));
                Assert.Equal(octets[..less.Length], less);
            },
            iter: 20_000);

    private static Gen<string> Text(int min, int max) =>
        Gen.Frequency((5, Gen.Char[' ', '~']), (1, Gen.Char['\0', 'ÿ'])).Array[min, max].Select(characters => new string(characters));

    private static Gen<(int PrefixBits, int Pattern)> LiteralKind() => Gen.OneOf((6, 0x40), (4, 0x00), (4, 0x10));

    private static byte[] WriteInteger(int value, int prefixBits, int pattern)
    {
        var bytes = new byte[HpackInteger.MaxLength];
        return bytes[..HpackInteger.Write(bytes, value, prefixBits, pattern)];
    }

    private static byte[] WriteString(string text, bool isHuffman)
    {
        var octets = Encoding.Latin1.GetBytes(text);
        if (!isHuffman)
        {
            return [.. WriteInteger(octets.Length, 7, 0), .. octets];
        }

        var code = new byte[Huffman.EncodedLength(octets)];
        Huffman.Encode(octets, code);
        return [.. WriteInteger(code.Length, 7, 0x80), .. code];
    }

    private static byte[] Damage(byte[] block, List<(int Kind, int Place, byte Octet)> changes)
    {
        var bytes = block.ToList();
        foreach (var (kind, place, octet) in changes)
        {
            var at = place % (bytes.Count + 1);
            switch (kind)
            {
                case 0:
                    bytes.Insert(at, octet);
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] ^= octet;
                    break;
                case 2 when at < bytes.Count:
                    bytes.RemoveAt(at);
                    break;
                case 3 when octet < 32:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Whether there is something that, read as an integer, is longer than ours may be.</summary>
    private static bool HasLongInteger(byte[] block)
    {
        var run = 0;
        foreach (var octet in block)
        {
            run = octet >= 0x80 ? run + 1 : 0;
            if (run >= HpackInteger.MaxLength - 1)
            {
                return true;
            }
        }

        return false;
    }
}
