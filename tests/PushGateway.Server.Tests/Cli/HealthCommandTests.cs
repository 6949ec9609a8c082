using PushGateway.Server.Cli;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Cli;

public sealed class HealthCommandTests(GatewayFixture fixture)
{
    [Theory]
    [InlineData("http://127.0.0.1:{0}")]
    [InlineData("http://+:{0}")]
    [InlineData("http://*:{0}")]
    [InlineData("http://0.0.0.0:{0}/")]
    [InlineData("http://unix:/tmp/some.socket;https://127.0.0.1:1;http://127.0.0.1:{0}")]
    public async Task Health_OfAGatewayThatListensSo_FindsIt(string urls)
    {
        var run = new CommandRun { Environment = { ["ASPNETCORE_URLS"] = string.Format(urls, fixture.Gateway.Address.Port) } };

        var alive = await run.RunAsync("health");
        var ready = await run.RunAsync("health", "--ready");

        Assert.True(alive.ExitCode == ExitCodes.Success && ready.ExitCode == ExitCodes.Success, alive.Error + ready.Error);
        Assert.StartsWith("200 ", alive.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_OfAnAddressGiven_GoesBeforeTheEnvironment()
    {
        var run = new CommandRun { Environment = { ["ASPNETCORE_URLS"] = "http://127.0.0.1:1", ["PUSHGATEWAY_URL"] = "http://127.0.0.1:1" } };

        Assert.Equal(ExitCodes.Success, (await run.RunAsync("health", "--url", fixture.Gateway.Address.ToString())).ExitCode);
        Assert.Equal(ExitCodes.Usage, (await run.RunAsync("health", "--url", "nonsense")).ExitCode);
    }

    [Fact]
    public async Task Health_OfWhatAnswersOtherwiseOrNotAtAll_Fails()
    {
        await using var other = await StubGateway.AnsweringAsync("{}", 503);

        var ill = await new CommandRun().RunAsync("health", "--ready", "--url", other.Url.ToString());
        var gone = await new CommandRun().RunAsync("health", "--url", "http://127.0.0.1:1");

        Assert.Equal((ExitCodes.Failure, ExitCodes.Failure), (ill.ExitCode, gone.ExitCode));
        Assert.StartsWith("503 ", ill.Output, StringComparison.Ordinal);
        Assert.Contains("Cannot reach the gateway", gone.Error, StringComparison.Ordinal);
    }
}
