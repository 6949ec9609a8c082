namespace PushGateway.Server.Tests;

/// <summary>What the service ships with.</summary>
public sealed class DeploymentTests
{
    [Theory]
    [InlineData("pushgateway.service", "LimitCORE=0")]
    [InlineData("pushgateway.service", "DOTNET_DbgEnableMiniDump=0")]
    [InlineData("Dockerfile", "DOTNET_DbgEnableMiniDump=0")]
    public void Deployment_OfTheService_LeavesNoDumps(string file, string setting) =>
        Assert.Contains(setting, File.ReadAllText(Path.Combine(Repository.Root, "deploy", file)), StringComparison.Ordinal);
}
