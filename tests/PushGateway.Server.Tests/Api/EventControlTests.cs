using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace PushGateway.Server.Tests.Api;

public sealed class EventControlTests(GatewayFixture fixture)
{
    [Fact]
    public async Task Scheduled_PausedResumedCancelled_GoesThroughTheStates()
    {
        var app = await fixture.CreateAppAsync();
        var path = await ScheduleAsync(app);
        Assert.Equal("paused", (await app.Publish.PostAsync($"{path}/pause")).Expect(200).Text("state"));
        Assert.Equal("scheduled", (await app.Publish.PostAsync($"{path}/resume")).Expect(200).Text("state"));
        Assert.Equal("cancelled", (await app.Publish.PostAsync($"{path}/cancel")).Expect(200).Text("state"));
        (await app.Publish.PostAsync($"{path}/resume")).ExpectProblem(409, "event.stateConflict");
        (await app.Publish.PostAsync($"{path}/pause")).ExpectProblem(409, "event.stateConflict");
        Assert.Equal(0, (await app.Read.GetAsync(path)).Number("counts", "pending"));
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("pause")]
    [InlineData("resume")]
    public async Task Control_UnknownEvent_Is404(string verb)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Publish.PostAsync($"{app.Path}/events/{new string('0', 32)}/{verb}")).ExpectProblem(404, "event.unknown");
    }

    [Fact]
    public async Task Progress_UntilCancelled_TellsAtOnceAndEnds()
    {
        var app = await fixture.CreateAppAsync();
        var path = await ScheduleAsync(app);
        using var response = await OpenAsync(app, path);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        var types = new List<string>();
        var lastState = "";
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync(Cancelled)).EnumerateAsync(Cancelled))
        {
            types.Add(item.EventType);
            lastState = JsonDocument.Parse(item.Data).RootElement.GetProperty("state").GetString()!;
            if (types.Count == 2)
            {
                (await app.Publish.PostAsync($"{path}/cancel")).Expect(200);
            }
        }

        Assert.Equal(["progress", "progress"], types.Take(2));
        Assert.Equal("end", types[^1]);
        Assert.Equal("cancelled", lastState);
        Assert.Single(types, type => type == "end");
    }

    [Fact]
    public async Task Progress_OfFinalEvent_IsJustTheEnd()
    {
        var app = await fixture.CreateAppAsync();
        var path = await ScheduleAsync(app);
        (await app.Publish.PostAsync($"{path}/cancel")).Expect(200);
        var answer = (await app.Read.GetAsync($"{path}/progress")).Expect(200);
        Assert.StartsWith("event: end\ndata: {", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_WhenTheGatewayStops_Ends()
    {
        await using var gateway = await TestGateway.StartAsync();
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
        var published = (await admin.PostAsync("/v1/apps/a/events", Samples.ScheduledEvent(TimeProvider.System))).Expect(202);
        using var response = await admin.Http.GetAsync($"{published.Headers["Location"]}/progress", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        await using var stream = await response.Content.ReadAsStreamAsync(Cancelled);
        Assert.NotEqual(-1, stream.ReadByte());
        var stop = gateway.Application.StopAsync(Cancelled);
        await stream.CopyToAsync(Stream.Null, Cancelled);
        await stop;
        gateway.Errors.ExpectNone();
    }

    [Fact]
    public async Task Progress_MoreStreamsThanAllowed_Is503UntilOneEnds()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:MaxProgressStreams"] = "1" });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
        var published = (await admin.PostAsync("/v1/apps/a/events", Samples.ScheduledEvent(TimeProvider.System))).Expect(202);
        var path = $"{published.Headers["Location"]}/progress";
        using (var response = await admin.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Cancelled))
        {
            await using var stream = await response.Content.ReadAsStreamAsync(Cancelled);
            Assert.NotEqual(-1, stream.ReadByte());
            Assert.NotEmpty((await admin.GetAsync(path)).ExpectProblem(503, "progress.tooMany").Headers["Retry-After"]);
        }

        // The client is gone: its place is free again.
        await Eventually.TrueAsync(async () =>
        {
            using var response = await admin.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Cancelled);
            return response.StatusCode == HttpStatusCode.OK;
        });
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static async Task<string> ScheduleAsync(TestApp app)
    {
        var published = (await app.Publish.PostAsync($"{app.Path}/events", Samples.ScheduledEvent(TimeProvider.System))).Expect(202);
        Assert.Equal("scheduled", published.Text("state"));
        return published.Headers["Location"];
    }

    private static async Task<HttpResponseMessage> OpenAsync(TestApp app, string path)
    {
        var response = await app.Read.Http.GetAsync($"{path}/progress", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }
}
