using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.Client.Webhooks;
using PushGateway.Server.Tests.Webhooks;

namespace PushGateway.Server.Tests.EndToEnd;

/// <summary>Webhooks of the real process, killed at the worst moments.</summary>
public sealed class WebhookJobTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill_BetweenCommitAndPost_TellsItAfterTheNextStart()
    {
        // It has a port, but nobody listens there until the gateway has been killed.
        await using var receiver = await WebhookReceiver.StartAsync(GatewayProcess.FreePort());
        await receiver.StopAsync();
        await using var gateway = await StartAsync();
        var app = await AppAsync(gateway);
        var secret = (await app.PutWebhookAsync("ops", Spec(receiver), Cancelled)).Secret!;
        var id = await CompleteAsync(app);
        Assert.Equal(1, (await app.FindWebhookAsync("ops", Cancelled))!.Pending);

        await gateway.KillAsync();
        await receiver.StartAgainAsync();
        await gateway.StartAgainAsync();
        await receiver.WhenAsync(it => it.Notices.Count == 1);

        receiver.Received[0].Verify(secret);
        Assert.Equal(id, receiver.Notices[0].GetProperty("data").GetProperty("event").GetString());
        Assert.DoesNotContain(secret["whsec_".Length..], gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_BeforeTheAnswer_TellsItAgainUnderTheSameId()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = async (number, context) =>
        {
            if (number == 1)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return 500;
            }

            return 200;
        };
        await using var gateway = await StartAsync();
        var app = await AppAsync(gateway);
        var secret = (await app.PutWebhookAsync("ops", Spec(receiver), Cancelled)).Secret!;
        await CompleteAsync(app);
        await receiver.WhenAsync(it => it.Received.Count == 1);

        await gateway.KillAsync();
        await gateway.StartAgainAsync();
        await receiver.WhenAsync(it => it.Notices.Count == 1);

        Assert.Equal(2, receiver.Received.Count);
        Assert.Single(receiver.Received.Select(request => request.Id).Distinct());
        Assert.Single(receiver.Received.Select(request => request.Notices[0].GetProperty("id").GetString()).Distinct());
        Assert.All(receiver.Received, request => request.Verify(secret));
        Assert.Equal(0, (await gateway.Client.App("demo").FindWebhookAsync("ops", Cancelled))!.Dropped);
    }

    private static Task<GatewayProcess> StartAsync() => GatewayProcess.StartAsync(
        ("PushGateway__Webhooks__AllowHttp", "true"), ("PushGateway__Webhooks__BatchDelay", "00:00:00.010"),
        ("PushGateway__Webhooks__RetryDelay", "00:00:01"));

    private static async Task<PushGatewayAppClient> AppAsync(GatewayProcess gateway)
    {
        await gateway.Client.PutAppAsync("demo", "Demo", Cancelled);
        return gateway.Client.App("demo");
    }

    private static WebhookSpec Spec(WebhookReceiver receiver) => new() { Url = receiver.Url, Events = ["event.completed"] };

    private static async Task<string> CompleteAsync(PushGatewayAppClient app)
    {
        var request = new EventRequest { Type = "t", Audience = new EventAudience { Channel = "nobody" }, Notification = new EventNotification { Title = "x" } };
        var id = (await app.PublishAsync(request, null, Cancelled)).Event.Id;
        await foreach (var _ in app.WatchAsync(id, Cancelled))
        {
        }

        return id;
    }
}
