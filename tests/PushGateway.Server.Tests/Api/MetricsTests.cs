using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using PushGateway.Server.Tests.EndToEnd;

namespace PushGateway.Server.Tests.Api;

/// <summary><c>/metrics</c>. Values are those of a process of its own: meters are the whole process's.</summary>
public sealed class MetricsTests(GatewayFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(500, 7, 32_000, 3_500)]
    [InlineData(1_000, 256, 32_000, 32_000)]
    public async Task Metrics_Dispatch_ShowTheBoundOfTheSettings(int pageSize, int pages, int devices, int bound)
    {
        await using var gateway = await GatewayProcess.StartAsync(
            ("PushGateway__Dispatch__PageSize", $"{pageSize}"),
            ("PushGateway__Dispatch__MaxPagesInFlight", $"{pages}"),
            ("PushGateway__Dispatch__MaxDevicesInFlight", $"{devices}"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", GatewayProcess.AdminKey);

        using var response = await gateway.Http.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        var metrics = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal(bound, Value(metrics, "pushgateway_dispatch_resend_bound_devices"));
        Assert.Equal(0, Value(metrics, "pushgateway_dispatch_in_flight_devices"));
        Assert.Equal(0, Value(metrics, "pushgateway_dispatch_in_flight_pages"));
        Assert.Equal(0, Value(metrics, "pushgateway_dispatch_active_events"));
    }

    [Fact]
    public async Task Metrics_WithoutTheScope_AreRefused()
    {
        var app = await fixture.CreateAppAsync();
        (await fixture.Gateway.Client(null).GetAsync("/metrics")).ExpectProblem(401, "key.missing");
        (await app.Publish.GetAsync("/metrics")).ExpectProblem(403, "scope.insufficient");
        (await app.Read.GetAsync("/metrics")).Expect(200);
    }

    private static double Value(string metrics, string name)
    {
        var line = Assert.Single(metrics.Split('\n'), line => line.StartsWith(name + " ", StringComparison.Ordinal) || line.StartsWith(name + "{", StringComparison.Ordinal));
        var labelsEnd = line.LastIndexOf('}');
        return double.Parse(line[(labelsEnd < 0 ? name.Length : labelsEnd + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }
}
