using System.Text;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Tests.Hpack;

public sealed class HpackEncoderTests
{
    private const string Path = "/3/device/00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";

    // :method, :scheme, :authority as an index, and the path.
    private static readonly int s_leastLength = 3 + 2 + Path.Length;

    private readonly HpackEncoder _encoder = new("https"u8, "api.push.apple.com"u8);
    private readonly HpackDecoder _decoder = new();

    [Fact]
    public void Encode_BlockUsedOnce_LeavesTheTableAlone()
    {
        for (var number = 0; number < 1000; number++)
        {
            Encode(Event(number));
            Assert.Equal(1, _encoder.Table.Count);
        }
    }

    [Fact]
    public void Encode_BlockUsedOften_CostsAByteForEachField()
    {
        var (authorization, headers) = (Authorization(HeaderIndexing.Allowed), Event(1));
        var lengths = Enumerable.Range(0, 8).Select(_ => Encode(authorization, headers)).ToList();

        Assert.All(lengths[..5], length => Assert.True(length > s_leastLength + 200));
        Assert.Equal([s_leastLength + 7, s_leastLength + 7, s_leastLength + 7], lengths[5..]);
    }

    [Theory]
    [InlineData(HeaderIndexing.Literal, 0x0F)]
    [InlineData(HeaderIndexing.Never, 0x1F)]
    public void Encode_AuthorizationNotIndexed_IsSentInFullEveryTime(HeaderIndexing indexing, byte firstOctet)
    {
        var authorization = Authorization(indexing);
        for (var use = 0; use < 20; use++)
        {
            var bytes = EncodeBytes(authorization);
            Assert.True(bytes.Length > s_leastLength + 100);
            Assert.Equal(1, _encoder.Table.Count);

            // Static name 23 with a prefix of four bits, at the block's end.
            Assert.Equal([firstOctet, 23 - 15], bytes[(3 + 2 + Path.Length + (use == 0 ? bytes[3] & 0x7F : 0) + (use == 0 ? 1 : 0))..][..2]);
        }
    }

    [Fact]
    public void Encode_ManyBlocksInTurn_DoNotThrash()
    {
        // Together they would fill the table more than twice, so hardly any insertion pays.
        var events = Enumerable.Range(0, 12).Select(number => Event(number, padding: 700)).ToList();
        var insertions = 0L;
        for (var round = 0; round < 1000; round++)
        {
            foreach (var headers in events)
            {
                var before = _encoder.Table.Version;
                Encode(headers);
                insertions += _encoder.Table.Version > before ? 1 : 0;
            }
        }

        Assert.InRange(insertions, 1, 12 * 1000 / 50);
    }

    [Fact]
    public void Encode_EventsOneAfterAnother_TheAuthorizationStaysIndexed()
    {
        var authorization = Authorization(HeaderIndexing.Allowed);
        var total = 0;
        for (var number = 0; number < 200; number++)
        {
            var headers = Event(number);
            for (var use = 0; use < 100; use++)
            {
                total += Encode(authorization, headers) - s_leastLength;
            }
        }

        // In full it would be over 200 bytes; an event's five first uses are about 12 bytes a request.
        Assert.InRange(total / (200 * 100), 1, 35);
    }

    [Fact]
    public void Encode_TableEvicted_EarnsItsPlaceAgain()
    {
        var headers = Event(1);
        Repeat(10, headers);
        Assert.Equal(s_leastLength + 6, Encode(headers));
        Assert.Equal(4 + 1, UsesInFullAfterEviction(headers));

        // This time it has hardly been used since it was inserted, so it has to earn more. Once used well again, less.
        Assert.Equal(8 + 1, UsesInFullAfterEviction(headers));
        Repeat(10, headers);
        Assert.Equal(4 + 1, UsesInFullAfterEviction(headers));
    }

    [Fact]
    public void SetPeerTableSize_Changes_AreAnnouncedSmallestThenLast()
    {
        Encode();
        Assert.Equal("8387be", Start());

        _encoder.SetPeerTableSize(1000);
        _encoder.SetPeerTableSize(40);
        _encoder.SetPeerTableSize(100_000);
        Assert.StartsWith("3f09" + "3fe11f" + "838741", Start(), StringComparison.Ordinal);
        Assert.Equal("8387be", Start());

        // Down and no further: one update.
        _encoder.SetPeerTableSize(100);
        Assert.StartsWith("3f45" + "8387be", Start(6), StringComparison.Ordinal);

        // The same again, and more than is wanted: nothing to say.
        _encoder.SetPeerTableSize(4096);
        Start();
        _encoder.SetPeerTableSize(65_536);
        Assert.Equal("8387be", Start());
    }

    [Fact]
    public void SetPeerTableSize_Zero_EverythingIsALiteral()
    {
        _encoder.SetPeerTableSize(0);
        var headers = Event(1);
        var lengths = Enumerable.Range(0, 20).Select(_ => Encode(headers)).ToList();

        Assert.Equal(0, _encoder.Table.Count);
        Assert.Single(lengths[1..].Distinct());
        Assert.Equal(lengths[0] - 1, lengths[1]);
    }

    [Fact]
    public void Encode_FieldLargerThanTheTable_IsNeverInserted()
    {
        var block = new HeaderBlock(new PostHeader("x-large", new string('x', 5000)), new PostHeader("x-small", "y"));
        Repeat(10, block);

        Assert.Equal(2, _encoder.Table.Count);
        Assert.True(Encode(block) > 3000);
    }

    [Fact]
    public void Encode_OwnLimit_IsAnnouncedFirst()
    {
        var encoder = new HpackEncoder("http"u8, "h"u8, ownMaxTableSize: 30);
        var bytes = new byte[encoder.MaxEncodedLength(1, [])];
        var length = encoder.Encode("/"u8, [], bytes);
        Assert.StartsWith("3e" + "8386" + "01", Convert.ToHexStringLower(bytes.AsSpan(0, length)), StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_OtherScheme_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new HpackEncoder("ftp"u8, "h"u8));

    [Fact]
    public void PostHeader_AsText_DoesNotSayItsValue() =>
        Assert.Equal("authorization", $"{new PostHeader("authorization", "bearer secret")}");

    private static HeaderBlock Authorization(HeaderIndexing indexing) =>
        new(new PostHeader("authorization", "bearer " + string.Concat(Enumerable.Range(0, 70).Select(number => $"{number:x3}"))[..193], indexing));

    private static HeaderBlock Event(int number, int padding = 0) => new(
        new PostHeader("apns-collapse-id", $"event-{number}-{new string('c', padding)}"),
        new PostHeader("apns-expiration", "1798761600"),
        new PostHeader("apns-id", $"{number:d36}"),
        new PostHeader("apns-priority", "10"),
        new PostHeader("apns-push-type", "alert"),
        new PostHeader("apns-topic", "com.example.demo"));

    /// <summary>Evicts everything and uses the block until it is sent as indices.</summary>
    private int UsesInFullAfterEviction(HeaderBlock block)
    {
        _encoder.SetPeerTableSize(0);
        _encoder.SetPeerTableSize(4096);
        var uses = 0;
        while (uses < 100 && Encode(block) != s_leastLength + 6)
        {
            uses++;
        }

        return uses;
    }

    private void Repeat(int times, HeaderBlock block)
    {
        for (var time = 0; time < times; time++)
        {
            Encode(block);
        }
    }

    private string Start(int bytes = 0)
    {
        var block = EncodeBytes();
        return Convert.ToHexStringLower(block.AsSpan(0, bytes > 0 ? bytes : block.Length - 2 - Path.Length));
    }

    private int Encode(params HeaderBlock[] blocks) => EncodeBytes(blocks).Length;

    /// <summary>Encodes a request and sees to it that it is read as it was meant.</summary>
    private byte[] EncodeBytes(params HeaderBlock[] blocks)
    {
        var bytes = new byte[_encoder.MaxEncodedLength(Path.Length, blocks)];
        var block = bytes[.._encoder.Encode(Encoding.ASCII.GetBytes(Path), blocks, bytes)];
        var (result, fields) = _decoder.Decode(block);
        Assert.Equal(HpackResult.Ok, result);
        Assert.Equal(
            [
                new(":method", "POST"), new(":scheme", "https"), new(":authority", "api.push.apple.com"), new(":path", Path),
                .. blocks.SelectMany(headers => headers.Headers).Select(header => new Field(header.Name, header.Value)),
            ],
            fields);
        return block;
    }
}
