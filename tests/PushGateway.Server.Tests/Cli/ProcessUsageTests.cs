using PushGateway.Server.Cli.Demo;

namespace PushGateway.Server.Tests.Cli;

public sealed class ProcessUsageTests
{
    [Fact]
    public void ParseKilobytes_KernelsLine_GivesTheNumber() => Assert.Equal(123_456, ProcessUsage.ParseKilobytes("VmHWM:\t  123456 kB"));

    [Fact]
    public void PeakMemoryBytes_ThisProcess_IsAtLeastWhatIsHeldNow()
    {
        var held = new byte[64 * 1024 * 1024];
        Array.Fill(held, (byte)1);

        Assert.True(ProcessUsage.PeakMemoryBytes() > held.Length);
        GC.KeepAlive(held);
    }
}
