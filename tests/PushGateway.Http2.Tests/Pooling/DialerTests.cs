using System.Net;
using PushGateway.Http2.Pooling;

namespace PushGateway.Http2.Tests.Pooling;

/// <summary>Which of the addresses a name has is tried first.</summary>
public sealed class DialerTests
{
    private static readonly IPAddress s_a = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress s_b = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress s_c = IPAddress.Parse("2001:db8::3");

    [Fact]
    public void Arrange_SomeInUse_LeastUsedComesFirst() =>
        Assert.Equal([s_c, s_b, s_a], Create().Arrange([s_a, s_b, s_c], [s_a, s_b, s_a, s_a, s_b]));

    [Fact]
    public void Arrange_NoneInUse_EachComesFirstInTurn()
    {
        var dialer = Create();

        var firsts = Enumerable.Range(0, 6).Select(_ => dialer.Arrange([s_a, s_b, s_c], [])[0]).ToList();

        Assert.Equal(3, firsts.Take(3).Distinct().Count());
        Assert.Equal(firsts.Take(3), firsts.Skip(3));
    }

    [Fact]
    public void Arrange_AddressesInUseThatTheNameNoLongerHas_DoNotMatter() =>
        Assert.Equal([s_a], Create().Arrange([s_a], [s_b, s_b, s_c]));

    private static Dialer Create() => new(new PostPoolOptions { Endpoint = new Uri("https://push.example") }, TimeProvider.System);
}
