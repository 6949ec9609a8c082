using System.Net;
using System.Net.Sockets;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Outbound;

namespace PushGateway.Core.Tests;

/// <summary>Where connections may lead whose address a caller of the API chose.</summary>
public sealed class OutboundPolicyTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.19.0.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::10.0.0.1")]
    [InlineData("64:ff9b::169.254.169.254")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:a00:1::1")]
    [InlineData("3fff::1")]
    [InlineData("5f00::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%7")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void Allows_SpecialAddress_IsRefused(string address) => Assert.False(OutboundPolicy.PublicOnly.Allows("host.example", IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("17.188.143.34")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("169.253.255.255")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("2620:149:208:430d::a")]
    [InlineData("2a00:1450:4001:831::200a")]
    [InlineData("::ffff:1.1.1.1")]
    [InlineData("64:ff9b::1.1.1.1")]
    public void Allows_PublicAddress_IsAllowed(string address) => Assert.True(OutboundPolicy.PublicOnly.Allows("host.example", IPAddress.Parse(address)));

    [Fact]
    public void Allows_AnyIpv4Address_IsTheSameInEveryFormThatReachesIt() =>
        Gen.UInt.Sample(bits =>
        {
            var plain = new IPAddress(bits);
            if (plain.Equals(IPAddress.Any) || plain.Equals(new IPAddress([0, 0, 0, 1])))
            {
                return;
            }

            var expected = OutboundPolicy.PublicOnly.Allows("h", plain);
            Assert.Equal(expected, OutboundPolicy.PublicOnly.Allows("h", plain.MapToIPv6()));
            Assert.Equal(expected, OutboundPolicy.PublicOnly.Allows("h", IPAddress.Parse($"64:ff9b::{plain}")));
            Assert.Equal(expected, OutboundPolicy.PublicOnly.Allows("h", IPAddress.Parse($"::{plain}")));
        });

    [Fact]
    public void Allows_WhatTheOperatorAllowed_IsAllowedAndNothingBesideIt()
    {
        var policy = new OutboundPolicy(
            new OutboundRules { AllowedNetworks = [IPNetwork.Parse("10.20.0.0/16"), IPNetwork.Parse("fd00:1::/32")], AllowedHosts = ["relay.internal"] }, TimeProvider.System);

        Assert.True(policy.Allows("any.example", IPAddress.Parse("10.20.3.4")));
        Assert.True(policy.Allows("any.example", IPAddress.Parse("::ffff:10.20.3.4")));
        Assert.True(policy.Allows("any.example", IPAddress.Parse("fd00:1::9")));
        Assert.False(policy.Allows("any.example", IPAddress.Parse("10.21.0.1")));
        Assert.False(policy.Allows("any.example", IPAddress.Loopback));
        Assert.True(policy.Allows("Relay.Internal.", IPAddress.Parse("192.168.0.1")));
        Assert.False(policy.Allows("xrelay.internal", IPAddress.Parse("192.168.0.1")));
    }

    [Fact]
    public void Allows_Loopback_IsARuleOfItsOwn()
    {
        var policy = new OutboundPolicy(new OutboundRules { AllowsLoopback = true }, TimeProvider.System);

        Assert.True(policy.Allows("localhost", IPAddress.Loopback));
        Assert.True(policy.Allows("localhost", IPAddress.IPv6Loopback));
        Assert.True(policy.Allows("localhost", IPAddress.Parse("::ffff:127.0.0.1")));
        Assert.False(policy.Allows("localhost", IPAddress.Any));
        Assert.False(policy.Allows("localhost", IPAddress.Parse("10.0.0.1")));
    }

    [Theory]
    [InlineData("https://169.254.169.254", "link-local")]
    [InlineData("https://2130706433", "loopback")]
    [InlineData("https://0x7f.1", "loopback")]
    [InlineData("https://0177.0.0.1", "loopback")]
    [InlineData("https://127.1:8443", "loopback")]
    [InlineData("https://[::ffff:10.0.0.1]", "private")]
    [InlineData("https://[fe80::1]:443", "link-local")]
    public async Task Check_UrlWithAnAddress_IsRefusedWithItsKind(string url, string kind)
    {
        var rule = await OutboundPolicy.PublicOnly.CheckAsync(new Uri(url), Cancelled);
        Assert.Contains(kind, rule, StringComparison.Ordinal);
        Assert.Contains("PushGateway:Outbound", rule, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_Name_IsJudgedByItsAddressesAndDoesNotTellThem()
    {
        var policy = With(new OutboundRules(), name => name switch
        {
            "inside.example" => [IPAddress.Parse("10.11.12.13"), IPAddress.Parse("fd00::1")],
            "mixed.example" => [IPAddress.Parse("10.11.12.13"), IPAddress.Parse("1.1.1.1")],
            _ => throw new SocketException((int)SocketError.HostNotFound),
        });

        var rule = await policy.CheckAsync(new Uri("https://inside.example"), Cancelled);
        Assert.Contains("private", rule, StringComparison.Ordinal);
        Assert.DoesNotContain("10.11", rule, StringComparison.Ordinal);
        Assert.Null(await policy.CheckAsync(new Uri("https://mixed.example"), Cancelled));
        Assert.Null(await policy.CheckAsync(new Uri("https://not-yet-known.example"), Cancelled));
    }

    [Fact]
    public async Task Check_ResolverThatDoesNotAnswer_IsNotWaitedForLong()
    {
        var time = new FakeTimeProvider();
        var policy = new OutboundPolicy(new OutboundRules(), time, (_, cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ContinueWith<IPAddress[]>(_ => [], TaskScheduler.Default));

        var check = policy.CheckAsync(new Uri("https://slow.example"), Cancelled);
        Assert.False(check.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Null(await check.WaitAsync(TimeSpan.FromSeconds(30), Cancelled));
    }

    [Fact]
    public async Task Connect_NameThatLeadsElsewhereByThen_IsRefusedAndNobodyIsConnectedTo()
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var url = new Uri($"http://rebinding.example:{((IPEndPoint)inside.LocalEndpoint).Port}");
        var looked = 0;
        var policy = With(new OutboundRules(), _ => looked++ == 0 ? [IPAddress.Parse("1.1.1.1")] : [IPAddress.Loopback]);
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = policy.ConnectAsync, UseProxy = false });

        Assert.Null(await policy.CheckAsync(url, Cancelled));
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(url, Cancelled));

        Assert.Equal(2, looked);
        Assert.False(inside.Pending());
    }

    [Fact]
    public async Task Connect_SomeAddressesAllowed_GoesToThose()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var policy = With(
            new OutboundRules { AllowsLoopback = true }, _ => [IPAddress.Parse("10.0.0.1"), IPAddress.Parse("169.254.169.254"), IPAddress.Loopback]);
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = policy.ConnectAsync, UseProxy = false });

        var answer = http.GetStringAsync(new Uri($"http://some.example:{((IPEndPoint)server.LocalEndpoint).Port}"), Cancelled);
        using var connection = await server.AcceptTcpClientAsync(Cancelled);
        await connection.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"u8.ToArray(), Cancelled);

        Assert.Equal("ok", await answer);
    }

    private static OutboundPolicy With(OutboundRules rules, Func<string, IPAddress[]> resolve) =>
        new(rules, TimeProvider.System, (name, _) => Task.Run(() => resolve(name)));
}
