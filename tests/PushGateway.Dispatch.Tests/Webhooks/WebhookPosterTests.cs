using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Core.Outbound;
using PushGateway.Dispatch.Webhooks;

namespace PushGateway.Dispatch.Tests.Webhooks;

public sealed class WebhookPosterTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_MoreAtATimeThanAllowed_WaitTheirTurnWhichIsNotTheReceiversTime()
    {
        await using var fixture = await DispatchFixture.StartAsync();
        var time = new FakeTimeProvider();
        var options = new WebhookOptions { MaxRequests = 1, Timeout = TimeSpan.FromSeconds(15) };
        using var receiver = new HeldReceiver();
        using var poster = new WebhookPoster(receiver, Options.Create(options), fixture.Services.GetRequiredService<FeedbackMetrics>(), time);
        var webhook = new StubWebhookStore().Webhook;

        var first = poster.PostAsync(webhook, "msg_1", [], Cancelled);
        await Eventually.IsAsync(() => receiver.Requests == 1);
        time.Advance(TimeSpan.FromSeconds(10));
        var second = poster.PostAsync(webhook, "msg_2", [], Cancelled);
        Assert.Equal(1, receiver.Requests);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.False((await first).Ok);
        await Eventually.IsAsync(() => receiver.Requests == 2);
        time.Advance(TimeSpan.FromSeconds(14));
        receiver.Answer.SetResult(new HttpResponseMessage(HttpStatusCode.OK));

        Assert.True((await second).Ok);
    }

    [Fact]
    public async Task Post_ProxyInForce_GoesPastIt()
    {
        await using var fixture = await DispatchFixture.StartAsync();
        var nothingAllowed = new OutboundPolicy(new OutboundRules(), TimeProvider.System, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]));
        using var poster = new WebhookPoster(
            nothingAllowed, Options.Create(new WebhookOptions()), fixture.Services.GetRequiredService<FeedbackMetrics>(), TimeProvider.System);
        var webhook = new StubWebhookStore().Webhook;
        var before = HttpClient.DefaultProxy;
        var proxy = new AskedProxy(webhook.Url.Host);
        HttpClient.DefaultProxy = proxy;
        try
        {
            Assert.False((await poster.PostAsync(webhook, "msg_1", [], Cancelled)).Ok);
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }

        Assert.Equal(0, proxy.Questions);
    }

    /// <summary>A proxy for one host, so that it is in nobody else's way.</summary>
    private sealed class AskedProxy(string host) : IWebProxy
    {
        private int _questions;

        public int Questions => Volatile.Read(ref _questions);

        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => new("http://127.0.0.1:9");

        public bool IsBypassed(Uri destination)
        {
            if (destination.Host != host)
            {
                return true;
            }

            Interlocked.Increment(ref _questions);
            return false;
        }
    }

    private sealed class HeldReceiver : HttpMessageHandler
    {
        private int _requests;

        public int Requests => Volatile.Read(ref _requests);

        public TaskCompletionSource<HttpResponseMessage> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _requests);
            return Answer.Task.WaitAsync(cancellationToken);
        }
    }
}
