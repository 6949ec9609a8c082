using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Tests.Hpack;

public sealed class HpackDecoderTests
{
    // 32 + 1 + 1 bytes in the table.
    private const string InsertAB = "40 01 61 01 62";

    [Theory]
    [InlineData("80", "index 0")]
    [InlineData("be", "index of an empty table")]
    [InlineData("ff 80 80 80 80 08", "index beyond any table")]
    [InlineData("ff", "integer cut off")]
    [InlineData("ff 80", "integer cut off later")]
    [InlineData("ff 80 80 80 80 80 00", "integer of more octets than needed")]
    [InlineData("ff ff ff ff ff 0f", "integer above 2^31")]
    [InlineData("7e 01 61", "name of an empty table")]
    [InlineData("00", "no name")]
    [InlineData("00 01", "name cut off")]
    [InlineData("00 01 61", "no value")]
    [InlineData("00 01 61 02 62", "value cut off")]
    [InlineData("00 01 61 7f ff ff ff ff 07", "length beyond the block")]
    [InlineData("3f e2 1f", "size update above the maximum, 4,097")]
    [InlineData("3f ff ff ff ff 07", "size update far above the maximum")]
    [InlineData("88 20", "size update after a field")]
    [InlineData("40 01 61 01 62 20", "size update after a literal")]
    [InlineData("00 01 61 84 ff ff ff ff", "EOS")]
    [InlineData("00 01 61 82 07 ff", "EOS begun after a symbol: padding of 11 bits")]
    [InlineData("00 01 61 81 ff", "padding of 8 bits")]
    [InlineData("00 01 61 81 06", "padding of zeros")]
    [InlineData("00 01 61 82 ff fe", "a long code cut off")]
    public void Decode_Malformed_IsReported(string block, string reason) =>
        Assert.True(new HpackDecoder().DecodeHex(block).Result == HpackResult.Malformed, reason);

    [Fact]
    public void Decode_StatusAlone_IsOneByte()
    {
        var (result, fields) = new HpackDecoder().DecodeHex("88");
        Assert.Equal(HpackResult.Ok, result);
        Assert.Equal(new Field(":status", "200"), Assert.Single(fields));
    }

    [Fact]
    public void Decode_EmptyBlock_HasNoFields()
    {
        var (result, fields) = new HpackDecoder().DecodeHex("");
        Assert.Equal(HpackResult.Ok, result);
        Assert.Empty(fields);
    }

    [Fact]
    public void Decode_IntegerWithZerosAtItsEnd_IsRead()
    {
        // A length of 127 + 0, in an octet more than needed.
        var (result, fields) = new HpackDecoder().DecodeHex("00 01 61 7f 80 00" + string.Concat(Enumerable.Repeat("62", 127)));
        Assert.Equal(HpackResult.Ok, result);
        Assert.Equal(new Field("a", new string('b', 127)), Assert.Single(fields));
    }

    [Fact]
    public void Decode_SizeUpdates_EvictAndAreAllowedSeveralTimes()
    {
        var decoder = new HpackDecoder();
        decoder.DecodeHex(InsertAB);
        Assert.Equal(34, decoder.Table.Size);

        Assert.Equal(HpackResult.Ok, decoder.DecodeHex("3f 03 be").Result);
        Assert.Equal((34, 34), (decoder.Table.Capacity, decoder.Table.Size));
        Assert.Equal(HpackResult.Ok, decoder.DecodeHex("3f 02 3f e1 1f 88").Result);
        Assert.Equal((4096, 0, 0), (decoder.Table.Capacity, decoder.Table.Size, decoder.Table.Count));
        Assert.Equal(HpackResult.Malformed, decoder.DecodeHex("be").Result);
    }

    [Fact]
    public void Decode_EntryLargerThanTheTable_EmptiesIt()
    {
        var decoder = new HpackDecoder(maxTableSize: 64);
        decoder.DecodeHex(InsertAB);

        var (result, fields) = decoder.DecodeHex("7e 20" + string.Concat(Enumerable.Repeat("62", 32)));

        Assert.Equal(HpackResult.Ok, result);
        Assert.Equal(new Field("a", new string('b', 32)), Assert.Single(fields));
        Assert.Equal(0, decoder.Table.Count);
    }

    [Fact]
    public void Decode_NameOfTheEntryThatIsEvicted_IsKept()
    {
        // RFC 7541, section 4.4. The text moves to the other buffer on the way, several times.
        var decoder = new HpackDecoder(maxTableSize: 64);
        decoder.DecodeHex("40 03 616263 01 62");
        for (var round = 0; round < 100; round++)
        {
            var value = (char)('a' + (round % 26));
            var (result, fields) = decoder.DecodeHex($"7e 02 62{(int)value:x2}");
            Assert.Equal(HpackResult.Ok, result);
            Assert.Equal(new Field("abc", "b" + value), Assert.Single(fields));
            Assert.Equal(fields, decoder.ReadTable());
        }
    }

    [Fact]
    public void Decode_ListAboveTheBound_StopsHandingOnButKeepsTheTable()
    {
        var decoder = new HpackDecoder(maxListBytes: 100);

        // 34 bytes each; the third is above the bound, the fourth would not be but comes after it.
        var (result, fields) = decoder.DecodeHex("40 01 61 01 61 40 01 62 01 62 40 01 63 01 63 00 00 00");

        Assert.Equal(HpackResult.TooLarge, result);
        Assert.Equal([new Field("a", "a"), new Field("b", "b")], fields);
        Assert.Equal(3, decoder.Table.Count);
        Assert.Equal([new Field("c", "c"), new Field("a", "a")], decoder.DecodeHex("be c0").Fields);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decode_StringAboveTheBound_IsTooLargeAndEmptiesTheTable(bool isHuffman)
    {
        var decoder = new HpackDecoder(maxTableSize: 64, maxStringBytes: 64);
        decoder.DecodeHex(InsertAB);
        var value = isHuffman ? "ff b5 00" + Repeat("00", 180) : "7f 02" + Repeat("30", 129);

        var (result, fields) = decoder.DecodeHex("88 40 01 61 " + value + " 88");

        Assert.Equal(HpackResult.TooLarge, result);
        Assert.Equal(new Field(":status", "200"), Assert.Single(fields));
        Assert.Equal(0, decoder.Table.Count);
        Assert.InRange(decoder.ScratchBytes, 0, 64);

        static string Repeat(string digits, int count) => string.Concat(Enumerable.Repeat(digits, count));
    }

    [Fact]
    public void Decode_TableOfSizeZero_KeepsNothing()
    {
        var decoder = new HpackDecoder(maxTableSize: 0);
        Assert.Equal(HpackResult.Ok, decoder.DecodeHex("20 " + InsertAB).Result);
        Assert.Equal(0, decoder.Table.Count);
        Assert.Equal(HpackResult.Malformed, decoder.DecodeHex("21 88").Result);
    }

    [Fact]
    public void Constructor_StringBoundBelowTheTable_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HpackDecoder(maxTableSize: 4096, maxStringBytes: 4095));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HpackDecoder(maxTableSize: 65_537, maxStringBytes: 1_000_000));
    }
}
