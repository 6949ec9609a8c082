using System.Text;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Tests.Hpack;

/// <summary>The examples of RFC 7541, appendix C.</summary>
public sealed class RfcExamplesTests
{
    private static readonly Field s_authority = new(":authority", "www.example.com");
    private static readonly Field s_noCache = new("cache-control", "no-cache");
    private static readonly Field s_custom = new("custom-key", "custom-value");
    private static readonly Field s_private = new("cache-control", "private");
    private static readonly Field s_date21 = new("date", "Mon, 21 Oct 2013 20:13:21 GMT");
    private static readonly Field s_date22 = new("date", "Mon, 21 Oct 2013 20:13:22 GMT");
    private static readonly Field s_location = new("location", "https://www.example.com");
    private static readonly Field s_gzip = new("content-encoding", "gzip");
    private static readonly Field s_cookie = new("set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");

    [Theory]
    [InlineData(10, 5, "0a")]
    [InlineData(1337, 5, "1f9a0a")]
    [InlineData(42, 8, "2a")]
    public void C1_Integers_BothWays(int value, int prefixBits, string encoded)
    {
        Span<byte> bytes = stackalloc byte[HpackInteger.MaxLength];
        var length = HpackInteger.Write(bytes, value, prefixBits, 0);
        Assert.Equal(encoded, Convert.ToHexStringLower(bytes[..length]));

        var at = 0;
        Assert.True(HpackInteger.TryRead(bytes[..length], ref at, prefixBits, out var read));
        Assert.Equal((value, length), (read, at));
    }

    [Fact]
    public void C21_LiteralWithIndexing_IsInserted()
    {
        var decoder = new HpackDecoder();
        Expect(decoder, "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", [new("custom-key", "custom-header")], [new("custom-key", "custom-header")], 55);
    }

    [Theory]
    [InlineData("040c 2f73 616d 706c 652f 7061 7468", ":path", "/sample/path")]
    [InlineData("1008 7061 7373 776f 7264 0673 6563 7265 74", "password", "secret")]
    [InlineData("82", ":method", "GET")]
    public void C22To24_OtherRepresentations_LeaveTheTableAlone(string block, string name, string value) =>
        Expect(new HpackDecoder(), block, [new(name, value)], [], 0);

    [Fact]
    public void C22_Path_IsWrittenLikeThis()
    {
        var encoder = new HpackEncoder("http"u8, "www.example.com"u8);
        Assert.EndsWith("040c2f73616d706c652f70617468", Encode(encoder, "/sample/path"), StringComparison.Ordinal);
        Assert.EndsWith("040c2f73616d706c652f70617468", Encode(encoder, "/sample/path"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", "8286 84be 5808 6e6f 2d63 6163 6865", "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65")]
    [InlineData("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", "8286 84be 5886 a8eb 1064 9cbf", "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf")]
    public void C3AndC4_Requests_WithoutAndWithHuffman(string first, string second, string third)
    {
        var decoder = new HpackDecoder();
        Expect(decoder, first, [new(":method", "GET"), new(":scheme", "http"), new(":path", "/"), s_authority], [s_authority], 57);
        Expect(decoder, second, [new(":method", "GET"), new(":scheme", "http"), new(":path", "/"), s_authority, s_noCache], [s_noCache, s_authority], 110);
        Expect(decoder, third, [new(":method", "GET"), new(":scheme", "https"), new(":path", "/index.html"), s_authority, s_custom], [s_custom, s_noCache, s_authority], 164);
    }

    [Fact]
    public void C4_AuthorityAndCustomKey_AreWrittenLikeThis()
    {
        var encoder = new HpackEncoder("http"u8, "www.example.com"u8);
        var block = new HeaderBlock(new PostHeader("custom-key", "custom-value"));

        Assert.Equal("8386418cf1e3c2e5f23a6ba0ab90f4ff04012f" + "008825a849e95ba97d7f8925a849e95bb8e8b4bf", Encode(encoder, "/", block));
        Assert.Equal(57, encoder.Table.Size);
        for (var use = 2; use <= 4; use++)
        {
            Assert.Equal("8386be04012f" + "008825a849e95ba97d7f8925a849e95bb8e8b4bf", Encode(encoder, "/", block));
        }

        Assert.Equal("8386be04012f" + "408825a849e95ba97d7f8925a849e95bb8e8b4bf", Encode(encoder, "/", block));
        Assert.Equal("8386bf04012f" + "be", Encode(encoder, "/", block));
        Assert.Equal(57 + 54, encoder.Table.Size);
    }

    [Theory]
    [InlineData(
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "4803 3330 37c1 c0bf",
        "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31")]
    [InlineData(
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        "4883 640e ffc1 c0bf",
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07")]
    public void C5AndC6_Responses_WithEviction(string first, string second, string third)
    {
        Field found = new(":status", "302"), temporary = new(":status", "307");
        var decoder = new HpackDecoder(maxTableSize: 256);
        Expect(decoder, first, [found, s_private, s_date21, s_location], [s_location, s_date21, s_private, found], 222);
        Expect(decoder, second, [temporary, s_private, s_date21, s_location], [temporary, s_location, s_date21, s_private], 222);
        Expect(decoder, third, [new(":status", "200"), s_private, s_date22, s_location, s_gzip, s_cookie], [s_cookie, s_gzip, s_date22], 215);
    }

    [Theory]
    [InlineData("www.example.com", "f1e3c2e5f23a6ba0ab90f4ff")]
    [InlineData("no-cache", "a8eb10649cbf")]
    [InlineData("custom-key", "25a849e95ba97d7f")]
    [InlineData("custom-value", "25a849e95bb8e8b4bf")]
    [InlineData("302", "6402")]
    [InlineData("private", "aec3771a4b")]
    [InlineData("Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff")]
    [InlineData("https://www.example.com", "9d29ad171863c78f0b97c8e9ae82ae43d3")]
    [InlineData("307", "640eff")]
    [InlineData("gzip", "9bd9ab")]
    [InlineData("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1", "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007")]
    public void C4AndC6_HuffmanStrings_BothWays(string text, string encoded)
    {
        var octets = Encoding.ASCII.GetBytes(text);
        var code = new byte[Huffman.EncodedLength(octets)];
        Huffman.Encode(octets, code);
        Assert.Equal(encoded, Convert.ToHexStringLower(code));

        var decoded = new byte[octets.Length];
        Assert.Equal(octets.Length, Huffman.Decode(code, decoded));
        Assert.Equal(octets, decoded);
    }

    private static void Expect(HpackDecoder decoder, string block, Field[] fields, Field[] table, int size)
    {
        var (result, decoded) = decoder.DecodeHex(block);
        Assert.Equal(HpackResult.Ok, result);
        Assert.Equal(fields, decoded);
        Assert.Equal(table, decoder.ReadTable());
        Assert.Equal(size, decoder.Table.Size);
    }

    private static string Encode(HpackEncoder encoder, string path, params HeaderBlock[] blocks)
    {
        var bytes = new byte[encoder.MaxEncodedLength(path.Length, blocks)];
        var length = encoder.Encode(Encoding.ASCII.GetBytes(path), blocks, bytes);
        return Convert.ToHexStringLower(bytes.AsSpan(0, length));
    }
}
