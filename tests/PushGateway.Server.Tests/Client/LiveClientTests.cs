using PushGateway.Client;
using PushGateway.Client.Events;
using PushGateway.Client.Live;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Client;

/// <summary>What the document does not describe, the messages of streams, against the running gateway.</summary>
public sealed class LiveClientTests(GatewayFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Follow_EventAndMessage_ComeWithWhatTheyHave()
    {
        var app = await fixture.CreateAppAsync();
        using var http = new HttpClient { BaseAddress = fixture.Gateway.Address };
        var admin = new PushGatewayClient(http, GatewayFixture.AdminKey).App(app.Id);
        var token = await admin.CreateTokenAsync("ana", new SubscriberTokenSpec { Listen = ["room"], Send = ["room"] }, Cancelled);
        var ana = new PushGatewayClient(http, token.Token).App(app.Id);

        await using var items = ana.FollowAsync("room", null, Cancelled).GetAsyncEnumerator(Cancelled);
        Assert.True(await items.MoveNextAsync());
        Assert.True(items.Current.State!.Recovered);
        var published = await admin.PublishAsync(
            new EventRequest { Type = "video.published", Audience = new EventAudience { Channel = "room" }, Notification = new EventNotification { Title = "New" } }, null, Cancelled);
        Assert.True(await items.MoveNextAsync());
        var message = items.Current.Message!;
        Assert.Equal((published.Event.Id, "room", "video.published", "New"), (message.Id, message.Channel, message.Type, message.Notification!.Title));
        Assert.Null(message.Sender);

        var sent = await ana.SendAsync("room", "chat", new Dictionary<string, string> { ["text"] = "hello" }, Cancelled);
        Assert.True(await items.MoveNextAsync());
        Assert.Equal((sent.Id, message.Sequence + 1, "ana", "hello"), (items.Current.Message!.Id, items.Current.Message.Sequence, items.Current.Message.Sender, items.Current.Message.Data["text"]));

        var polled = await ana.PollAsync("room", message.Sequence, null, null, Cancelled);
        Assert.Equal((true, sent.Sequence, sent.Id), (polled.Recovered, polled.Cursor, Assert.Single(polled.Items).Id));
    }

    [Fact]
    public async Task Follow_StreamThatEndsWithAReason_SaysIt()
    {
        await using var stub = await Cli.StubGateway.StartAsync(context =>
            Cli.StubGateway.WriteAsync(context, "event: state\ndata: {\"recovered\":true,\"sequence\":1}\n\nevent: news\ndata: {}\n\nevent: end\ndata: {\"reason\":\"expired\"}\n\n", contentType: "text/event-stream"));
        using var http = new HttpClient { BaseAddress = stub.Url };
        var seen = 0;

        var end = await Assert.ThrowsAsync<LiveEndedException>(async () =>
        {
            await foreach (var item in new PushGatewayClient(http, "key").App("a").FollowAsync("c", 7, Cancelled))
            {
                seen++;
            }
        });

        Assert.Equal(("expired", 1), (end.Reason, seen));
    }
}
