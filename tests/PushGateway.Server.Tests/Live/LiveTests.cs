using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Live;

/// <summary>Events as connected clients get them, over every transport of the running gateway.</summary>
public sealed class LiveTests(GatewayFixture fixture)
{
    private static int s_devices;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private HttpClient Http => fixture.Gateway.Client(null).Http;

    [Fact]
    public async Task Sse_EventPublished_ComesAndMissedOnesComeAfterAReturn()
    {
        var app = await fixture.CreateAppAsync();
        var token = await TokenAsync(app, "anna", new { listen = Names("news") });
        long last;
        await using (var client = await SseClient.OpenAsync(Http, $"{app.Path}/channels/news/sse", token))
        {
            var (name, state, _) = await client.NextAsync();
            Assert.Equal(("state", true), (name, state.GetProperty("recovered").GetBoolean()));
            var published = await PublishAsync(app, new { channel = "news" });
            var message = await client.MessageAsync();
            Assert.Equal((published, "news", "video.published"), (Text(message, "id"), Text(message, "channel"), Text(message, "type")));
            Assert.Equal("Title – „ü“ <b>", message.GetProperty("notification").GetProperty("title").GetString());
            Assert.Equal("abc", message.GetProperty("data").GetProperty("videoId").GetString());
            last = message.GetProperty("sequence").GetInt64();
        }

        var missed = await PublishAsync(app, new { channels = Names("other", "news") });
        await using var again = await SseClient.OpenAsync(Http, $"{app.Path}/channels/news/sse", token, last);
        Assert.True((await again.NextAsync()).Data.GetProperty("recovered").GetBoolean());
        var next = await again.MessageAsync();
        Assert.Equal((missed, last + 1), (Text(next, "id"), next.GetProperty("sequence").GetInt64()));
    }

    [Fact]
    public async Task Sse_CursorOfAnotherLife_IsToldAndGetsWhatThereIs()
    {
        var app = await fixture.CreateAppAsync();
        await PublishAsync(app, new { channel = "news" });

        await using var client = await SseClient.OpenAsync(app.Read.Http, $"{app.Path}/channels/news/sse?since=17");

        Assert.False((await client.NextAsync()).Data.GetProperty("recovered").GetBoolean());
        Assert.Equal("news", Text(await client.MessageAsync(), "channel"));
    }

    [Fact]
    public async Task Sse_TokenInTheQuery_IsTakenAndAKeyIsNot()
    {
        var app = await fixture.CreateAppAsync();
        var token = await TokenAsync(app, "anna", new { listen = Names("*") });
        await using var client = await SseClient.OpenAsync(Http, $"{app.Path}/channels/news/sse?access_token={token}");
        Assert.Equal("state", (await client.NextAsync()).Event);

        var key = app.Read.Http.DefaultRequestHeaders.Authorization!.Parameter;
        (await fixture.Gateway.Client(null).GetAsync($"{app.Path}/channels/news/sse?access_token={key}")).ExpectProblem(401, "key.unknown");
        (await fixture.Gateway.Client(null).GetAsync($"{app.Path}/events?access_token={token}")).Expect(401);
    }

    /// <summary>As it comes over the line: parsers keep both to themselves.</summary>
    [Fact]
    public async Task Sse_NothingHappens_SaysWhenToComeBackAndThatItLives()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Live:KeepAlive"] = "00:00:01" });
        var app = await AppOfAsync(gateway);
        using var stream = new StreamReader(await app.Admin.Http.GetStreamAsync(new Uri($"{app.Path}/channels/news/sse", UriKind.Relative), Cancelled));
        string[] expected = ["retry: 2000", "", "id: 0", "event: state", "data: {\"recovered\":true,\"sequence\":0}", "", ":", "", ":", ""];
        foreach (var line in expected)
        {
            Assert.Equal(line, await stream.ReadLineAsync(Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancelled));
        }
    }

    [Fact]
    public async Task Sse_Head_AnswersAtOnce()
    {
        var app = await fixture.CreateAppAsync();
        var answer = await app.Read.SendAsync(HttpMethod.Head, $"{app.Path}/channels/news/sse", null);
        Assert.Equal((200, ""), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task WebSocket_EventPublished_ComesAndCloseIsAnswered()
    {
        var app = await fixture.CreateAppAsync();
        var token = await TokenAsync(app, "anna", new { listen = Names("news") });
        using var socket = await ConnectAsync(app, $"access_token={token}");
        Assert.Equal("state", Text(await ReceiveAsync(socket), "event"));

        var published = await PublishAsync(app, new { channel = "news" });
        var message = (await ReceiveAsync(socket)).GetProperty("message");
        Assert.Equal(published, Text(message, "id"));

        // What it says is nobody's business.
        await socket.SendAsync("anything"u8.ToArray().AsMemory(), WebSocketMessageType.Text, true, Cancelled);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);
        Assert.Equal(WebSocketState.Closed, socket.State);

        var missed = await PublishAsync(app, new { channel = "news" });
        using var again = await ConnectAsync(app, $"access_token={token}&since={message.GetProperty("sequence").GetInt64()}");
        Assert.True((await ReceiveAsync(again)).GetProperty("recovered").GetBoolean());
        Assert.Equal(missed, Text((await ReceiveAsync(again)).GetProperty("message"), "id"));
        (await app.Read.GetAsync($"{app.Path}/channels/news/ws")).ExpectProblem(426, "upgrade.required");
    }

    /// <summary>As browsers do it that have an HTTP/2 connection to the gateway already.</summary>
    [Fact]
    public async Task WebSocket_OverHttp2_IsTheSame()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddYears(-1));
        await using var gateway = await TestGateway.StartAsync(
            new() { ["urls"] = "https://127.0.0.1:0" },
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate)));
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) => presented!.GetCertHashString() == certificate.GetCertHashString();
        using var http = new HttpClient(handler) { BaseAddress = gateway.Address, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        http.DefaultRequestHeaders.Authorization = new("Bearer", GatewayFixture.AdminKey);
        var admin = new ApiClient(http);
        (await admin.PutAsync("/v1/apps/live", new { name = "Live" })).Expect(201);
        var app = new TestApp("live", admin, admin, admin, admin);
        var address = new UriBuilder(gateway.Address) { Scheme = "wss", Path = $"{app.Path}/channels/news/ws" };
        using var browser = new HttpMessageInvoker(handler, disposeHandler: false);

        using var refused = OverHttp2();
        await Assert.ThrowsAsync<WebSocketException>(() => refused.ConnectAsync(address.Uri, browser, Cancelled));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.HttpStatusCode);

        address.Query = $"access_token={await TokenAsync(app, "anna", new { listen = Names("news") })}";
        using var socket = OverHttp2();
        await socket.ConnectAsync(address.Uri, browser, Cancelled);
        Assert.Equal(HttpStatusCode.OK, socket.HttpStatusCode);
        Assert.Equal("state", Text(await ReceiveAsync(socket), "event"));
        var published = await PublishAsync(app, new { channel = "news" });
        Assert.Equal(published, Text((await ReceiveAsync(socket)).GetProperty("message"), "id"));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);
        Assert.Equal(WebSocketState.Closed, socket.State);

        static ClientWebSocket OverHttp2() => new()
        {
            Options = { HttpVersion = HttpVersion.Version20, HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact, CollectHttpResponseDetails = true },
        };
    }

    [Fact]
    public async Task Poll_Waiting_IsAnsweredWhenAMessageComes()
    {
        var app = await fixture.CreateAppAsync();
        var path = $"{app.Path}/channels/news/messages";
        await PublishAsync(app, new { channel = "news" });
        var cursor = (await app.Read.GetAsync(path)).Expect(200).Number("cursor");

        var poll = app.Read.GetAsync($"{path}?since={cursor}&wait=60");
        await Eventually.TrueAsync(() => Task.FromResult(Subscribers() > 0));
        var published = await PublishAsync(app, new { channel = "news" });

        var answer = (await poll).Expect(200);
        Assert.Equal(published, Text(Assert.Single(answer.Json.GetProperty("items").EnumerateArray()), "id"));
        Assert.Equal((cursor + 1, "True"), (answer.Number("cursor"), answer.Text("recovered")));
    }

    [Fact]
    public async Task Poll_NothingNew_Is304ForTheSameEtag()
    {
        var app = await fixture.CreateAppAsync();
        var path = $"{app.Path}/channels/news/messages";
        for (var number = 0; number < 3; number++)
        {
            await PublishAsync(app, new { channel = "news" });
        }

        var newest = (await app.Read.GetAsync(path)).Number("cursor");
        var all = (await app.Read.GetAsync($"{path}?since={newest - 3}")).Expect(200);
        Assert.Equal(3, all.Json.GetProperty("items").GetArrayLength());
        var part = (await app.Read.GetAsync($"{path}?since={newest - 3}&limit=2")).Expect(200);
        Assert.Equal(newest - 1, part.Number("cursor"));

        var upToDate = (await app.Read.GetAsync($"{path}?since={newest}")).Expect(200);
        var etag = upToDate.Headers["ETag"];
        foreach (var held in new[] { etag, $"W/{etag}", $"\"other\", W/{etag}", "*" })
        {
            var unchanged = (await app.Read.SendAsync(HttpMethod.Get, $"{path}?since={newest}", null, ("If-None-Match", held))).Expect(304);
            Assert.Equal(etag, unchanged.Headers["ETag"]);
        }

        foreach (var held in new[] { "\"other\"", etag.Trim('"'), $"\"x{etag[1..]}" })
        {
            (await app.Read.SendAsync(HttpMethod.Get, $"{path}?since={newest}", null, ("If-None-Match", held))).Expect(200);
        }

        await PublishAsync(app, new { channel = "news" });
        (await app.Read.SendAsync(HttpMethod.Get, $"{path}?since={newest}", null, ("If-None-Match", etag))).Expect(200);
    }

    [Theory]
    [InlineData("since=x", "since.invalid", "since")]
    [InlineData("since=-1", "since.invalid", "since")]
    [InlineData("limit=0", "limit.outOfRange", "limit")]
    [InlineData("limit=1001", "limit.outOfRange", "limit")]
    [InlineData("wait=301", "wait.outOfRange", "wait")]
    [InlineData("wait=1.5", "wait.outOfRange", "wait")]
    public async Task Poll_BadQuery_NamesTheField(string query, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Read.GetAsync($"{app.Path}/channels/news/messages?{query}")).ExpectProblem(400, code, field);
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task SignalR_TwoClients_TalkAndSeeEachOther(HttpTransportType transport)
    {
        var app = await fixture.CreateAppAsync();
        await using var anna = await ConnectAsync(app, "anna", transport);
        await using var ben = await ConnectAsync(app, "ben", transport);
        await using var annas = Follow(anna, app, "room-1", null, presence: true);
        Assert.Equal("state", Text(await NextAsync(annas), "event"));
        Assert.Equal("1: anna", Presence(await NextAsync(annas), "joined"));

        await using (var bens = Follow(ben, app, "room-1", null, presence: true))
        {
            Assert.Equal("state", Text(await NextAsync(bens), "event"));
            Assert.Equal("2: anna, ben", Presence(await NextAsync(bens), "joined"));
            Assert.Equal("2: ben", Presence(await NextAsync(annas), "joined"));

            var sent = await SendAsync(ben, app, "hi");
            foreach (var follower in new[] { annas, bens })
            {
                var message = (await NextAsync(follower)).GetProperty("message");
                Assert.Equal((Text(sent, "id"), "ben", "hi"), (Text(message, "id"), Text(message, "sender"), Text(message.GetProperty("data"), "text")));
            }
        }

        Assert.Equal("1: ben", Presence(await NextAsync(annas), "left"));
        var missed = await SendAsync(anna, app, "are you there?");
        await using var again = Follow(ben, app, "room-1", missed.GetProperty("sequence").GetInt64() - 1, presence: false);
        Assert.True((await NextAsync(again)).GetProperty("recovered").GetBoolean());
        Assert.Equal(Text(missed, "id"), Text((await NextAsync(again)).GetProperty("message"), "id"));
    }

    [Theory]
    [InlineData("news", "channel.forbidden")]
    [InlineData("a/b", "id.invalid")]
    public async Task SignalR_NotAllowed_SaysWhy(string channel, string code)
    {
        var app = await fixture.CreateAppAsync();
        await using var anna = await ConnectAsync(app, "anna", HttpTransportType.WebSockets);
        await using var items = Follow(anna, app, channel, null, presence: false);

        var end = await NextAsync(items);
        Assert.Equal(("end", code), (Text(end, "event"), Text(end, "reason")));
        Assert.NotEmpty(Text(end, "detail"));
        var refused = await anna.InvokeAsync<JsonElement>("Send", app.Id, channel, "chat", null, Cancelled);
        Assert.Equal(code, Text(refused.GetProperty("error"), "code"));
    }

    /// <summary>What is sent over a connection and what is posted come out of one measure.</summary>
    [Fact]
    public async Task SignalR_SendsMoreThanMayBePosted_IsRefusedAndOthersAreNot()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:SubscriberRequestsPerSecond"] = "1" });
        var app = await AppOfAsync(gateway);
        var token = await TokenAsync(app, "anna", new { listen = Names("room-*"), send = Names("room-*") });
        await using var anna = await ConnectAsync(gateway, token, HttpTransportType.WebSockets);
        var refused = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => anna.InvokeAsync<JsonElement>("Send", app.Id, "room-1", "chat", null, Cancelled)));
        Assert.Contains(refused, sent => sent.TryGetProperty("error", out var error) && Text(error, "code") == "rate.limited");
        var posted = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.Client(token).PostAsync($"{app.Path}/channels/room-1/messages", new { type = "chat" })));
        Assert.Contains(posted, answer => answer.Status == 429);

        await using var publisher = await ConnectAsync(gateway, GatewayFixture.AdminKey, HttpTransportType.WebSockets);
        for (var number = 0; number < 20; number++)
        {
            await SendAsync(publisher, app, "hi");
        }
    }

    [Theory]
    [InlineData("publish", false, true, true)]
    [InlineData("read", false, true, false)]
    [InlineData("publish", true, false, false)]
    [InlineData("read", true, false, false)]
    public async Task SignalR_WithAKey_DoesWhatItsScopeAllowsAndInItsAppOnly(string scope, bool isOfAnotherApp, bool mayListen, bool maySend)
    {
        var app = await fixture.CreateAppAsync();
        var owner = isOfAnotherApp ? await fixture.CreateAppAsync() : app;
        var key = (scope == "read" ? owner.Read : owner.Publish).Http.DefaultRequestHeaders.Authorization!.Parameter!;
        await using var connection = await ConnectAsync(fixture.Gateway, key, HttpTransportType.WebSockets);
        await using var items = Follow(connection, app, "room-1", null, presence: false);

        var first = await NextAsync(items);
        Assert.Equal(mayListen ? "state" : "end", Text(first, "event"));
        Assert.Equal(mayListen ? null : "channel.forbidden", mayListen ? null : Text(first, "reason"));

        var sent = await connection.InvokeAsync<JsonElement>("Send", app.Id, "room-1", "chat", null, Cancelled);
        if (maySend)
        {
            Assert.Equal(Text(sent.GetProperty("message"), "id"), Text((await NextAsync(items)).GetProperty("message"), "id"));
        }
        else
        {
            Assert.Equal("channel.forbidden", Text(sent.GetProperty("error"), "code"));
        }

        var kept = (await app.Read.GetAsync($"{app.Path}/channels/room-1/messages?since=0")).Expect(200).Json.GetProperty("items");
        Assert.Equal(maySend ? 1 : 0, kept.GetArrayLength());
    }

    /// <summary>A key that registers devices has nothing to do with what is sent live.</summary>
    [Fact]
    public async Task SignalR_WithAKeyForDevices_IsRefused()
    {
        var app = await fixture.CreateAppAsync();
        var refused = await Assert.ThrowsAsync<HttpRequestException>(
            () => ConnectAsync(fixture.Gateway, app.Devices.Http.DefaultRequestHeaders.Authorization!.Parameter!, HttpTransportType.WebSockets));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task SignalR_WithoutAToken_IsRefused()
    {
        var connection = new HubConnectionBuilder().WithUrl(new Uri(fixture.Gateway.Address, "/v1/live")).Build();
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => connection.StartAsync(Cancelled));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task Send_DataTooLargeOrNoType_NamesTheField()
    {
        var app = await fixture.CreateAppAsync();
        var path = $"{app.Path}/channels/room-1/messages";
        (await app.Publish.PostAsync(path, new { type = "chat", data = new { text = new string('x', 5_000) } })).ExpectProblem(400, "data.tooLarge", "data");
        (await app.Publish.PostAsync(path, new { data = new { text = "hi" } })).ExpectProblem(400, "field.missing", "type");
        (await app.Read.PostAsync(path, new { type = "chat" })).ExpectProblem(403, "scope.insufficient");
        (await app.Publish.PostAsync(path, new { type = "chat" })).Expect(201);
    }

    [Fact]
    public async Task Token_Channels_AreThoseNamedOrSubscribedTo()
    {
        var app = await fixture.CreateAppAsync();
        var other = await fixture.CreateAppAsync();
        (await app.Devices.PutAsync($"{app.Path}/channels/mine/subscribers/anna")).Expect(204);
        var subscribed = fixture.Gateway.Client(await TokenAsync(app, "anna", new { }));
        (await subscribed.GetAsync($"{app.Path}/channels/mine/messages")).Expect(200);
        (await subscribed.GetAsync($"{app.Path}/channels/news/messages")).ExpectProblem(403, "channel.forbidden");
        (await subscribed.PostAsync($"{app.Path}/channels/mine/messages", new { type = "chat" })).ExpectProblem(403, "channel.forbidden");

        var named = fixture.Gateway.Client(await TokenAsync(app, "ben", new { listen = Names("room-*", "news"), send = Names("room-1") }));
        (await named.GetAsync($"{app.Path}/channels/room-7/messages")).Expect(200);
        (await named.GetAsync($"{app.Path}/channels/news/messages")).Expect(200);
        (await named.GetAsync($"{app.Path}/channels/newsroom/messages")).ExpectProblem(403, "channel.forbidden");
        (await named.PostAsync($"{app.Path}/channels/room-1/messages", new { type = "chat" })).Expect(201);
        (await named.PostAsync($"{app.Path}/channels/room-2/messages", new { type = "chat" })).ExpectProblem(403, "channel.forbidden");

        // Nothing else is open to it, and no other app.
        (await named.GetAsync($"{other.Path}/channels/news/messages")).ExpectProblem(403, "app.forbidden");
        (await named.GetAsync($"{app.Path}/events")).ExpectProblem(403, "scope.insufficient");
        (await named.GetAsync("/v1/keys")).ExpectProblem(403, "scope.insufficient");
    }

    [Fact]
    public async Task Token_OfADeletedApp_IsOfNoUseInOneMadeAnew()
    {
        var app = await fixture.CreateAppAsync();
        var client = fixture.Gateway.Client(await TokenAsync(app, "anna", new { listen = Names("*") }));
        (await app.Admin.DeleteAsync(app.Path)).Expect(204);
        (await app.Admin.PutAsync(app.Path, new { name = "Another" })).Expect(201);

        (await client.GetAsync($"{app.Path}/channels/news/messages")).ExpectProblem(403, "app.forbidden");
    }

    [Theory]
    [InlineData("{\"ttlSeconds\":59}", "ttlSeconds.outOfRange", "ttlSeconds")]
    [InlineData("{\"ttlSeconds\":86401}", "ttlSeconds.outOfRange", "ttlSeconds")]
    [InlineData("{\"listen\":[\"a b\"]}", "id.invalid", "listen")]
    [InlineData("{\"send\":[\"a*b\"]}", "id.invalid", "send")]
    public async Task Token_BadRequest_NamesTheField(string body, string code, string field)
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PostTextAsync($"{app.Path}/subscribers/anna/token", body)).ExpectProblem(400, code, field);
        (await app.Publish.PostTextAsync($"{app.Path}/subscribers/anna/token", "{}")).ExpectProblem(403, "scope.insufficient");
    }

    [Fact]
    public async Task Publish_ByItsOption_GoesLiveOrToDevices()
    {
        var app = await fixture.CreateAppAsync();
        (await app.Devices.PutAsync($"{app.Path}/devices/d", DeviceOf("anna"))).Expect(201);
        (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/anna")).Expect(204);
        var path = $"{app.Path}/channels/news/messages?since=0";

        // Off, and narrowed by a filter: nobody who is connected gets it.
        await PublishAsync(app, new { channel = "news" }, new { live = "off" });
        await PublishAsync(app, new { channel = "news" }, filter: new { locales = Names("en") });
        Assert.Equal(0, (await app.Read.GetAsync(path)).Json.GetProperty("items").GetArrayLength());

        var only = await PublishAsync(app, new { channel = "news" }, new { live = "only" });
        var narrowed = await PublishAsync(app, new { channel = "news" }, new { live = "also" }, new { locales = Names("en") });
        Assert.Equal([only, narrowed], (await app.Read.GetAsync(path)).Json.GetProperty("items").EnumerateArray().Select(item => Text(item, "id")));
        await Eventually.TrueAsync(async () => (await app.Read.GetAsync($"{app.Path}/events/{only}")).Text("state") == "completed");
        Assert.Equal(0, (await app.Read.GetAsync($"{app.Path}/events/{only}")).Number("counts", "targeted"));

        (await app.Publish.PostAsync($"{app.Path}/events", Body(new { all = true }, new { live = "only" }))).ExpectProblem(400, "live.noChannel", "options.live");
        (await app.Publish.PostAsync($"{app.Path}/events", Body(new { channel = "news" }, new { live = "yes" }))).ExpectProblem(400, "live.invalid", "options.live");
    }

    [Fact]
    public async Task Publish_SameKeyAgain_GoesLiveOnce()
    {
        var app = await fixture.CreateAppAsync();
        for (var number = 0; number < 3; number++)
        {
            (await app.Publish.PostAsync($"{app.Path}/events", Body(new { channel = "news" }), ("Idempotency-Key", "k"))).Expect(202);
        }

        Assert.Equal(1, (await app.Read.GetAsync($"{app.Path}/channels/news/messages?since=0")).Json.GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_Scheduled_GoesLiveWhenItBegins(bool hasDevices)
    {
        var app = await fixture.CreateAppAsync();
        if (hasDevices)
        {
            (await app.Devices.PutAsync($"{app.Path}/devices/d", DeviceOf("anna"))).Expect(201);
            (await app.Devices.PutAsync($"{app.Path}/channels/news/subscribers/anna")).Expect(204);
            await fixture.ConfigureProvidersAsync(app);
        }

        await using var client = await SseClient.OpenAsync(app.Read.Http, $"{app.Path}/channels/news/sse");
        await client.NextAsync();
        var cancelled = await PublishAsync(app, new { channel = "news" }, new { sendAt = TimeProvider.System.GetUtcNow().AddHours(1) });
        (await app.Publish.PostAsync($"{app.Path}/events/{cancelled}/cancel")).Expect(200);
        var sendAt = TimeProvider.System.GetUtcNow().AddSeconds(2);
        var scheduled = await PublishAsync(app, new { channel = "news" }, new { sendAt });

        var message = await client.MessageAsync();
        Assert.Equal(scheduled, Text(message, "id"));
        Assert.True(message.GetProperty("time").GetDateTimeOffset() >= sendAt.AddMilliseconds(-5));
    }

    [Fact]
    public async Task Restart_ClientComesBack_GetsWhatItMissed()
    {
        var folder = Directory.CreateTempSubdirectory("pushgateway-live-");
        try
        {
            TestApp app;
            long last;
            await using (var gateway = await TestGateway.StartAsync(folder: folder.FullName))
            {
                app = await AppOfAsync(gateway);
                await using var client = await SseClient.OpenAsync(app.Admin.Http, $"{app.Path}/channels/news/sse");
                await client.NextAsync();
                await PublishAsync(app, new { channel = "news" });
                last = (await client.MessageAsync()).GetProperty("sequence").GetInt64();
                await PublishAsync(app, new { channel = "news" });
                await client.MessageAsync();

                await gateway.Application.StopAsync(Cancelled);
                var (name, data, _) = await client.NextAsync();
                Assert.Equal(("end", "stopping"), (name, Text(data, "reason")));
                Assert.True(await client.EndsAsync());
            }

            await using var next = await TestGateway.StartAsync(folder: folder.FullName);
            var admin = next.Client(GatewayFixture.AdminKey);
            await using var again = await SseClient.OpenAsync(admin.Http, $"{app.Path}/channels/news/sse", lastEventId: last);
            Assert.True((await again.NextAsync()).Data.GetProperty("recovered").GetBoolean());
            Assert.Equal(last + 1, (await again.MessageAsync()).GetProperty("sequence").GetInt64());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Sse_KeyDeleted_IsEndedAtTheNextLook()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Live:KeepAlive"] = "00:00:01" });
        var app = await AppOfAsync(gateway);
        var key = (await app.Admin.PostAsync("/v1/keys", new { name = "reader", scopes = Names("read"), app = app.Id })).Expect(201);
        await using var client = await SseClient.OpenAsync(gateway.Client(key.Text("key")).Http, $"{app.Path}/channels/news/sse");
        await client.NextAsync();

        (await app.Admin.DeleteAsync($"/v1/keys/{key.Text("id")}")).Expect(204);

        var (name, data, _) = await client.NextAsync();
        Assert.Equal(("end", "forbidden"), (name, Text(data, "reason")));
    }

    /// <summary>A token that names no channels is good for those that its subscriber is subscribed to, as long as that lasts.</summary>
    [Fact]
    public async Task Sse_SubscriptionEnded_IsEndedAtTheNextLook()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Live:KeepAlive"] = "00:00:01" });
        var app = await AppOfAsync(gateway);
        (await app.Admin.PutAsync($"{app.Path}/channels/room-1/subscribers/anna")).Expect(204);
        var token = (await app.Admin.PostAsync($"{app.Path}/subscribers/anna/token", new { })).Expect(200).Text("token");
        await using var client = await SseClient.OpenAsync(gateway.Client(token).Http, $"{app.Path}/channels/room-1/sse");
        await client.NextAsync();

        var published = await PublishAsync(app, new { channel = "room-1" });
        Assert.Equal(published, Text(await client.MessageAsync(), "id"));

        (await app.Admin.DeleteAsync($"{app.Path}/channels/room-1/subscribers/anna")).Expect(204);

        var (name, data, _) = await client.NextAsync();
        Assert.Equal(("end", "forbidden"), (name, Text(data, "reason")));
    }

    [Fact]
    public async Task SignalR_KeyDeleted_SendsNothingMore()
    {
        var app = await fixture.CreateAppAsync();
        var key = (await app.Admin.PostAsync("/v1/keys", new { name = "sender", scopes = Names("publish"), app = app.Id })).Expect(201);
        await using var connection = await ConnectAsync(fixture.Gateway, key.Text("key"), HttpTransportType.WebSockets);
        await SendAsync(connection, app, "hi");

        (await app.Admin.DeleteAsync($"/v1/keys/{key.Text("id")}")).Expect(204);

        var refused = await connection.InvokeAsync<JsonElement>("Send", app.Id, "room-1", "chat", null, Cancelled);
        Assert.Equal("credential.ended", Text(refused.GetProperty("error"), "code"));
    }

    [Fact]
    public async Task Token_Expired_EndsWhatItHadOpened()
    {
        var clock = new MovedClock();
        await using var gateway = await TestGateway.StartAsync(
            new() { ["PushGateway:Live:KeepAlive"] = "00:00:01" }, builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var app = await AppOfAsync(gateway);
        var token = await TokenAsync(app, "anna", new { listen = Names("*"), send = Names("*"), ttlSeconds = 60 });
        await using var connection = await ConnectAsync(gateway, token, HttpTransportType.WebSockets);
        await using var items = Follow(connection, app, "room-1", null, presence: false);
        Assert.Equal("state", Text(await NextAsync(items), "event"));
        await using var client = await SseClient.OpenAsync(gateway.Client(token).Http, $"{app.Path}/channels/news/sse");
        await client.NextAsync();

        clock.Ahead = TimeSpan.FromSeconds(61);

        var end = await NextAsync(items);
        Assert.Equal(("end", "expired"), (Text(end, "event"), Text(end, "reason")));
        Assert.Equal("expired", Text((await client.NextAsync()).Data, "reason"));
        var refused = await connection.InvokeAsync<JsonElement>("Send", app.Id, "room-1", "chat", null, Cancelled);
        Assert.Equal("credential.ended", Text(refused.GetProperty("error"), "code"));
        (await gateway.Client(token).GetAsync($"{app.Path}/channels/news/messages")).ExpectProblem(401, "token.expired");
    }

    [Theory]
    [InlineData("sse")]
    [InlineData("ws")]
    [InlineData("signalr")]
    public async Task Follow_ClientThatDoesNotRead_IsDroppedCountedAndDelaysNobody(string transport)
    {
        await using var gateway = await TestGateway.StartAsync(new()
        {
            ["PushGateway:Live:WriteTimeout"] = "00:00:01",
            ["PushGateway:Live:MaxClientMessageBytes"] = "65536",
        });
        using var ended = new EndedStreams(gateway);
        var app = await AppOfAsync(gateway);
        using var stalled = new RawClient();
        await stalled.FollowAsync(gateway.Address, app, transport);
        await using var reader = await SseClient.OpenAsync(app.Admin.Http, $"{app.Path}/channels/news/sse");
        await reader.NextAsync();
        var hub = gateway.Service<PushGateway.Live.LiveHub>();
        await Eventually.TrueAsync(() => Task.FromResult(hub.Subscribers == 2));

        // Each message reaches the one who reads before the next is sent; the other's buffers are soon full.
        for (var number = 0; hub.Subscribers == 2; number++)
        {
            Assert.True(number < 5_000, "Whoever does not read is still there.");
            (await app.Admin.PostAsync($"{app.Path}/channels/news/messages", new { type = "chat", data = new { text = new string('x', 60_000) } })).Expect(201);
            await reader.MessageAsync();
        }

        Assert.Equal(1, hub.Subscribers);
        Assert.Equal(["slow"], ended.Reasons);

        // The connection is gone with the stream: what was on its way is all there is.
        await stalled.EndsAsync();
    }

    [Fact]
    public async Task Follow_MoreThanTheLimit_Is503()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Live:MaxSubscribers"] = "1" });
        var app = await AppOfAsync(gateway);
        await using var client = await SseClient.OpenAsync(app.Admin.Http, $"{app.Path}/channels/news/sse");
        await client.NextAsync();

        var answer = (await app.Admin.GetAsync($"{app.Path}/channels/news/messages")).ExpectProblem(503, "live.tooMany");
        Assert.Equal("5", answer.Headers["Retry-After"]);
    }

    private static JsonObject DeviceOf(string subscriber)
    {
        var device = Samples.ApnsDevice(Interlocked.Increment(ref s_devices) + 900_000);
        device["subscriber"] = subscriber;
        return device;
    }

    private static string[] Names(params string[] names) => names;

    private int Subscribers() => fixture.Gateway.Service<PushGateway.Live.LiveHub>().Subscribers;

    private static async Task<TestApp> AppOfAsync(TestGateway gateway)
    {
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/live", new { name = "Live" })).Expect(201);
        return new TestApp("live", admin, admin, admin, admin);
    }

    private static async Task<string> TokenAsync(TestApp app, string subscriber, object request) =>
        (await app.Devices.PostAsync($"{app.Path}/subscribers/{subscriber}/token", request)).Expect(200).Text("token");

    private static async Task<string> PublishAsync(TestApp app, object audience, object? options = null, object? filter = null) =>
        (await app.Publish.PostAsync($"{app.Path}/events", Body(audience, options, filter))).Expect(202).Text("id");

    private static object Body(object audience, object? options = null, object? filter = null) => new
    {
        type = "video.published",
        audience,
        filter = filter ?? new { },
        notification = new { title = "Title – „ü“ <b>" },
        data = new { videoId = "abc" },
        options = options ?? new { },
    };

    private async Task<ClientWebSocket> ConnectAsync(TestApp app, string query)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(fixture.Gateway.Address) { Scheme = "ws", Path = $"{app.Path}/channels/news/ws", Query = query }.Uri, Cancelled);
        return socket;
    }

    private static async Task<JsonElement> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[8_192];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancelled);
        Assert.Equal((WebSocketMessageType.Text, true), (received.MessageType, received.EndOfMessage));
        return JsonDocument.Parse(buffer.AsMemory(0, received.Count)).RootElement;
    }

    private async Task<HubConnection> ConnectAsync(TestApp app, string subscriber, HttpTransportType transport) =>
        await ConnectAsync(fixture.Gateway, await TokenAsync(app, subscriber, new { listen = Names("room-*"), send = Names("room-*") }), transport);

    /// <summary>With the token in a header, as programs do it: the query is for browsers.</summary>
    private static async Task<HubConnection> ConnectAsync(TestGateway gateway, string token, HttpTransportType transport)
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(gateway.Address, "/v1/live"), transport, options => options.AccessTokenProvider = () => Task.FromResult<string?>(token))
            .Build();
        await connection.StartAsync(Cancelled);
        return connection;
    }

    private static async Task<JsonElement> SendAsync(HubConnection connection, TestApp app, string text) =>
        (await connection.InvokeAsync<JsonElement>("Send", app.Id, "room-1", "chat", new Dictionary<string, string> { ["text"] = text }, Cancelled)).GetProperty("message");

    private static Following Follow(HubConnection connection, TestApp app, string channel, long? since, bool presence) =>
        new(cancelled => connection.StreamAsync<JsonElement>("Subscribe", app.Id, channel, since, presence, cancelled));

    private static Task<JsonElement> NextAsync(Following items) => items.NextAsync();

    /// <summary>The system's clock, until the test moves it.</summary>
    private sealed class MovedClock : TimeProvider
    {
        private long _aheadTicks;

        public TimeSpan Ahead
        {
            set => Interlocked.Exchange(ref _aheadTicks, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _aheadTicks));
    }

    /// <summary>A stream of a hub, which ends when it is disposed of.</summary>
    private sealed class Following : IAsyncDisposable
    {
        private readonly CancellationTokenSource _leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        private readonly IAsyncEnumerator<JsonElement> _items;

        public Following(Func<CancellationToken, IAsyncEnumerable<JsonElement>> open) => _items = open(_leaving.Token).GetAsyncEnumerator(_leaving.Token);

        public async Task<JsonElement> NextAsync()
        {
            Assert.True(await _items.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancelled), "The stream has ended.");
            return _items.Current;
        }

        public async ValueTask DisposeAsync()
        {
            await _leaving.CancelAsync();
            try
            {
                await _items.DisposeAsync();
            }
            catch (NotSupportedException)
            {
                // The test has failed while it waited for the next item.
            }

            _leaving.Dispose();
        }
    }

    /// <summary>A client with small buffers, which reads nothing unless it is told to.</summary>
    private sealed class RawClient : IDisposable
    {
        // Any will do for the upgrade.
        private const string Upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };

        public async Task FollowAsync(Uri gateway, TestApp app, string transport)
        {
            await _socket.ConnectAsync(gateway.Host, gateway.Port, Cancelled);
            var (path, headers) = transport switch
            {
                "sse" => ($"{app.Path}/channels/news/sse", string.Empty),
                "ws" => ($"{app.Path}/channels/news/ws", Upgrade),
                _ => ("/v1/live", Upgrade),
            };
            await SendAsync($"GET {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {GatewayFixture.AdminKey}\r\n{headers}\r\n");
            if (transport == "signalr")
            {
                using var socket = WebSocket.CreateFromStream(new NetworkStream(_socket), new WebSocketCreationOptions());
                await SendAsync("""{"protocol":"json","version":1}""");
                await SendAsync($$"""{"type":4,"invocationId":"1","target":"Subscribe","arguments":["{{app.Id}}","news",null,false]}""");

                async Task SendAsync(string text) =>
                    await socket.SendAsync(Encoding.UTF8.GetBytes($"{text}\u001e").AsMemory(), WebSocketMessageType.Text, true, Cancelled);
            }
        }

        /// <summary>Reads until the connection is closed or reset.</summary>
        public async Task EndsAsync()
        {
            var buffer = new byte[65_536];
            try
            {
                while (await _socket.ReceiveAsync(buffer.AsMemory(), Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancelled) > 0)
                {
                }
            }
            catch (SocketException reset)
            {
                Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
            }
        }

        public void Dispose() => _socket.Dispose();

        private async Task SendAsync(string text) => await _socket.SendAsync(Encoding.ASCII.GetBytes(text), Cancelled);
    }

    /// <summary>Why the gateway has ended streams, each time.</summary>
    private sealed class EndedStreams : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentQueue<string> _reasons = [];

        public EndedStreams(TestGateway gateway)
        {
            var meters = gateway.Application.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "pushgateway.live.ended" && instrument.Meter.Scope == meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            {
                for (; count > 0; count--)
                {
                    _reasons.Enqueue((string)tags[0].Value!);
                }
            });
            _listener.Start();
        }

        public IEnumerable<string> Reasons => _reasons;

        public void Dispose() => _listener.Dispose();
    }

    /// <returns>How many are there, and who has joined or left.</returns>
    private static string Presence(JsonElement item, string change)
    {
        Assert.Equal("presence", Text(item, "event"));
        Assert.Equal(0, item.GetProperty(change == "joined" ? "left" : "joined").GetArrayLength());
        return $"{item.GetProperty("count").GetInt32()}: {string.Join(", ", item.GetProperty(change).EnumerateArray().Select(member => member.GetString()))}";
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
