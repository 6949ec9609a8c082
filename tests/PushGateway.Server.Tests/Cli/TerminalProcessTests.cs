using System.Diagnostics;
using PushGateway.Server.Cli;

namespace PushGateway.Server.Tests.Cli;

public sealed class TerminalProcessTests
{
    [Fact]
    public async Task Watch_OnATerminal_ShowsABarInsteadOfLines()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script(1), which gives a process a terminal, is not installed.");
        await using var gateway = await StubGateway.StartAsync(context => StubGateway.WriteAsync(
            context, "event: end\ndata: {\"id\":\"e1\",\"state\":\"completed\",\"counts\":{\"targeted\":1,\"accepted\":1}}\n\n", contentType: "text/event-stream"));
        var command = $"dotnet {Path.Combine(AppContext.BaseDirectory, "pushgateway.dll")} watch e1 --app a --url {gateway.Url} --key k";
        var start = new ProcessStartInfo("/usr/bin/script", ["-qec", command, "/dev/null"]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["TERM"] = "xterm";

        using var script = Process.Start(start)!;
        var output = await script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.Success, script.ExitCode);
        Assert.Contains('\e', output);
        Assert.Contains("100%", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Sending: 100 %", output, StringComparison.Ordinal);
    }
}
