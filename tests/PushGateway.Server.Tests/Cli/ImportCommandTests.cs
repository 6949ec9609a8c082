using PushGateway.Server.Cli;

namespace PushGateway.Server.Tests.Cli;

public sealed class ImportCommandTests
{
    private const string Line = """{"device":"d1","provider":"fcm","token":"abcdefgh"}""";

    [Fact]
    public async Task Import_EveryLineGood_Succeeds()
    {
        await using var gateway = await StubGateway.AnsweringAsync("""{"received":1,"created":1,"updated":0,"unchanged":0,"rejected":0,"errors":[]}""");

        var result = await CommandRun.Against(gateway, Line).RunAsync("import", "-", "--app", "a");

        Assert.Equal(ExitCodes.Success, result.ExitCode);
        Assert.Contains("1 received: 1 created, 0 updated, 0 unchanged, 0 rejected", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
        var request = Assert.Single(gateway.Requests);
        Assert.Equal("POST /v1/apps/a/devices/import application/x-ndjson", $"{request.Method} {request.Path} {request.ContentType}");
        Assert.Equal(Line, request.Body);
    }

    [Fact]
    public async Task Import_RejectedLines_AreShownAndFailTheCommand()
    {
        await using var gateway = await StubGateway.AnsweringAsync(
            """{"received":200,"created":50,"updated":0,"unchanged":0,"rejected":150,"errors":[{"line":7,"code":"token.invalid","detail":"Not a token."}]}""");

        var result = await CommandRun.Against(gateway, Line).RunAsync("import", "-", "--app", "a");

        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Equal(["line 7: token.invalid: Not a token.", "and 149 more"], result.Error.TrimEnd().Split(Environment.NewLine));
    }

    [Theory]
    [InlineData("devices.csv", null, "text/csv")]
    [InlineData("DEVICES.CSV", null, "text/csv")]
    [InlineData("devices.ndjson", null, "application/x-ndjson")]
    [InlineData("devices", null, "application/x-ndjson")]
    [InlineData("devices.csv", "ndjson", "application/x-ndjson")]
    [InlineData("devices.txt", "csv", "text/csv")]
    public async Task Import_File_IsSentAsWhatItsNameOrTheOptionSays(string name, string? format, string mediaType)
    {
        await using var gateway = await StubGateway.AnsweringAsync("""{"received":1,"created":1}""");
        var folder = Directory.CreateTempSubdirectory("pushgateway-test-");
        var path = Path.Combine(folder.FullName, name);
        await File.WriteAllTextAsync(path, Line, TestContext.Current.CancellationToken);

        string[] option = format is null ? [] : ["--format", format];
        var result = await CommandRun.Against(gateway).RunAsync(["import", path, "--app", "a", .. option]);
        folder.Delete(recursive: true);

        Assert.Equal(ExitCodes.Success, result.ExitCode);
        Assert.Equal(mediaType, Assert.Single(gateway.Requests).ContentType);
        Assert.Contains("Importing: 100 %", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_NoSuchFile_SaysSoInOneLine()
    {
        var result = await new CommandRun().RunAsync("import", "no-such-file.ndjson", "--app", "a", "--key", "k");

        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Contains("no-such-file.ndjson", Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
