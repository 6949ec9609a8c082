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

    [Fact]
    public async Task Import_FromALine_AsksForIt()
    {
        await using var gateway = await StubGateway.AnsweringAsync("""{"received":1,"created":1,"updated":0,"unchanged":0,"rejected":0,"errors":[]}""");

        var result = await CommandRun.Against(gateway, Line).RunAsync("import", "-", "--app", "a", "--from-line", "5000000001");

        Assert.Equal(ExitCodes.Success, result.ExitCode);
        Assert.Equal("?fromLine=5000000001", Assert.Single(gateway.Requests).Query);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("x")]
    public async Task Import_FromWhatIsNoLine_IsAWrongCommandLine(string fromLine)
    {
        var result = await new CommandRun().RunAsync("import", "-", "--app", "a", "--key", "k", "--from-line", fromLine);

        Assert.Equal(ExitCodes.Usage, result.ExitCode);
        Assert.Contains("--from-line", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_ErrorsFile_HasEveryRejectedLineAndTheTerminalTheFirst()
    {
        var rejected = string.Concat(Enumerable.Range(1, 250).Select(line => $$"""{"line":{{line}},"code":"token.invalid","detail":"Not a token."}""" + "\n"));
        await using var gateway = await StubGateway.AnsweringAsync(rejected + """{"received":300,"created":50,"updated":0,"unchanged":0,"rejected":250,"errors":[]}""");
        var folder = Directory.CreateTempSubdirectory("pushgateway-test-");
        var file = Path.Combine(folder.FullName, "rejected.ndjson");

        var result = await CommandRun.Against(gateway, Line).RunAsync("import", "-", "--app", "a", "--errors", file);
        var written = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        folder.Delete(recursive: true);

        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Equal(rejected, written);
        var shown = result.Error.TrimEnd().Split(Environment.NewLine);
        Assert.Equal(["line 1: token.invalid: Not a token.", "line 100: token.invalid: Not a token.", "and 150 more"], [shown[0], shown[^2], shown[^1]]);
        Assert.Equal("application/x-ndjson", Assert.Single(gateway.Requests).Accept);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Import_ErrorsIntoWhatIsImported_IsRefusedAndTheFileStays(bool isLinked)
    {
        await using var gateway = await StubGateway.AnsweringAsync("""{"received":0,"created":0,"updated":0,"unchanged":0,"rejected":0,"errors":[]}""");
        var folder = Directory.CreateTempSubdirectory("pushgateway-test-");
        var (path, errors) = (Path.Combine(folder.FullName, "devices.ndjson"), Path.Combine(folder.FullName, isLinked ? "link" : "devices.ndjson"));
        await File.WriteAllTextAsync(path, Line, TestContext.Current.CancellationToken);
        if (isLinked)
        {
            File.CreateSymbolicLink(errors, path);
        }

        var result = await CommandRun.Against(gateway).RunAsync("import", path, "--app", "a", "--errors", errors);
        var kept = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        folder.Delete(recursive: true);

        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Contains(Path.GetFileName(errors), Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(Line, kept);
        Assert.Empty(gateway.Requests);
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(401, "from before, and longer than nothing\n")]
    public async Task Import_ErrorsFileOfBefore_IsWrittenOverWhenTheImportHasEnded(int status, string expected)
    {
        await using var gateway = await StubGateway.AnsweringAsync("""{"received":1,"created":1,"updated":0,"unchanged":0,"rejected":0,"errors":[]}""", status);
        var folder = Directory.CreateTempSubdirectory("pushgateway-test-");
        var file = Path.Combine(folder.FullName, "rejected.ndjson");
        await File.WriteAllTextAsync(file, "from before, and longer than nothing\n", TestContext.Current.CancellationToken);

        await CommandRun.Against(gateway, Line).RunAsync("import", "-", "--app", "a", "--errors", file);
        var kept = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        folder.Delete(recursive: true);

        Assert.Equal(expected, kept);
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
