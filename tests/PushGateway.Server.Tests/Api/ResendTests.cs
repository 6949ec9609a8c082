using System.Text.Json.Nodes;

namespace PushGateway.Server.Tests.Api;

/// <summary>An event is sent again to the devices that it expired for, once.</summary>
public sealed class ResendTests(GatewayFixture fixture)
{
    /// <summary>The simulator answers 503 to the first attempt, and takes the second.</summary>
    private const string UnavailableOnce = "5030";

    [Fact]
    public async Task Resend_AnEventThatExpiredForSome_GoesToThoseAlone()
    {
        var (app, path) = await PublishAsync("bulletin");

        var again = (await app.Publish.PostAsync($"{path}/resend")).Expect(202);

        var id = path[(path.LastIndexOf('/') + 1)..];
        Assert.Equal((id, 1), (again.Text("resendOf"), again.Number("estimatedAudience")));
        Assert.False(again.Headers.ContainsKey("Idempotent-Replayed"));
        var location = again.Headers["Location"];
        await Eventually.TrueAsync(async () => (await app.Read.GetAsync(location)).Text("state") == "completed");
        var done = (await app.Read.GetAsync(location)).Expect(200);
        Assert.Equal((1, 1), (done.Number("counts", "targeted"), done.Number("counts", "accepted")));
        Assert.Equal("accepted", (await app.Read.GetAsync($"{location}/receipts/unlucky")).Expect(200).Text("outcome"));
        (await app.Read.GetAsync($"{location}/receipts/lucky")).ExpectProblem(404, "receipt.unknown");
    }

    [Fact]
    public async Task Resend_AskedForTwice_AnswersWithTheSameEvent()
    {
        var (app, path) = await PublishAsync("twice");

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.Publish.PostAsync($"{path}/resend")));

        Assert.Single(answers.Select(answer => answer.Expect(202).Text("id")).Distinct());
        Assert.Equal(3, answers.Count(answer => answer.Headers.TryGetValue("Idempotent-Replayed", out var replayed) && replayed == "true"));
    }

    [Fact]
    public async Task Resend_OfWhatCannotBeSentAgain_IsRefused()
    {
        var (app, path) = await PublishAsync("refused");
        (await app.Publish.PostAsync($"{app.Path}/events/none/resend")).ExpectProblem(404, "event.unknown");

        var waiting = (await app.Publish.PostAsync($"{app.Path}/events", Samples.ScheduledEvent(TimeProvider.System))).Expect(202).Headers["Location"];
        (await app.Publish.PostAsync($"{waiting}/resend")).ExpectProblem(409, "event.stateConflict");

        // The second time the device is there: of that one nothing is left to do.
        var again = (await app.Publish.PostAsync($"{path}/resend")).Expect(202).Headers["Location"];
        await Eventually.TrueAsync(async () => (await app.Read.GetAsync(again)).Text("state") == "completed");
        (await app.Publish.PostAsync($"{again}/resend")).ExpectProblem(409, "event.nothingExpired");
        (await app.Read.PostAsync($"{path}/resend")).ExpectProblem(403, "scope.insufficient");
    }

    /// <summary>One device takes it, the other is out of reach for as long as the event is worth sending.</summary>
    private async Task<(TestApp App, string Path)> PublishAsync(string channel)
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        foreach (var (device, token) in new[] { ("lucky", Samples.ApnsToken()), ("unlucky", UnavailableOnce + Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N") + Samples.ApnsToken()[36..]) })
        {
            (await app.Devices.PutAsync($"{app.Path}/devices/{device}", new JsonObject { ["provider"] = "apns", ["token"] = token })).Expect(201);
            (await app.Devices.PutAsync($"{app.Path}/channels/{channel}/subscribers/{device}")).Expect(204);
        }

        var sample = Samples.Event(channel);
        sample["options"] = new JsonObject { ["ttlSeconds"] = 0 };
        var path = (await app.Publish.PostAsync($"{app.Path}/events", sample)).Expect(202).Headers["Location"];
        await Eventually.TrueAsync(async () => (await app.Read.GetAsync(path)).Text("state") is "completed" or "expired");
        Assert.Equal(1, (await app.Read.GetAsync(path)).Number("counts", "expired"));
        return (app, path);
    }
}
