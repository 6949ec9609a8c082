using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using PushGateway.Server.Tests.Api;
using PushGateway.Server.Tests.EndToEnd;

namespace PushGateway.Server.Tests.Telemetry;

/// <summary>What a running gateway exports, against what the dashboard and the alerts that ship with it ask for; and the canary, whose metrics are among them.</summary>
public sealed partial class ExportedMetricsTests(GatewayFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_OfAGatewayWithACanary_AreAllThatDashboardAndAlertsName()
    {
        var port = GatewayProcess.FreePort();
        await using var gateway = await GatewayProcess.StartAsync(
            ("PushGateway__Canary__App", "canary"), ("PushGateway__Canary__Subscriber", "sentinel"),
            ("PushGateway__Canary__Interval", "00:00:30"), ("PushGateway__Canary__Timeout", "00:00:05"),
            ("PushGateway__Telemetry__ManagementUrl", $"http://127.0.0.1:{port}"), ("Logging__Console__FormatterName", "json"));
        using var management = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        // The first run came before there was an app for it. It is told in a log line that is JSON.
        await Eventually.TrueAsync(async () => Value(await MetricsAsync(), "pushgateway_canary_runs_total", "result=\"failed\"") == 1);
        Assert.Contains(gateway.Output.Split('\n'), line => line.StartsWith('{') && JsonDocument.Parse(line).RootElement.TryGetProperty("EventId", out var id) && id.GetInt32() == 6040);
        using var app = new HttpClient { BaseAddress = gateway.Address };
        app.DefaultRequestHeaders.Authorization = new("Bearer", GatewayProcess.AdminKey);
        var admin = new ApiClient(app);
        var credentials = fixture.Simulator.Control.Credentials;
        (await admin.PutAsync("/v1/apps/canary", new { name = "Canary" })).Expect(201);
        (await admin.PutAsync("/v1/apps/canary/providers/apns", credentials.Apns)).Expect(204);
        (await admin.PutAsync("/v1/apps/canary/providers/fcm", credentials.Fcm)).Expect(204);
        (await admin.PutAsync("/v1/apps/canary/devices/phone", new { provider = "apns", token = Samples.ApnsToken(77), subscriber = "sentinel" })).Expect(201);

        // With the next start comes the next one.
        await gateway.StopAsync();
        await gateway.StartAgainAsync();
        await Eventually.TrueAsync(async () => Value(await MetricsAsync(), "pushgateway_canary_runs_total", "result=\"accepted\"") >= 1);
        var metrics = await MetricsAsync();
        Assert.Equal(1, Value(metrics, "pushgateway_canary_duration_seconds_count"));
        Assert.True(Value(metrics, "pushgateway_dispatch_outcomes_total", "outcome=\"accepted\"", "provider=\"apns\"") >= 1);
        Assert.Equal(0, Value(metrics, "pushgateway_dispatch_stalled_seconds"));
        Assert.Equal(1, Value(metrics, "pushgateway_providers", "provider=\"apns\"", "state=\"running\""));
        Assert.Equal(30, Value(metrics, "pushgateway_canary_interval_seconds"));
        Assert.Contains("pushgateway_build_info{", metrics, StringComparison.Ordinal);

        var exported = Sample().Matches(metrics).Select(match => match.Groups[1].Value).ToHashSet();
        foreach (var file in new[] { Path.Combine("deploy", "grafana", "pushgateway.json"), Path.Combine("deploy", "alerts", "pushgateway.rules.yaml") })
        {
            var named = MetricName().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, file), Cancelled)).Select(match => match.Value).ToHashSet();
            Assert.True(named.Count > 5, $"{file} names no metrics.");
            Assert.True(named.IsSubsetOf(exported), $"{file} names what is not exported: {string.Join(", ", named.Except(exported))}");
        }

        foreach (var sample in Sample().Matches(metrics).Where(sample => sample.Value.StartsWith("pushgateway_", StringComparison.Ordinal)))
        {
            AssertIsOfTheTable(sample.Groups[1].Value, metrics[sample.Index..].Split('\n')[0]);
        }

        // The management port answers these without a key, and nothing else; the API's own asks for one.
        foreach (var (path, expected) in new[] { ("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/v1/apps", 404), ("/admin", 404), ("/docs", 404), ("/openapi/v1.json", 404), ("/", 404) })
        {
            using var answer = await management.GetAsync(path, Cancelled);
            Assert.True(expected == (int)answer.StatusCode, $"{path} was answered {answer.StatusCode} on the management port");
        }

        using var open = await gateway.Http.GetAsync("/metrics", Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, open.StatusCode);

        Task<string> MetricsAsync() => management.GetStringAsync("/metrics", Cancelled);
    }

    /// <summary>Tags are those that the operator's guide names, with the values that it names: sets that do not grow.</summary>
    private static void AssertIsOfTheTable(string name, string line)
    {
        var row = MetricTable.Rows.Where(row => name.StartsWith(row.Exported, StringComparison.Ordinal)).MaxBy(row => row.Name.Length);
        Assert.True(row is not null, $"{name} is not in the operator's guide.");
        var tags = Label().Matches(line).Select(label => (Name: label.Groups[1].Value, Value: label.Groups[2].Value)).Where(label => label.Name is not ("le" or "otel_scope_name")).ToList();
        Assert.Equal(row.Tags.Keys.Order(), tags.Select(tag => tag.Name).Order());
        Assert.All(tags, tag => Assert.True(row.Tags[tag.Name]?.Contains(tag.Value) ?? true, $"{line}: the guide does not name {tag.Value}"));
    }

    /// <summary>The value of the one series that has the labels; NaN when there is none.</summary>
    private static double Value(string metrics, string name, params string[] labels)
    {
        var line = metrics.Split('\n').SingleOrDefault(line =>
            (line.StartsWith(name + " ", StringComparison.Ordinal) || line.StartsWith(name + "{", StringComparison.Ordinal)) && Array.TrueForAll(labels, label => line.Contains(label, StringComparison.Ordinal)));
        return line is null ? double.NaN : double.Parse(line[(line.LastIndexOf('}') is var end && end < 0 ? name.Length : end + 1)..].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("^([a-zA-Z_:][a-zA-Z0-9_:]*)[ {]", RegexOptions.Multiline)]
    private static partial Regex Sample();

    [GeneratedRegex("""([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"[,}]""")]
    private static partial Regex Label();

    [GeneratedRegex(@"\b(?:pushgateway|http_server|dotnet)_[a-z0-9_]+")]
    private static partial Regex MetricName();
}
