using System.Text;
using PushGateway.Http2;

namespace PushGateway.Benchmarks.Clients;

/// <summary>The requests that every client of a run sends: in the shape of APNs, the same headers and body, the tokens in turn.</summary>
internal sealed class WireTraffic
{
    public const string PathPrefix = "/3/device/";
    public const int TokenLength = 64;

    /// <summary>Different tokens; a power of 2. As many bytes as the pages that a gateway has in flight.</summary>
    public const int Tokens = 16_384;

    private readonly byte[] _tokens;

    /// <param name="bodyBytes">80 or more.</param>
    /// <param name="isAuthorizationLiteral">Keeps the authorization out of compression tables, where the client can.</param>
    public WireTraffic(int bodyBytes, bool isAuthorizationLiteral)
    {
        // The same on every run: a seed, not the clock.
        var random = new Random(20_240_607);
        _tokens = Encoding.ASCII.GetBytes(random.GetHexString(Tokens * TokenLength, lowercase: true));
        var authorization = "bearer " + random.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 200);
        Headers = new HeaderBlock(
            new PostHeader("authorization", authorization, isAuthorizationLiteral ? HeaderIndexing.Never : HeaderIndexing.Allowed),
            new PostHeader("apns-topic", "com.example.news"),
            new PostHeader("apns-push-type", "alert"),
            new PostHeader("apns-priority", "10"),
            new PostHeader("apns-expiration", "1767225600"),
            new PostHeader("apns-collapse-id", "0198c0f2a4d87c3fb1a5e6d7c8b9a0f1"));
        const string Start = """{"aps":{"alert":{"title":"New video","body":""";
        const string End = "\"}}}";
        Body = Encoding.ASCII.GetBytes(Start + '"' + new string('x', bodyBytes - Start.Length - End.Length - 1) + End);
    }

    public HeaderBlock Headers { get; }

    public byte[] Body { get; }

    /// <summary>The token of the request with this number.</summary>
    public ReadOnlySpan<byte> Token(long request) => _tokens.AsSpan((int)(request & (Tokens - 1)) * TokenLength, TokenLength);
}
