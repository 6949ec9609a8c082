using System.Text;
using PushGateway.Http2.Hpack;

namespace PushGateway.Http2.Tests.Hpack;

public sealed class HpackAllocationTests
{
    private const int Rounds = 10_000;

    [Fact]
    public void Encode_SteadyState_AllocatesNothing()
    {
        var encoder = new HpackEncoder("https"u8, "api.push.apple.com"u8);
        HeaderBlock[] first = [new(new PostHeader("authorization", new string('a', 200))), new(new PostHeader("apns-topic", "com.example.demo"))];
        HeaderBlock[] second = [first[0], new(new PostHeader("apns-topic", "com.example.other"), new PostHeader("apns-priority", "5"))];
        var path = Encoding.ASCII.GetBytes("/3/device/" + new string('a', 64));
        var destination = new byte[Math.Max(encoder.MaxEncodedLength(path.Length, first), encoder.MaxEncodedLength(path.Length, second))];

        Run(20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(Rounds);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run(int rounds)
        {
            for (var round = 0; round < rounds; round++)
            {
                var length = encoder.MaxEncodedLength(path.Length, first);
                length -= encoder.Encode(path, first, destination);
                length -= encoder.Encode(path, second, destination);
            }
        }
    }

    [Fact]
    public void Decode_SteadyState_AllocatesNothing()
    {
        var decoder = new HpackDecoder();
        byte[][] blocks =
        [
            // :status 200 alone; with an apns-id in Huffman code that is inserted, so that entries are evicted all the time; and as it is.
            [0x88],
            [0x88, .. InsertedId()],
            [0x88, 0x00, 7, .. "apns-id"u8, 36, .. "EC1BF194-B3B2-424A-89A9-5A918A6E6B5D"u8],
        ];

        Run(20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var octets = Run(Rounds);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(Rounds * ((3 * 10) + (2 * 43)), octets);

        int Run(int rounds)
        {
            var sink = new OctetCount();
            for (var round = 0; round < rounds; round++)
            {
                foreach (var block in blocks)
                {
                    if (decoder.Decode(block, ref sink) != HpackResult.Ok)
                    {
                        return -1;
                    }
                }
            }

            return sink.Octets;
        }
    }

    private static byte[] InsertedId()
    {
        var id = "EC1BF194-B3B2-424A-89A9-5A918A6E6B5D"u8;
        var code = new byte[Huffman.EncodedLength(id)];
        Huffman.Encode(id, code);
        return [0x40, 7, .. "apns-id"u8, (byte)(0x80 | code.Length), .. code];
    }

    private ref struct OctetCount : IHeaderFieldSink
    {
        public int Octets { get; private set; }

        public void OnField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Octets += name.Length + value.Length;
    }
}
