using System.Diagnostics;
using System.Text.Json;

namespace PushGateway.Simulator.Tests;

/// <summary>Runs a driver script around a client somebody else wrote. Without the client the test is skipped, or fails where tools are required (CI=true or PUSHGATEWAY_REQUIRE_TOOLS=1).</summary>
internal sealed class ThirdPartyTool
{
    private static readonly string s_folder = FindFolder();
    private readonly string _program;
    private readonly string _script;

    private ThirdPartyTool(string program, string script)
    {
        _program = program;
        _script = Path.Combine(s_folder, script);
    }

    /// <summary>Python's aioapns, as Debian packages it.</summary>
    public static async Task<ThirdPartyTool> AioapnsAsync()
    {
        const string Python = "/usr/bin/python3";
        Require(File.Exists(Python) && await SucceedsAsync(Python, "-c", "import aioapns"), "aioapns is not importable by /usr/bin/python3; install it with: apt-get install -y python3-aioapns");
        return new ThirdPartyTool(Python, "aioapns_client.py");
    }

    /// <summary>A script for Node.js whose dependencies package.json names.</summary>
    public static async Task<ThirdPartyTool> NodeAsync(string script, string package)
    {
        Require(await SucceedsAsync("node", "--version"), "node is not on the PATH; install it with: apt-get install -y nodejs npm");
        Require(Directory.Exists(Path.Combine(s_folder, "node_modules", package)), $"{package} is not installed; run: npm ci in tests/PushGateway.Simulator.Tests/ThirdParty");
        return new ThirdPartyTool("node", script);
    }

    /// <summary>Gives the script a JSON text on standard input and reads one from its standard output.</summary>
    public async Task<JsonElement> RunAsync(string input, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(_program, [_script]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = s_folder };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
        process.StandardInput.Close();
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, $"{_script} ended with {process.ExitCode}: {await errors}");
        return JsonDocument.Parse(await output).RootElement;
    }

    private static async Task<bool> SucceedsAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static void Require(bool present, string reason)
    {
        if (present)
        {
            return;
        }

        Assert.False(Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("PUSHGATEWAY_REQUIRE_TOOLS") == "1", reason);
        Assert.Skip(reason);
    }

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "ThirdParty");
            if (File.Exists(Path.Combine(candidate, "package.json")))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("ThirdParty, with its package.json, is not above the test assembly.");
    }
}
