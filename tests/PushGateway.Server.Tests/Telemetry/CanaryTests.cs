using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Server.Canary;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Telemetry;

public sealed class CanaryTests(GatewayFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Runs_OnAndOn_KeepTheLastEventsOnly()
    {
        var app = await fixture.CreateAppAsync();
        await fixture.ConfigureProvidersAsync(app);
        (await app.Devices.PutAsync($"{app.Path}/devices/sentinel", new { provider = "fcm", token = $"{app.Id}-canary-token-0123456789" })).Expect(201);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var options = new CanaryOptions { App = app.Id, Subscriber = "sentinel", Interval = TimeSpan.FromSeconds(10), Timeout = TimeSpan.FromSeconds(10) };
        using var canary = ActivatorUtilities.CreateInstance<CanaryWorker>(fixture.Gateway.Application.Services, Options.Create(options), time);

        await canary.StartAsync(Cancelled);
        string? first = null;
        await Eventually.TrueAsync(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            first ??= (await EventsAsync(app)).FirstOrDefault().Id;
            return first is not null && (await app.Read.GetAsync($"{app.Path}/events/{first}")).Status == 404;
        });
        await canary.StopAsync(Cancelled);

        var kept = await EventsAsync(app);
        Assert.InRange(kept.Count, CanaryWorker.KeptEvents, CanaryWorker.KeptEvents + 1);
        Assert.All(kept, run => Assert.Equal(CanaryWorker.EventType, run.Type));
        Assert.Contains(kept, run => run.Accepted == 1);
    }

    [Theory]
    [InlineData("App", "a", "Subscriber")]
    [InlineData("Subscriber", "s", "Subscriber")]
    [InlineData("Interval", "00:00:05", "Interval")]
    [InlineData("Timeout", "00:02:00", "Timeout")]
    public async Task Start_WithAnInvalidSetting_NamesIt(string key, string value, string named)
    {
        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => TestGateway.StartAsync(new() { [$"PushGateway:Canary:{key}"] = value }));
        Assert.Contains($"PushGateway:Canary:{named}", problem.Message, StringComparison.Ordinal);
    }

    private static async Task<List<(string Id, string Type, long Accepted)>> EventsAsync(TestApp app) =>
        [.. (await app.Read.GetAsync($"{app.Path}/events?limit=100")).Expect(200).Json.GetProperty("items").EnumerateArray().Select(item =>
            (item.GetProperty("id").GetString()!, item.GetProperty("type").GetString()!, item.GetProperty("counts").GetProperty("accepted").GetInt64()))];
}
