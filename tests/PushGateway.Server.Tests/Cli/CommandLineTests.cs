using System.Runtime.InteropServices;
using PushGateway.Server.Cli;

namespace PushGateway.Server.Tests.Cli;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("sevre", "sevre")]
    [InlineData("serve stray", "stray")]
    [InlineData("watch event-1 --app a --nonsense", "--nonsense")]
    [InlineData("import devices.ndjson", "--app")]
    [InlineData("keys", "command")]
    [InlineData("keys create --name n --scope everything", "everything")]
    [InlineData("demo --devices 0", "--devices")]
    [InlineData("demo --devices many", "many")]
    [InlineData("demo --port 65536", "--port")]
    [InlineData("simulate --apns-port -1", "--apns-port")]
    [InlineData("publish --app a --title t", "audience")]
    [InlineData("publish --app a --all --channel c", "audience")]
    [InlineData("publish --app a --all --data novalue", "novalue")]
    [InlineData("publish --app a --all --ttl soon", "soon")]
    public async Task RunAsync_WrongCommandLine_SaysWhatIsWrongAndEndsWithTheUsageCode(string line, string mentioned)
    {
        var run = new CommandRun { Environment = { ["PUSHGATEWAY_KEY"] = "k" } };

        var result = await run.RunAsync(line.Split(' '));

        Assert.Equal(ExitCodes.Usage, result.ExitCode);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(mentioned, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("serve")]
    [InlineData("demo")]
    [InlineData("simulate")]
    [InlineData("import")]
    [InlineData("publish")]
    [InlineData("watch")]
    [InlineData("keys")]
    [InlineData("keys create")]
    [InlineData("keys delete")]
    [InlineData("migrate")]
    public async Task RunAsync_Help_NamesTheCommandAndNeverTheKey(string command)
    {
        var run = new CommandRun { Environment = { ["PUSHGATEWAY_KEY"] = StubGateway.Key } };

        var result = await run.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal(ExitCodes.Success, result.ExitCode);
        Assert.Matches($@"Usage:\s+\S+ {command}", result.Output);
        Assert.DoesNotContain(StubGateway.Key, result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("--child", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NoKey_NamesTheOptionAndTheVariable()
    {
        var result = await new CommandRun().RunAsync("watch", "event-1", "--app", "a");

        Assert.Equal(ExitCodes.Usage, result.ExitCode);
        Assert.Contains("--key", result.Error, StringComparison.Ordinal);
        Assert.Contains("PUSHGATEWAY_KEY", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not an address")]
    [InlineData("ftp://example.com")]
    public async Task RunAsync_AddressThatIsNone_IsAUsageError(string url)
    {
        var result = await new CommandRun().RunAsync("keys", "list", "--key", "k", "--url", url);

        Assert.Equal(ExitCodes.Usage, result.ExitCode);
        Assert.Contains(url, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NobodyListens_SaysSoInOneLine()
    {
        Uri url;
        await using (var gone = await StubGateway.AnsweringAsync("{}"))
        {
            url = gone.Url;
        }

        var result = await new CommandRun().RunAsync("keys", "list", "--key", StubGateway.Key, "--url", url.ToString());

        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Contains("Cannot reach the gateway", OneLine(result.Error), StringComparison.Ordinal);
        Assert.DoesNotContain(StubGateway.Key, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_AnotherServerAnswers_SaysSoInOneLine()
    {
        await using var gateway = await StubGateway.StartAsync(context => StubGateway.WriteAsync(context, "<html></html>", contentType: "text/html"));

        var result = await CommandRun.Against(gateway).RunAsync("keys", "list");

        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Contains("PushGateway", OneLine(result.Error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ProblemAnswer_ShowsItsTextFieldsAndCode()
    {
        await using var gateway = await StubGateway.StartAsync(context => StubGateway.WriteAsync(
            context, """{"title":"Bad","detail":"The request is not valid.","code":"request.invalid","errors":[{"field":"name","code":"field.required","detail":"It must not be empty."}]}""",
            400, "application/problem+json"));

        var result = await CommandRun.Against(gateway).RunAsync("keys", "create", "--name", "x", "--scope", "read", "--app", "a");

        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Equal("error: The request is not valid. (name: It must not be empty.) [request.invalid]", OneLine(result.Error));
    }

    [Fact]
    public async Task RunAsync_KeyUnknownToTheGateway_PointsAtTheKeyWithoutShowingIt()
    {
        await using var gateway = await StubGateway.AnsweringAsync("{}", 401);

        var result = await CommandRun.Against(gateway).RunAsync("keys", "list");

        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Contains("PUSHGATEWAY_KEY", OneLine(result.Error), StringComparison.Ordinal);
        Assert.DoesNotContain(StubGateway.Key, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT, ExitCodes.Interrupted)]
    [InlineData(PosixSignal.SIGTERM, ExitCodes.Terminated)]
    public async Task RunAsync_InterruptedWhileWaiting_EndsWithTheSignalsCode(PosixSignal signal, int expected)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gateway = await StubGateway.StartAsync(async context =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        var run = CommandRun.Against(gateway);
        var running = run.RunAsync("watch", "event-1", "--app", "a");
        await asked.Task;

        run.Interruption.Interrupt(signal);

        Assert.Equal(expected, (await running).ExitCode);
    }

    private static string OneLine(string error)
    {
        var lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return Assert.Single(lines).TrimEnd();
    }
}
