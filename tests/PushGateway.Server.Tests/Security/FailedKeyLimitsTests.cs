using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Tests.Security;

/// <summary>How many wrong keys an address may send.</summary>
public sealed class FailedKeyLimitsTests
{
    private static readonly IPAddress s_address = IPAddress.Parse("192.0.2.7");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void WaitOf_AfterTheLimit_HoldsUntilOneIsFreeAgain()
    {
        var limits = Create(perMinute: 6);
        for (var failure = 0; failure < 6; failure++)
        {
            Assert.Equal(TimeSpan.Zero, limits.WaitOf(s_address));
            limits.OnFailure(s_address);
        }

        Assert.Equal(10, limits.WaitOf(s_address).TotalSeconds, 0.001);
        Assert.Equal(TimeSpan.Zero, limits.WaitOf(IPAddress.Parse("192.0.2.8")));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.Zero, limits.WaitOf(s_address));
        limits.OnFailure(s_address);
        Assert.True(limits.WaitOf(s_address) > TimeSpan.Zero);
    }

    [Fact]
    public void WaitOf_LongAfter_IsForgotten()
    {
        var limits = Create(perMinute: 6);
        limits.OnFailure(s_address);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(TimeSpan.Zero, limits.WaitOf(s_address));
        Assert.Equal(0, limits.Count);
    }

    [Fact]
    public void OnFailure_OneSubnetOfIpv6_IsOneCaller()
    {
        var limits = Create(perMinute: 2);
        limits.OnFailure(IPAddress.Parse("2001:db8:1:2::1"));
        limits.OnFailure(IPAddress.Parse("2001:db8:1:2:ffff::9"));
        Assert.True(limits.WaitOf(IPAddress.Parse("2001:db8:1:2::77")) > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, limits.WaitOf(IPAddress.Parse("2001:db8:1:3::1")));
        limits.OnFailure(IPAddress.Parse("::ffff:192.0.2.7"));
        limits.OnFailure(s_address);
        Assert.True(limits.WaitOf(s_address) > TimeSpan.Zero);
    }

    [Fact]
    public void OnFailure_MoreAddressesThanAreKept_ForgetsTheOneThatFailedLongestAgo()
    {
        var limits = Create(perMinute: 1);
        limits.OnFailure(s_address);
        for (var number = 0; number < FailedKeyLimits.MaxAddresses; number++)
        {
            limits.OnFailure(new IPAddress([10, (byte)(number >> 16), (byte)(number >> 8), (byte)number]));
        }

        Assert.Equal(FailedKeyLimits.MaxAddresses, limits.Count);
        Assert.Equal(TimeSpan.Zero, limits.WaitOf(s_address));
        Assert.True(limits.WaitOf(IPAddress.Parse("10.0.0.1")) > TimeSpan.Zero);
    }

    [Fact]
    public void WaitOf_WithoutALimit_IsNothing()
    {
        var limits = Create(perMinute: 0);
        for (var failure = 0; failure < 100; failure++)
        {
            limits.OnFailure(s_address);
        }

        Assert.Equal(TimeSpan.Zero, limits.WaitOf(s_address));
    }

    private FailedKeyLimits Create(int perMinute) =>
        new(Options.Create(new ApiOptions { FailedKeysPerMinute = perMinute }), _time, NullLogger<FailedKeyLimits>.Instance);
}
