using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Http2;
using PushGateway.Providers.Apns.ProviderTokens;
using PushGateway.Providers.Tests.Doubles;

namespace PushGateway.Providers.Tests.Apns;

public sealed class ProviderTokenTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Get_ClockSetBackByAnHour_SignsAnewAndByTheNewClock()
    {
        var time = new SetBackTime();
        var source = new ProviderTokenSource(Rig.CreateApnsCredential(), TimeSpan.FromMinutes(50), HeaderIndexing.Allowed, time);
        var first = source.Get();
        time.SetBack(TimeSpan.FromSeconds(10));
        Assert.Same(first, source.Get());

        time.SetBack(TimeSpan.FromHours(1));

        var second = source.Get();
        Assert.NotSame(first, second);
        Assert.Equal(time.GetUtcNow(), second.IssuedAt);
        Assert.Same(second, source.Get());
    }

    [Fact]
    public void Renew_RefusedAfterTheClockWasSetBack_IsNotTooSoon()
    {
        var time = new SetBackTime();
        var source = new ProviderTokenSource(Rig.CreateApnsCredential(), TimeSpan.FromMinutes(50), HeaderIndexing.Allowed, time);
        var first = source.Get();
        time.SetBack(TimeSpan.FromHours(1));

        Assert.Equal(TokenRenewal.Renewed, source.Renew(first, () => { }));
    }

    private sealed class SetBackTime : TimeProvider
    {
        private TimeSpan _back;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(1_800_000_000) - _back;

        public void SetBack(TimeSpan step) => _back += step;
    }

    [Fact]
    public void Get_Token_HasAppleClaimsOnlyAndAGoodSignature()
    {
        var parts = JwtOf(CreateSource().Get()).Split('.');
        using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        using var key = ECDsa.Create();
        key.ImportFromPem(Rig.ApnsKey);

        Assert.Equal(("ES256", "KEY0000001"), (header.RootElement.GetProperty("alg").GetString(), header.RootElement.GetProperty("kid").GetString()));
        Assert.Equal(["iat", "iss"], claims.RootElement.EnumerateObject().Select(claim => claim.Name).Order());
        Assert.Equal("TEAM000001", claims.RootElement.GetProperty("iss").GetString());
        Assert.Equal(_time.GetUtcNow().ToUnixTimeSeconds(), claims.RootElement.GetProperty("iat").GetInt64());
        Assert.True(key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
    }

    [Fact]
    public void Get_OverADay_SignsOnceIn50Minutes()
    {
        var source = CreateSource();
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            Assert.True(_time.GetUtcNow() - source.Get().IssuedAt < TimeSpan.FromMinutes(50));
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(29, source.Signatures);
    }

    [Fact]
    public async Task Get_ManyAtOnce_SignOnce()
    {
        var source = CreateSource();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(source.Get)));
        Assert.Equal(1, source.Signatures);
    }

    [Fact]
    public void Renew_AskedEveryMinute_SignsNeverTwiceIn20Minutes()
    {
        var source = CreateSource();
        var issued = new List<DateTimeOffset> { source.Get().IssuedAt };
        for (var minute = 0; minute < 300; minute++)
        {
            source.Renew(source.Get(), () => { });
            var token = source.Get();
            if (token.IssuedAt != issued[^1])
            {
                issued.Add(token.IssuedAt);
            }

            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(issued.Count, source.Signatures);
        Assert.Equal(15, issued.Count);
        Assert.All(issued.Zip(issued.Skip(1)), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromMinutes(20)));
    }

    [Fact]
    public void Renew_TokenAlreadyReplaced_SignsNothing()
    {
        var source = CreateSource();
        var old = source.Get();
        _time.Advance(TimeSpan.FromMinutes(30));

        var reconnects = 0;
        void Reconnect()
        {
            reconnects++;
            Assert.False(source.IsCurrent(old));
        }

        Assert.Equal(TokenRenewal.Renewed, source.Renew(old, Reconnect));
        Assert.Equal(TokenRenewal.AlreadyRenewed, source.Renew(old, Reconnect));
        Assert.Equal(1, reconnects);
        Assert.Equal(2, source.Signatures);
    }

    [Fact]
    public void Rent_KeyGivenBackAndRentedAgain_KeepsTheTokenFor20Minutes()
    {
        var registry = new ProviderTokenRegistry(TimeSpan.FromMinutes(50), HeaderIndexing.Allowed, _time);
        var credential = Rig.CreateApnsCredential();
        var first = registry.Rent(credential).Get();
        registry.Return(credential);

        _time.Advance(TimeSpan.FromMinutes(19));
        Assert.Same(first, registry.Rent(credential with { BundleId = "com.example.other" }).Get());
        registry.Return(credential);

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.NotSame(first, registry.Rent(credential).Get());
    }

    [Theory]
    [InlineData(HeaderIndexing.Allowed)]
    [InlineData(HeaderIndexing.Never)]
    public void Get_IndexingOfTheAuthorization_IsThatOfTheSetting(HeaderIndexing indexing)
    {
        var source = new ProviderTokenSource(Rig.CreateApnsCredential(), TimeSpan.FromMinutes(50), indexing, _time);

        Assert.Equal(indexing, Assert.Single(source.Get().Headers.Headers).Indexing);
    }

    private ProviderTokenSource CreateSource() => new(Rig.CreateApnsCredential(), TimeSpan.FromMinutes(50), HeaderIndexing.Allowed, _time);

    private static string JwtOf(ProviderToken token) => token.Headers.Headers.Single().Value["bearer ".Length..];
}
