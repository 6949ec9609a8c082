using System.Net;
using System.Text.Json;
using PushGateway.Server.Cli;

namespace PushGateway.Server.Tests.Cli;

public sealed class ServeProcessTests : IDisposable
{
    private const string AdminKey = "an-admin-key-for-tests-0123456789abcdef";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pushgateway-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Serve_Stopped_DrainsAndEndsWithSuccess(string signal)
    {
        await using var gateway = ServerProcess.Start(Environment(), "serve", "--urls", "http://127.0.0.1:0");
        var url = UrlIn(await gateway.WaitForLineAsync("Now listening on"));
        using var http = new HttpClient { BaseAddress = url };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("healthz", TestContext.Current.CancellationToken)).StatusCode);

        await gateway.SignalAsync(signal);

        var result = await gateway.WaitForExitAsync();
        Assert.True(result.ExitCode == ExitCodes.Success, result.Output + result.Error);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task Serve_PortTaken_SaysSoInOneLine()
    {
        await using var other = await StubGateway.AnsweringAsync("{}");

        await using var gateway = ServerProcess.Start(Environment(), "serve", "--urls", other.Url.ToString());

        var result = await gateway.WaitForExitAsync();
        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Contains("address already in use", Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PushGateway__Storage__Provider", "Oracle", "PushGateway:Storage:Provider")]
    [InlineData("PUSHGATEWAY_ADMIN_KEY", "short", "PUSHGATEWAY_ADMIN_KEY")]
    [InlineData("PushGateway__Dispatch__PageSize", "0", "PushGateway:Dispatch:PageSize")]
    [InlineData("PushGateway__Dispatch__PageSize", "many", "PushGateway:Dispatch:PageSize")]
    [InlineData("PushGateway__Dispatch__PagSize", "5", "PushGateway:Dispatch:PagSize")]
    [InlineData("PushGateway__Dispach__PageSize", "5", "PushGateway:Dispach")]
    [InlineData("PushGateway__Apns__Connections", "-1", "PushGateway:Apns:Connections")]
    [InlineData("PushGateway__Storage__ConnectionString", "Data Source=/", "PushGateway:Storage:ConnectionString")]
    [InlineData("PushGateway__Storage__ConnectionString", "Data Source=/dev/null/store.db", "PushGateway:Storage:ConnectionString")]
    [InlineData("PushGateway__DataProtection__KeysDirectory", "/dev/null/keys", "PushGateway:DataProtection:KeysDirectory")]
    [InlineData("ASPNETCORE_URLS", "nonsense", "ASPNETCORE_URLS")]
    [InlineData("ASPNETCORE_URLS", "ftp://127.0.0.1:1", "ASPNETCORE_URLS")]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:99999", "ASPNETCORE_URLS")]
    public async Task Serve_InvalidSetting_NamesItInOneLine(string variable, string value, string named)
    {
        var environment = Environment();
        environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        environment[variable] = value;

        await using var gateway = ServerProcess.Start(environment, "serve");

        var result = await gateway.WaitForExitAsync();
        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Contains(named, Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_SettingsFileThatIsNoJson_NamesItInOneLine()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "appsettings.json"), "{ broken", TestContext.Current.CancellationToken);

        await using var gateway = ServerProcess.Start(Environment(), "serve", "--urls", "http://127.0.0.1:0", $"--contentRoot={_folder.FullName}");

        var result = await gateway.WaitForExitAsync();
        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Contains("appsettings.json", Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_FileThatIsNoStore_SaysSoInOneLine()
    {
        var file = Path.Combine(_folder.FullName, "letter.txt");
        await File.WriteAllTextAsync(file, new string('x', 5_000), TestContext.Current.CancellationToken);
        var environment = Environment();
        environment["PushGateway__Storage__ConnectionString"] = $"Data Source={file}";

        await using var gateway = ServerProcess.Start(environment, "serve", "--urls", "http://127.0.0.1:0");

        var result = await gateway.WaitForExitAsync();
        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        Assert.Contains("PushGateway:Storage:ConnectionString", Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(new string('x', 5_000), await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    /// <summary>Both would send what is unfinished.</summary>
    [Theory]
    [InlineData("serve")]
    [InlineData("migrate")]
    public async Task Start_StoreInUse_IsRefusedInOneLine(string command)
    {
        await using var first = ServerProcess.Start(Environment(), "serve", "--urls", "http://127.0.0.1:0");
        var url = UrlIn(await first.WaitForLineAsync("Now listening on"));

        await using var second = ServerProcess.Start(Environment(), command, "--urls=http://127.0.0.1:0");

        var result = await second.WaitForExitAsync();
        Assert.Equal(ExitCodes.Failure, result.ExitCode);
        var line = Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Contains("PushGateway:Storage:ConnectionString", line, StringComparison.Ordinal);
        Assert.Contains("another process", line, StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = url };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("readyz", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Migrate_Twice_SaysWhatItDid()
    {
        await using var first = ServerProcess.Start(Environment(), "migrate");
        var applied = await first.WaitForExitAsync();
        await using var second = ServerProcess.Start(Environment(), "migrate");
        var nothing = await second.WaitForExitAsync();

        Assert.Equal(ExitCodes.Success, applied.ExitCode);
        Assert.Contains("Applied ", applied.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, nothing.ExitCode);
        Assert.Equal("The store was up to date.", nothing.Output.TrimEnd());
    }

    /// <summary>The commands against a gateway as it is, in the order a newcomer uses them.</summary>
    [Fact]
    public async Task Commands_AgainstAGatewayAndASimulator_DoWhatTheySay()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var simulator = ServerProcess.Start("simulate", "--credentials", Path.Combine(_folder.FullName, "simulator"));
        await simulator.WaitForLineAsync("Ctrl-C");
        await using var gateway = ServerProcess.Start(Environment(), "serve", "--urls", "http://127.0.0.1:0");
        var url = UrlIn(await gateway.WaitForLineAsync("Now listening on"));
        using var http = new HttpClient { BaseAddress = url };
        http.DefaultRequestHeaders.Authorization = new("Bearer", AdminKey);
        await PutAsync("v1/apps/news", """{"name":"News"}""");
        await PutAsync("v1/apps/news/providers/apns", await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "simulator", "apns.json"), cancellationToken));
        await PutAsync("v1/apps/news/providers/fcm", await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "simulator", "fcm.json"), cancellationToken));

        var good = """{"device":"a","provider":"apns","token":"00112233445566778899aabbccddeeff","channels":["c"]}""";
        var bad = """{"device":"b","provider":"apns","token":"not hex","channels":["c"]}""";
        var import = await RunAsync($"{good}\n{bad}\n", "import", "-", "--app", "news");
        Assert.Equal(ExitCodes.Failure, import.ExitCode);
        Assert.Contains("2 received: 1 created, 0 updated, 0 unchanged, 1 rejected", import.Output, StringComparison.Ordinal);
        Assert.StartsWith("line 2: token.invalid: ", import.Error, StringComparison.Ordinal);

        Assert.Equal(ExitCodes.Success, (await RunAsync(good, "import", "-", "--app", "news")).ExitCode);

        var publish = await RunAsync(string.Empty, "publish", "--app", "news", "--channel", "c", "--title", "Hello", "--watch");
        Assert.True(publish.ExitCode == ExitCodes.Success, publish.Output + publish.Error);
        Assert.Matches(@"all +\| +1 \| +1 \|", publish.Output);

        var key = await RunAsync(string.Empty, "keys", "create", "--name", "reader", "--scope", "read", "--app", "news");
        Assert.Equal(ExitCodes.Success, key.ExitCode);
        var list = await RunAsync(string.Empty, "keys", "list");
        Assert.Contains("reader", list.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(key.Output.Trim(), list.Output, StringComparison.Ordinal);
        var keyId = key.Error.Split(' ')[1].TrimEnd(';');
        Assert.Equal(ExitCodes.Success, (await RunAsync(string.Empty, "keys", "delete", keyId)).ExitCode);
        Assert.Equal(ExitCodes.Failure, (await RunAsync(string.Empty, "keys", "delete", keyId)).ExitCode);

        await simulator.SignalAsync("INT");
        Assert.Equal(ExitCodes.Success, (await simulator.WaitForExitAsync()).ExitCode);

        async Task PutAsync(string path, string json)
        {
            using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
            using var response = await http.PutAsync(path, content, cancellationToken);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }

        Task<CommandResult> RunAsync(string input, params string[] args) => new CommandRun
        {
            Environment = { ["PUSHGATEWAY_URL"] = url.ToString(), ["PUSHGATEWAY_KEY"] = AdminKey },
            Input = System.Text.Encoding.UTF8.GetBytes(input),
        }.RunAsync(args);
    }

    [Fact]
    public async Task Simulate_AsAChild_SaysWhereItIsAndEndsWithItsInput()
    {
        await using var simulator = ServerProcess.Start("simulate", "--child");
        using var details = JsonDocument.Parse(await simulator.WaitForLineAsync("controlEndpoint"));
        using var http = new HttpClient();
        using var counters = await http.GetAsync(
            new Uri(new Uri(details.RootElement.GetProperty("controlEndpoint").GetString()!), "counters"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, counters.StatusCode);

        // A Ctrl-C goes to parent and child alike, and is the parent's to act on.
        await simulator.SignalAsync("INT");
        using var again = await http.GetAsync(
            new Uri(new Uri(details.RootElement.GetProperty("controlEndpoint").GetString()!), "counters"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        simulator.CloseInput();

        Assert.Equal(ExitCodes.Success, (await simulator.WaitForExitAsync()).ExitCode);
    }

    private static Uri UrlIn(string line) => new(line[line.IndexOf("http://", StringComparison.Ordinal)..].Trim());

    private Dictionary<string, string> Environment() => new()
    {
        ["PUSHGATEWAY_ADMIN_KEY"] = AdminKey,
        ["PushGateway__Storage__ConnectionString"] = $"Data Source={Path.Combine(_folder.FullName, "pushgateway.db")}",
        ["PushGateway__DataProtection__KeysDirectory"] = Path.Combine(_folder.FullName, "keys"),
    };
}
