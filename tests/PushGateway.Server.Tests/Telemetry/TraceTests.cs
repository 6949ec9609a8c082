using System.Text;
using System.Text.Json.Nodes;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Telemetry;

/// <summary>Traces and metrics as a receiver of OTLP gets them.</summary>
public sealed class TraceTests(GatewayFixture fixture)
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Unsampled = "5bf92f3577b34da6a3ce929d0e0e4736";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_WithTraceparent_IsOneTraceFromTheRequestToTheProvider_AlsoAfterARestart()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var folder = Directory.CreateTempSubdirectory("pushgateway-traces-").FullName;
        try
        {
            string scheduled;
            await using (var gateway = await StartAsync(receiver, folder))
            {
                await SetUpAsync(gateway);
                var admin = gateway.Client(GatewayFixture.AdminKey);
                await CompletedAsync(admin, await PublishAsync(admin, Samples.Event(), $"00-{Trace}-00f067aa0ba902b7-01"));
                await CompletedAsync(admin, await PublishAsync(admin, Samples.Event(), $"00-{Unsampled}-00f067aa0ba902b7-00"));

                // Paused before it begins, so that the next process is the first to send it.
                scheduled = (await PublishAsync(admin, Samples.ScheduledEvent(TimeProvider.System), $"00-{Trace}-00f067aa0ba902b8-01")).Text("id");
                (await admin.PostAsync($"/v1/apps/traced/events/{scheduled}/pause")).Expect(200);
                await Eventually.TrueAsync(() => Task.FromResult(receiver.Metrics.Contains("pushgateway.dispatch.attempts")));
            }

            await using (var gateway = await StartAsync(receiver, folder))
            {
                (await gateway.Client(GatewayFixture.AdminKey).PostAsync($"/v1/apps/traced/events/{scheduled}/cancel")).Expect(200);
            }

            // Both gateways have ended, and exported what they had.
            Assert.All(receiver.Spans, span => Assert.NotEqual(Unsampled, span.TraceId));
            var spans = receiver.Spans.Where(span => span.TraceId == Trace).ToList();
            var request = Assert.Single(spans, span => span.ParentId == "00f067aa0ba902b7");
            Assert.Equal("POST", request.Attributes["http.request.method"]);
            var publish = Assert.Single(spans, span => span.Name == "pushgateway.publish" && span.ParentId == request.SpanId);
            var fanOut = Assert.Single(spans, span => span.Name == "pushgateway.fan_out" && span.ParentId == publish.SpanId);
            Assert.Equal(publish.Attributes["pushgateway.event.id"], fanOut.Attributes["pushgateway.event.id"]);
            Assert.Equal("2", fanOut.Attributes["pushgateway.accepted"]);
            var pages = spans.Where(span => span.Name == "pushgateway.page" && span.ParentId == fanOut.SpanId).ToList();
            Assert.NotEmpty(pages);
            var sends = spans.Where(span => span.Name == "pushgateway.send" && pages.Exists(page => page.SpanId == span.ParentId)).ToList();
            Assert.Equal(["apns", "fcm"], sends.Select(span => span.Attributes["pushgateway.provider"]).Distinct().Order());
            Assert.Equal(2, sends.Sum(span => int.Parse(span.Attributes["pushgateway.accepted"])));
            Assert.Contains(spans, span => span.Name == "pushgateway.fan_out" && span.Attributes["pushgateway.event.id"] == scheduled);

            Assert.Contains("service.name=pushgateway", receiver.Resource);
            Assert.All(receiver.Authorizations, value => Assert.Equal("Basic b3RscA==", value));
            foreach (var secret in new[] { Samples.ApnsToken(), FcmToken, GatewayFixture.AdminKey, "New video" })
            {
                Assert.All(receiver.Bodies, body => Assert.True(body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) < 0, $"'{secret}' was exported."));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("PushGateway:Telemetry:TraceSampleRatio", "1.5")]
    [InlineData("PushGateway:Telemetry:Otlp:Endpoint", "collector")]
    [InlineData("PushGateway:Telemetry:Otlp:Protocol", "json")]
    [InlineData("PushGateway:Telemetry:Otlp:Headers", "secret")]
    [InlineData("PushGateway:Telemetry:Otlp:Endpiont", "http://127.0.0.1:4318")]
    [InlineData("PushGateway:Telemetry:ManagementUrl", "https://127.0.0.1:9464")]
    [InlineData("PushGateway:Telemetry:ManagementUrl", "http://127.0.0.1:0")]
    public async Task Start_WithAnInvalidSetting_NamesIt(string key, string value)
    {
        var problem = await Assert.ThrowsAsync<PushGateway.Server.Settings.InvalidSettingException>(() => TestGateway.StartAsync(new() { [key] = value }));
        Assert.Contains(key, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem.Message, StringComparison.Ordinal);
    }

    private const string FcmToken = "bk3RNwTe3H0:traced-device-token-that-nobody-may-see";

    private static Task<TestGateway> StartAsync(OtlpReceiver receiver, string folder) => TestGateway.StartAsync(
        new()
        {
            ["PushGateway:Telemetry:Otlp:Endpoint"] = receiver.Address,
            ["PushGateway:Telemetry:Otlp:Headers"] = "Authorization=Basic b3RscA%3D%3D",
            ["PushGateway:Telemetry:Otlp:MetricsInterval"] = "00:00:01",
        },
        folder: folder);

    private async Task SetUpAsync(TestGateway gateway)
    {
        var admin = gateway.Client(GatewayFixture.AdminKey);
        var credentials = fixture.Simulator.Control.Credentials;
        (await admin.PutAsync("/v1/apps/traced", new { name = "Traced" })).Expect(201);
        (await admin.PutAsync("/v1/apps/traced/providers/apns", credentials.Apns)).Expect(204);
        (await admin.PutAsync("/v1/apps/traced/providers/fcm", credentials.Fcm)).Expect(204);
        (await admin.PutAsync("/v1/apps/traced/devices/iphone", new { provider = "apns", token = Samples.ApnsToken(), subscriber = "ana" })).Expect(201);
        (await admin.PutAsync("/v1/apps/traced/devices/android", new { provider = "fcm", token = FcmToken, subscriber = "ana" })).Expect(201);
        (await admin.PutAsync("/v1/apps/traced/channels/news/subscribers/ana")).Expect(204);
    }

    private static Task CompletedAsync(ApiClient admin, Answer published) => Eventually.TrueAsync(
        async () => (await admin.GetAsync($"/v1/apps/traced/events/{published.Text("id")}")).Text("state") == "completed");

    private static async Task<Answer> PublishAsync(ApiClient admin, JsonObject body, string traceparent) =>
        (await admin.PostAsync("/v1/apps/traced/events", body, ("traceparent", traceparent))).Expect(202);
}
