using System.Diagnostics;
using System.Text.Json;
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
    public Task Rules_ByPromtool_AreWhatTheyShouldBe(string command, string file) => PromtoolAsync(command, "rules", Path.Combine(s_folder, file));

    /// <summary>With the variables of the dashboard as Grafana would fill them in; recorded as a rule each, because that is what the tool reads.</summary>
    [Fact]
    public async Task Dashboard_QueriesByPromtool_AreUnderstood()
    {
        var dashboard = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "grafana", "pushgateway.json"), TestContext.Current.CancellationToken));
        var queries = Queries(dashboard).ToList();
        Assert.True(queries.Count > 20, $"{queries.Count} queries");
        var rules = JsonSerializer.Serialize(new { groups = new[] { new { name = "dashboard", rules = queries.Select((query, number) => new { record = $"query:{number}", expr = Filled(query) }) } } });
        var file = Path.GetTempFileName();
        try
        {
            // YAML is a superset of JSON.
            await File.WriteAllTextAsync(file, rules, TestContext.Current.CancellationToken);
            await PromtoolAsync("check", "rules", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IEnumerable<string> Queries(JsonElement node) => node.ValueKind switch
    {
        JsonValueKind.Object => node.EnumerateObject().SelectMany(member => member is { Name: "expr", Value.ValueKind: JsonValueKind.String } ? [member.Value.GetString()!] : Queries(member.Value)),
        JsonValueKind.Array => node.EnumerateArray().SelectMany(Queries),
        _ => [],
    };

    private static string Filled(string query)
    {
        var filled = query.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$job", ".*", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal);
        Assert.DoesNotContain('$', filled);
        return filled;
    }

    private static async Task PromtoolAsync(params string[] arguments)
    {
        if (!File.Exists(Tool))
        {
            const string Missing = "promtool (Debian's prometheus) is not installed.";
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("PUSHGATEWAY_REQUIRE_TOOLS") == "1", Missing);
            Assert.Skip(Missing);
        }

        using var tool = Process.Start(new ProcessStartInfo(Tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
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
