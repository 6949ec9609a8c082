using System.Text;
using PushGateway.Core.Time;

namespace PushGateway.Core.Tests;

public sealed class TimeZonesTests
{
    [Fact]
    public void Resolve_Ids_NumbersEachOnceAndKnowsWhatHasNone()
    {
        var zones = new TimeZones("Europe/Madrid");
        var tokyo = zones.Resolve("Asia/Tokyo"u8);

        Assert.Equal("Asia/Tokyo", zones[tokyo].Id);
        Assert.Equal(tokyo, zones.Resolve("Asia/Tokyo"u8));
        Assert.Equal(0, zones.Resolve(default));
        Assert.Equal(0, zones.Resolve("Moon/Tranquility"u8));
        Assert.Equal("Europe/Madrid", zones[0].Id);
        Assert.Equal(2, zones.Count);
    }

    [Fact]
    public void Resolve_MoreIdsThanThereAreZones_StaysBounded()
    {
        var zones = new TimeZones(null);
        for (var number = 0; number < 10_000; number++)
        {
            Assert.Equal(0, zones.Resolve(Encoding.UTF8.GetBytes($"Moon/Crater{number}")));
        }

        Assert.Equal(1, zones.Count);
        Assert.Equal(TimeZoneInfo.Utc, zones[0]);
        Assert.True(zones.Known <= 4_096);
    }
}
