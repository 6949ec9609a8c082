namespace PushGateway.Http2.Tests;

public sealed class PostPoolOptionsTests
{
    private static readonly PostPoolOptions s_valid = new() { Endpoint = new Uri("https://push.example") };

    public static TheoryData<string> Changes => [.. s_invalid.Keys];

    private static readonly Dictionary<string, PostPoolOptions> s_invalid = new()
    {
        ["cleartext that is not allowed"] = s_valid with { Endpoint = new Uri("http://push.example") },
        ["a path"] = s_valid with { Endpoint = new Uri("https://push.example/3") },
        ["a relative endpoint"] = s_valid with { Endpoint = new Uri("push.example", UriKind.Relative) },
        ["another scheme in spite of cleartext"] = s_valid with { Endpoint = new Uri("ftp://push.example"), AllowCleartext = true },
        ["no connection"] = s_valid with { Connections = 0 },
        ["too many connections"] = s_valid with { Connections = 65 },
        ["no stream"] = s_valid with { StreamsPerConnection = 0 },
        ["too many streams"] = s_valid with { StreamsPerConnection = 2_001 },
        ["no time for a request"] = s_valid with { RequestTimeout = TimeSpan.Zero },
        ["no time to connect"] = s_valid with { ConnectTimeout = TimeSpan.FromSeconds(-1) },
        ["pings without pause"] = s_valid with { PingDelay = TimeSpan.Zero },
        ["no time for a ping"] = s_valid with { PingTimeout = TimeSpan.Zero },
        ["no life"] = s_valid with { ConnectionLifetime = TimeSpan.Zero },
        ["no body"] = s_valid with { MaxBodyBytes = 0 },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Validate_OutOfRange_Throws(string change) => Assert.ThrowsAny<ArgumentException>(s_invalid[change].Validate);

    [Fact]
    public void Validate_AtTheEdges_Passes()
    {
        s_valid.Validate();
        (s_valid with { Connections = 64, StreamsPerConnection = 2_000, MaxBodyBytes = 1 }).Validate();
        (s_valid with { Connections = 1, StreamsPerConnection = 1, Endpoint = new Uri("http://127.0.0.1:1234"), AllowCleartext = true }).Validate();
    }
}
