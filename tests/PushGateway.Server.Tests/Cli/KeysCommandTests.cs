using PushGateway.Server.Cli;

namespace PushGateway.Server.Tests.Cli;

public sealed class KeysCommandTests
{
    [Fact]
    public async Task Create_Key_IsAloneOnStandardOutput()
    {
        await using var gateway = await StubGateway.AnsweringAsync("""{"id":"k1","key":"pgk_secret"}""", 201);

        var result = await CommandRun.Against(gateway).RunAsync("keys", "create", "--name", "backend", "--scope", "publish", "--scope", "read", "--app", "news");

        Assert.Equal(ExitCodes.Success, result.ExitCode);
        Assert.Equal("pgk_secret", result.Output.TrimEnd());
        Assert.Contains("k1", result.Error, StringComparison.Ordinal);
        Assert.Equal("""{"name":"backend","scopes":["publish","read"],"app":"news"}""", Assert.Single(gateway.Requests).Body);
    }

    [Fact]
    public async Task List_SeveralPages_ShowsThemAll()
    {
        await using var gateway = await StubGateway.StartAsync(context => StubGateway.WriteAsync(
            context, context.Request.Query["cursor"] == "c1"
                ? """{"items":[{"id":"k2","name":"second","scopes":["read"],"app":"news"}],"nextCursor":null}"""
                : """{"items":[{"id":"k1","name":"[first]","scopes":["admin"]}],"nextCursor":"c1"}"""));

        var result = await CommandRun.Against(gateway).RunAsync("keys", "list");

        Assert.Equal(ExitCodes.Success, result.ExitCode);
        Assert.Contains("[first]", result.Output, StringComparison.Ordinal);
        Assert.Contains("second", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(204, ExitCodes.Success)]
    [InlineData(404, ExitCodes.Failure)]
    public async Task Delete_Key_FailsWhenThereIsNone(int status, int expected)
    {
        await using var gateway = await StubGateway.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });

        var result = await CommandRun.Against(gateway).RunAsync("keys", "delete", "k1");

        Assert.Equal(expected, result.ExitCode);
        Assert.Contains("k1", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Equal("DELETE /v1/keys/k1", $"{Assert.Single(gateway.Requests).Method} {Assert.Single(gateway.Requests).Path}");
    }
}
