using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using PushGateway.Server.Json;
using PushGateway.Server.Settings;
using PushGateway.Server.Tests.Api;
using PushGateway.V1;
using PublishRequest = PushGateway.V1.PublishRequest;

namespace PushGateway.Server.Tests.Rpc;

/// <summary>The gRPC services, called by the client of their own library.</summary>
public sealed class RpcTests(RpcFixture fixture) : IClassFixture<RpcFixture>
{
    private static readonly string[] s_news = ["news"];
    private static readonly JsonParser s_json = JsonParser.Default;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscribe_EventPublished_ComesAndMissedOnesComeAfterAReturn()
    {
        var app = await fixture.CreateAppAsync();
        var token = (await app.Admin.PostAsync($"{app.Path}/subscribers/ana/token", new { listen = s_news, send = s_news })).Text("token");
        using var channel = fixture.Open(token);
        var live = new PushLive.PushLiveClient(channel);
        long last;
        using (var call = live.Subscribe(new SubscribeRequest { App = app.Id, Channel = "news" }, cancellationToken: Cancelled))
        {
            Assert.True((await NextAsync(call)).State.Recovered);
            var published = (await app.Admin.PostAsync($"{app.Path}/events", Samples.Event())).Expect(202).Text("id");
            var message = (await NextAsync(call)).Message;
            Assert.Equal((published, "news", "video.published", "abc"), (message.Id, message.Channel, message.Type, message.Data["videoId"]));
            Assert.Equal(("New video", "Watch it now"), (message.Notification.Title, message.Notification.Body));
            Assert.EndsWith("Z", message.Time, StringComparison.Ordinal);
            last = message.Sequence;
        }

        var chat = (await fixture.Gateway.Client(token).PostAsync($"{app.Path}/channels/news/messages", new { type = "chat", data = new { text = "hi" } })).Expect(201);
        using var again = live.Subscribe(new SubscribeRequest { App = app.Id, Channel = "news", Since = last }, cancellationToken: Cancelled);
        Assert.Equal((true, last), ((await NextAsync(again)).State is { Recovered: var recovered } ? recovered : default, last));
        var missed = (await NextAsync(again)).Message;
        Assert.Equal((chat.Text("id"), last + 1, "ana", "hi"), (missed.Id, missed.Sequence, missed.Sender, missed.Data["text"]));
        Assert.Null(missed.Notification);

        using var lost = live.Subscribe(new SubscribeRequest { App = app.Id, Channel = "news", Since = 17 }, cancellationToken: Cancelled);
        Assert.False((await NextAsync(lost)).State.Recovered);
    }

    [Fact]
    public async Task Publish_EveryFieldOfTheContract_IsTheRequestThatHttpTakes()
    {
        var app = await fixture.CreateAppAsync();
        var body = Samples.FullEvent();
        var first = (await app.Admin.PostAsync($"{app.Path}/events", body, ("Idempotency-Key", "k 1"))).Expect(202);
        var client = new PushPublish.PushPublishClient(fixture.Open(app.PublishKey));

        // Of another body the key would be refused: nothing is lost and nothing added on the way.
        var request = new PublishRequest { App = app.Id, IdempotencyKey = "k 1", Event = s_json.Parse<V1.PushEvent>(body.ToJsonString()) };
        var reply = await client.PublishAsync(request, cancellationToken: Cancelled);
        Assert.Equal((first.Text("id"), true, first.Text("sendAt"), first.Text("expiresAt")), (reply.Id, reply.Replayed, reply.SendAt, reply.ExpiresAt));

        request.Event.Data["videoId"] = "def";
        var reused = await Assert.ThrowsAsync<RpcException>(async () => await client.PublishAsync(request, cancellationToken: Cancelled));
        Assert.Equal((StatusCode.AlreadyExists, "idempotency.keyReused"), (reused.StatusCode, CodeOf(reused)));

        var fresh = await client.PublishAsync(new PublishRequest { App = app.Id, Event = s_json.Parse<V1.PushEvent>(Samples.Event().ToJsonString()) }, cancellationToken: Cancelled);
        Assert.False(fresh.Replayed);
        Assert.Equal("video.published", (await app.Admin.GetAsync($"{app.Path}/events/{fresh.Id}")).Expect(200).Text("type"));
    }

    [Fact]
    public void Messages_OfThePublish_HaveTheFieldsOfTheHttpContract() => Compare(V1.PushEvent.Descriptor, typeof(Server.Api.Events.PublishRequest), string.Empty);

    [Fact]
    public async Task Publish_WhatHttpRefuses_IsRefusedWithTheSameWords()
    {
        var app = await fixture.CreateAppAsync();
        var body = Samples.Event();
        body["audience"]!["all"] = true;
        body["options"] = new System.Text.Json.Nodes.JsonObject { ["ttlSeconds"] = -1 };
        var problem = (await app.Admin.PostAsync($"{app.Path}/events", body)).Expect(400);
        var client = new PushPublish.PushPublishClient(fixture.Open(app.PublishKey));

        var refused = await RefusedAsync(client, new PublishRequest { App = app.Id, Event = s_json.Parse<V1.PushEvent>(body.ToJsonString()) });

        Assert.Equal((StatusCode.InvalidArgument, problem.Text("detail"), problem.Code), (refused.StatusCode, refused.Status.Detail, CodeOf(refused)));
        Assert.Equal(
            problem.Json.GetProperty("errors").EnumerateArray().Select(error => (error.GetProperty("field").GetString(), error.GetProperty("detail").GetString())),
            refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => ((string?)violation.Field, (string?)violation.Description)));
        Assert.NotEmpty(refused.GetRpcStatus()!.GetDetail<RequestInfo>()!.RequestId);

        var empty = await RefusedAsync(client, new PublishRequest { App = app.Id, IdempotencyKey = "\n" });
        Assert.Equal(["idempotencyKey", "event"], empty.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field));
        var kindless = new V1.PushEvent { Type = "t", Fcm = new() { Fields = { ["a"] = new Google.Protobuf.WellKnownTypes.Value() } } };
        Assert.Equal("event.invalid", CodeOf(await RefusedAsync(client, new PublishRequest { App = app.Id, Event = kindless })));
        Assert.Equal("id.invalid", CodeOf(await RefusedAsync(client, new PublishRequest { App = "a/b", Event = kindless })));
    }

    [Fact]
    public async Task Calls_OfThoseWhoMayNot_AreRefusedWithTheCodeOfHttp()
    {
        var (app, other) = (await fixture.CreateAppAsync(), await fixture.CreateAppAsync());
        var token = (await app.Admin.PostAsync($"{app.Path}/subscribers/ana/token", new { listen = s_news })).Text("token");
        var news = new SubscribeRequest { App = app.Id, Channel = "news" };
        await RefusesAsync(null, news, StatusCode.Unauthenticated, "key.missing");
        await RefusesAsync("wrong", news, StatusCode.Unauthenticated, "key.unknown");
        await RefusesAsync(other.ReadKey, news, StatusCode.PermissionDenied, "app.forbidden");
        await RefusesAsync(other.ReadKey, new SubscribeRequest { App = "no-such-app", Channel = "news" }, StatusCode.PermissionDenied, "app.forbidden");
        await RefusesAsync(GatewayFixture.AdminKey, new SubscribeRequest { App = "no-such-app", Channel = "news" }, StatusCode.NotFound, "app.unknown");
        await RefusesAsync(token, new SubscribeRequest { App = app.Id, Channel = "sport" }, StatusCode.PermissionDenied, "channel.forbidden");
        await RefusesAsync(token, new SubscribeRequest { App = other.Id, Channel = "news" }, StatusCode.PermissionDenied, "app.forbidden");
        await RefusesAsync(app.ReadKey, new SubscribeRequest { App = app.Id, Channel = "a b" }, StatusCode.InvalidArgument, "id.invalid");
        await RefusesAsync(app.ReadKey, new SubscribeRequest { App = app.Id, Channel = "news", Since = -1 }, StatusCode.InvalidArgument, "since.invalid");

        var request = new PublishRequest { App = app.Id, Event = s_json.Parse<V1.PushEvent>(Samples.Event().ToJsonString()) };
        foreach (var (key, status, code) in new[]
        {
            (null, StatusCode.Unauthenticated, "key.missing"), (app.ReadKey, StatusCode.PermissionDenied, "scope.insufficient"),
            (token, StatusCode.PermissionDenied, "scope.insufficient"), (other.PublishKey, StatusCode.PermissionDenied, "app.forbidden"),
        })
        {
            using var channel = fixture.Open(key);
            var refused = await RefusedAsync(new PushPublish.PushPublishClient(channel), request);
            Assert.Equal((status, code), (refused.StatusCode, CodeOf(refused)));
        }
    }

    [Fact]
    public async Task Subscribe_ClientThatDoesNotRead_IsDroppedDelaysNobodyAndComesBackWithoutAGap()
    {
        var (gateway, address) = await RpcFixture.StartAsync(new()
        {
            ["PushGateway:Live:WriteTimeout"] = "00:00:01",
            ["PushGateway:Live:MaxClientMessageBytes"] = "65536",
        });
        await using var _ = gateway;
        var app = await RpcFixture.CreateAppAsync(gateway, "a");
        // A cursor is taken where there is a message.
        (await app.Admin.PostAsync($"{app.Path}/channels/news/messages", new { type = "chat" })).Expect(201);
        using var stalledChannel = RpcFixture.Open(address, app.ReadKey);
        using var channel = RpcFixture.Open(address, app.ReadKey);
        using var stalled = new PushLive.PushLiveClient(stalledChannel).Subscribe(new SubscribeRequest { App = "a", Channel = "news" }, cancellationToken: Cancelled);
        using var reading = new PushLive.PushLiveClient(channel).Subscribe(new SubscribeRequest { App = "a", Channel = "news" }, cancellationToken: Cancelled);
        var last = (await NextAsync(stalled)).State.Sequence;
        await NextAsync(reading);
        var hub = gateway.Service<PushGateway.Live.LiveHub>();
        var sent = 0;
        for (; hub.Subscribers == 2; sent++)
        {
            Assert.True(sent < 900, "Whoever does not read is still there.");
            (await app.Admin.PostAsync($"{app.Path}/channels/news/messages", new { type = "chat", data = new { text = new string('x', 30_000) } })).Expect(201);
            await NextAsync(reading);
        }

        // The client hears that it was dropped, after what had reached it at most, and knows from where to go on.
        var read = 0;
        var dropped = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await stalled.ResponseStream.MoveNext(Cancelled))
            {
                (last, read) = (stalled.ResponseStream.Current.Message.Sequence, read + 1);
            }
        });
        Assert.NotEqual(StatusCode.OK, dropped.StatusCode);
        Assert.InRange(read, 0, sent - 1);
        using var again = new PushLive.PushLiveClient(channel).Subscribe(new SubscribeRequest { App = "a", Channel = "news", Since = last }, cancellationToken: Cancelled);
        Assert.True((await NextAsync(again)).State.Recovered);
        for (; read < sent; read++)
        {
            Assert.Equal(++last, (await NextAsync(again)).Message.Sequence);
        }
    }

    [Fact]
    public async Task Stop_WithFollowers_EndsThemWithTheReasonAndAStatus()
    {
        var (gateway, address) = await RpcFixture.StartAsync([]);
        await using var _ = gateway;
        var app = await RpcFixture.CreateAppAsync(gateway, "a");
        using var channel = RpcFixture.Open(address, app.ReadKey);
        using var call = new PushLive.PushLiveClient(channel).Subscribe(new SubscribeRequest { App = "a", Channel = "news" }, cancellationToken: Cancelled);
        await NextAsync(call);

        var stopping = gateway.Application.StopAsync(Cancelled);

        Assert.Equal("stopping", (await NextAsync(call)).End.Reason);
        var ended = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancelled));
        Assert.Equal((StatusCode.Unavailable, "stopping"), (ended.StatusCode, CodeOf(ended)));
        Assert.NotNull(ended.GetRpcStatus()!.GetDetail<RetryInfo>());
        await stopping;
    }

    [Fact]
    public async Task Publish_StoreIsLocked_IsUnavailableWithATimeToComeBack()
    {
        var (gateway, address) = await RpcFixture.StartAsync(new() { ["PushGateway:Storage:BusyTimeout"] = "00:00:00.010" });
        await using var _ = gateway;
        var app = await RpcFixture.CreateAppAsync(gateway, "a");
        using var channel = RpcFixture.Open(address, app.PublishKey);
        var client = new PushPublish.PushPublishClient(channel);
        await using var other = new SqliteConnection($"Data Source={Path.Combine(gateway.Folder, "store.db")};Pooling=False");
        await other.OpenAsync(Cancelled);
        await using var command = other.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync(Cancelled);
        var request = new PublishRequest { App = "a", Event = s_json.Parse<V1.PushEvent>(Samples.Event().ToJsonString()) };

        var refused = await RefusedAsync(client, request);
        Assert.Equal((StatusCode.Unavailable, "store.unavailable"), (refused.StatusCode, CodeOf(refused)));
        Assert.Equal(2, refused.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.Seconds);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, await HealthAsync(channel, "pushgateway.v1.PushPublish"));

        command.CommandText = "ROLLBACK";
        await command.ExecuteNonQueryAsync(Cancelled);
        Assert.NotEmpty((await client.PublishAsync(request, cancellationToken: Cancelled)).Id);
    }

    [Fact]
    public async Task Calls_AboveALimit_AreResourceExhausted()
    {
        var (gateway, address) = await RpcFixture.StartAsync(new() { ["PushGateway:Api:MaxBodyBytes"] = "2048", ["PushGateway:Live:MaxSubscribers"] = "1" });
        await using var _ = gateway;
        var app = await RpcFixture.CreateAppAsync(gateway, "a");
        using var channel = RpcFixture.Open(address, GatewayFixture.AdminKey);
        var large = new V1.PushEvent { Type = "t", Data = { ["a"] = new string('x', 4_000) } };
        Assert.Equal(StatusCode.ResourceExhausted, (await RefusedAsync(new PushPublish.PushPublishClient(channel), new PublishRequest { App = "a", Event = large })).StatusCode);

        var live = new PushLive.PushLiveClient(channel);
        using var call = live.Subscribe(new SubscribeRequest { App = "a", Channel = "news" }, cancellationToken: Cancelled);
        await NextAsync(call);
        using var second = live.Subscribe(new SubscribeRequest { App = "a", Channel = "news" }, cancellationToken: Cancelled);
        var refused = await Assert.ThrowsAsync<RpcException>(() => second.ResponseStream.MoveNext(Cancelled));
        Assert.Equal((StatusCode.Unavailable, "live.tooMany", 5), (refused.StatusCode, CodeOf(refused), refused.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.Seconds));

        var (limited, limitedAddress) = await RpcFixture.StartAsync(new() { ["PushGateway:Api:AnonymousRequestsPerSecond"] = "1" });
        await using var __ = limited;
        using var anonymous = RpcFixture.Open(limitedAddress, null);
        var request = new PublishRequest { App = "a" };
        RpcException answer;
        do
        {
            answer = await RefusedAsync(new PushPublish.PushPublishClient(anonymous), request);
        }
        while (answer.StatusCode == StatusCode.Unauthenticated);
        Assert.Equal((StatusCode.ResourceExhausted, "rate.limited"), (answer.StatusCode, CodeOf(answer)));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(anonymous, string.Empty));
    }

    [Fact]
    public async Task Reflection_AskedWithoutTheProtoFiles_DescribesTheServices()
    {
        using var channel = fixture.Open(null);
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: Cancelled);
        var services = (await AskAsync(call, new ServerReflectionRequest { ListServices = string.Empty })).ListServicesResponse.Service.Select(service => service.Name);
        Assert.Superset(new HashSet<string> { "pushgateway.v1.PushLive", "pushgateway.v1.PushPublish", "grpc.health.v1.Health" }, services.ToHashSet());

        var files = (await AskAsync(call, new ServerReflectionRequest { FileContainingSymbol = "pushgateway.v1.PushPublish" })).FileDescriptorResponse.FileDescriptorProto
            .Select(FileDescriptorProto.Parser.ParseFrom).ToList();
        var method = Assert.Single(files.SelectMany(file => file.Service), service => service.Name == "PushPublish").Method.Single();
        Assert.Equal(("Publish", ".pushgateway.v1.PublishRequest"), (method.Name, method.InputType));

        // What a tool makes of the description is a call that is taken.
        var app = await fixture.CreateAppAsync();
        using var caller = fixture.Open(app.PublishKey);
        var bytes = new PublishRequest { App = app.Id, Event = s_json.Parse<V1.PushEvent>(Samples.Event().ToJsonString()) }.ToByteArray();
        var raw = Marshallers.Create<byte[]>(value => value, value => value);
        var reply = await caller.CreateCallInvoker().AsyncUnaryCall(
            new Method<byte[], byte[]>(MethodType.Unary, $"pushgateway.v1.{files.SelectMany(file => file.Service).Single(service => service.Name == "PushPublish").Name}", method.Name, raw, raw),
            null, new CallOptions(cancellationToken: Cancelled), bytes);
        Assert.NotEmpty(PublishReply.Parser.ParseFrom(reply).Id);
    }

    [Fact]
    public async Task Tls_AtTheOrdinaryAddress_SpeaksBoth()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddYears(-1));
        await using var gateway = await TestGateway.StartAsync(
            new() { ["urls"] = "https://127.0.0.1:0" },
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate)));
        using var channel = GrpcChannel.ForAddress(gateway.Address, new GrpcChannelOptions { HttpHandler = Trusting(certificate), DisposeHttpClient = true });
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(channel, "pushgateway.v1.PushLive"));
        using var http = new HttpClient(Trusting(certificate));
        Assert.Contains("ok", await http.GetStringAsync(new Uri(gateway.Address, "/healthz"), Cancelled), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://127.0.0.1:8081")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("nonsense")]
    [InlineData("http://127.0.0.1:8099")]
    public async Task Start_WithABadAddress_NamesTheKey(string url)
    {
        var failure = await Assert.ThrowsAsync<InvalidSettingException>(async () =>
        {
            await using var gateway = await TestGateway.StartAsync(new() { ["urls"] = "http://127.0.0.1:8099", ["PushGateway:Grpc:Url"] = url });
        });
        Assert.Contains("PushGateway:Grpc:Url", failure.Message, StringComparison.Ordinal);
    }

    private static SocketsHttpHandler Trusting(X509Certificate2 certificate) =>
        new() { SslOptions = { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == certificate.GetCertHashString() } };

    private static void Compare(MessageDescriptor message, System.Type contract, string path)
    {
        var type = ApiJson.Default.GetTypeInfo(contract)!;
        var fields = message.Fields.InDeclarationOrder().ToDictionary(field => field.JsonName);
        Assert.True(
            fields.Keys.ToHashSet().SetEquals(type.Properties.Select(property => property.Name)),
            $"{message.Name} differs from {contract.Name} at '{path}': {string.Join(", ", fields.Keys.Except(type.Properties.Select(property => property.Name)).Concat(type.Properties.Select(property => property.Name).Except(fields.Keys)))}");
        foreach (var property in type.Properties.Where(property => property.PropertyType.Namespace == typeof(Server.Api.Events.PublishRequest).Namespace))
        {
            Compare(fields[property.Name].MessageType, property.PropertyType, $"{path}.{property.Name}");
        }
    }

    private static async Task<LiveItem> NextAsync(AsyncServerStreamingCall<LiveItem> call)
    {
        do
        {
            Assert.True(await call.ResponseStream.MoveNext(Cancelled), "The stream has ended.");
        }
        while (call.ResponseStream.Current.ItemCase == LiveItem.ItemOneofCase.None);
        return call.ResponseStream.Current;
    }

    private static async Task<ServerReflectionResponse> AskAsync(AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call, ServerReflectionRequest request)
    {
        await call.RequestStream.WriteAsync(request, Cancelled);
        Assert.True(await call.ResponseStream.MoveNext(Cancelled));
        return call.ResponseStream.Current;
    }

    private static Task<RpcException> RefusedAsync(PushPublish.PushPublishClient client, PublishRequest request) =>
        Assert.ThrowsAsync<RpcException>(async () => await client.PublishAsync(request, cancellationToken: Cancelled));

    private async Task RefusesAsync(string? key, SubscribeRequest request, StatusCode status, string code)
    {
        using var channel = fixture.Open(key);
        using var call = new PushLive.PushLiveClient(channel).Subscribe(request, cancellationToken: Cancelled);
        var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancelled));
        Assert.Equal((status, code), (refused.StatusCode, CodeOf(refused)));
    }

    private static async Task<HealthCheckResponse.Types.ServingStatus> HealthAsync(GrpcChannel channel, string service) =>
        (await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = service }, cancellationToken: Cancelled)).Status;

    private static string? CodeOf(RpcException refused) => refused.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason;
}
