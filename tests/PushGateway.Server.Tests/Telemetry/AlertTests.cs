using System.Diagnostics;
using System.Text.RegularExpressions;

namespace PushGateway.Server.Tests.Telemetry;

/// <summary>The alerts that ship with the gateway, by Prometheus' own tool (Debian's prometheus). Without it skipped, or failed where tools are required.</summary>
public sealed partial class AlertTests
{
    private const string Tool = "/usr/bin/promtool";

    private static readonly string s_folder = Path.Combine(Repository.Root, "deploy", "alerts");

    [Theory]
    [InlineData("check", "pushgateway.rules.yaml")]
    [InlineData("test", "pushgateway.tests.yaml")]
    public async Task Rules_ByPromtool_AreWhatTheyShouldBe(string command, string file)
    {
        if (!File.Exists(Tool))
        {
            const string Missing = "promtool (Debian's prometheus) is not installed.";
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("PUSHGATEWAY_REQUIRE_TOOLS") == "1", Missing);
            Assert.Skip(Missing);
        }

        using var tool = Process.Start(new ProcessStartInfo(Tool, [command, "rules", Path.Combine(s_folder, file)]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (tool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), tool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await tool.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(tool.ExitCode == 0, $"{await output}\n{await error}");
    }

    [Fact]
    public void Rules_EachAlert_HasATestASummaryAndItsRunbook()
    {
        var rules = File.ReadAllText(Path.Combine(s_folder, "pushgateway.rules.yaml")).Split("- alert: ")[1..];
        var tests = File.ReadAllText(Path.Combine(s_folder, "pushgateway.tests.yaml"));
        Assert.NotEmpty(rules);
        foreach (var rule in rules)
        {
            var name = rule.Split('\n')[0].Trim();
            var anchor = Word().Replace(name, match => (match.Index == 0 ? "" : "-") + match.Value.ToLowerInvariant());
            Assert.Contains("summary: ", rule, StringComparison.Ordinal);
            Assert.Contains($"runbook_url: deploy/README.md#runbook-{anchor}\n", rule, StringComparison.Ordinal);
            Assert.Contains($"        alertname: {name}\n        exp_alerts:", tests, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Word();
}
