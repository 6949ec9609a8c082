using Microsoft.Extensions.Time.Testing;
using PushGateway.Server.Cli.Output;

namespace PushGateway.Server.Tests.Cli;

public sealed class RateMeterTests
{
    [Fact]
    public void Observe_GrowingCount_GivesTheGrowthOfTheLastSecond()
    {
        var time = new FakeTimeProvider();
        var meter = new RateMeter(time);

        time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(200, meter.Observe(100));
        time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(300, meter.Observe(300));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(50, meter.Observe(400));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, meter.Observe(400));
    }
}
