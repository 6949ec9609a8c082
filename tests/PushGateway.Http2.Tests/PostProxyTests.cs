namespace PushGateway.Http2.Tests;

public sealed class PostProxyTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void Parse_Nothing_IsNoProxy(string? text) => Assert.Null(PostProxy.Parse(text));

    [Fact]
    public void Parse_UserAndPassword_AreDecodedAndNotPartOfTheAddress()
    {
        var proxy = PostProxy.Parse("http://us%20er:s%3Acr%40t@proxy.example:3128");

        Assert.Equal(("us er", "s:cr@t", new Uri("http://proxy.example:3128")), (proxy!.UserName, proxy.Password, proxy.Address));
    }

    [Fact]
    public void Parse_NoPassword_IsAnEmptyOne()
    {
        var proxy = PostProxy.Parse("http://user@[::1]:3128/");

        Assert.Equal(("user", "", "[::1]:3128"), (proxy!.UserName, proxy.Password, proxy.Address.Authority));
    }

    [Theory]
    [InlineData("proxy.example:3128")]
    [InlineData("https://someone:secret@proxy.example")]
    [InlineData("socks5://someone:secret@proxy.example")]
    [InlineData("http://someone:secret@proxy.example/path")]
    [InlineData("http://someone:secret@proxy.example/?query")]
    [InlineData("http://someone:sec/ret@proxy.example")]
    [InlineData("http://some%3Aone:secret@proxy.example")]
    [InlineData("http://some%0D%0Aone:secret@proxy.example")]
    public void Parse_AnythingElse_IsRefusedWithoutRepeatingIt(string text)
    {
        var exception = Assert.Throws<FormatException>(() => PostProxy.Parse(text));

        Assert.DoesNotContain("secret", exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("someone", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_NeverShowsWhoOrThePassword()
    {
        PostProxy[] proxies =
        [
            PostProxy.Parse("http://someone:secret@proxy.example:3128")!,
            new(new Uri("http://someone:secret@proxy.example:3128")),
            new(new Uri("http://proxy.example:3128"), "someone", "secret"),
        ];

        Assert.All(proxies, proxy => Assert.Equal("http://proxy.example:3128", proxy.ToString()));
        Assert.All(proxies, proxy => Assert.DoesNotContain(
            "secret", new PostPoolOptions { Endpoint = new Uri("https://push.example"), Proxy = proxy }.ToString(), StringComparison.Ordinal));
    }
}
