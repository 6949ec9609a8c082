namespace PushGateway.Simulator.Tests;

public sealed class FcmAcceptanceTests
{
    [Fact]
    public async Task Push_Valid_IsAcceptedWithAMessageName()
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var answer = await fixture.Fcm.PushAsync();

        Assert.Equal(200, answer.Code);
        Assert.StartsWith("projects/demo-project/messages/0:", answer.Json.GetProperty("name").GetString(), StringComparison.Ordinal);
    }
}
