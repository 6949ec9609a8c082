using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Core.Messaging;
using PushGateway.FaultTests.Network;
using PushGateway.Server.Api.Events;
using PushGateway.Server.Tests.Api;
using RabbitMQ.Client;

namespace PushGateway.Server.Tests.RabbitMq;

/// <summary>Events in from a real broker, and notices out to it, with what brokers and networks do in between.</summary>
public sealed class RabbitMqTests(RabbitMqServer server) : IClassFixture<RabbitMqServer>
{
    private static readonly string[] s_completed = ["event.completed"];
    private static int s_queues;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Message_InEveryForm_IsPublishedOnceAndAcknowledged()
    {
        var queue = Name();
        await using var broker = await BrokerClient.ConnectAsync(server);
        await broker.DeclareAsync(queue);
        var body = Samples.Event();
        await broker.SendAsync(queue, body.ToJsonString(), "m 1");
        await broker.SendAsync(queue, body.ToJsonString(), "m 1");
        await broker.SendAsync(queue, body.ToJsonString(), "m-2", contentType: null);
        await broker.SendAsync(queue, CloudEvent("a").ToJsonString(), null, "application/cloudevents+json; charset=utf-8");
        await broker.SendAsync(queue, CloudEvent("a").ToJsonString(), null, "application/cloudevents+json");
        body.Remove("type");
        await broker.SendAsync(queue, body.ToJsonString(), null, headers: new() { ["cloudEvents:specversion"] = "1.0", ["cloudEvents:id"] = "b", ["cloudEvents:source"] = "/shop", ["cloudEvents:type"] = "order.sent" });
        await broker.SendAsync(queue, body.ToJsonString(), null, headers: new() { ["cloudEvents_specversion"] = "1.0", ["cloudEvents_id"] = "c", ["cloudEvents_source"] = "/shop", ["cloudEvents_type"] = "order.sent" });

        await using var gateway = await StartAsync(queue);
        await Eventually.TrueAsync(async () => await CountAsync(gateway) >= 5);

        var types = (await EventsAsync(gateway)).Select(item => item.GetProperty("type").GetString()).Order();
        Assert.Equal(["order.sent", "order.sent", "video.published", "video.published", "video.published"], types);
        Assert.Equal(0u, await broker.ReadyAsync($"{queue}.dead"));

        // The key is the one of HTTP.
        var known = await gateway.Client(GatewayFixture.AdminKey).PostAsync("/v1/apps/a/events", Samples.Event(), ("Idempotency-Key", "m 1"));
        Assert.Equal("true", known.Expect(202).Headers["Idempotent-Replayed"]);
        gateway.Errors.ExpectNone();
        await SettledAsync(gateway, broker, queue, 5);
    }

    [Fact]
    public async Task Message_ThatCanBeNoEvent_IsADeadLetterWithTheReason()
    {
        var queue = Name();
        await using var broker = await BrokerClient.ConnectAsync(server);
        await using var gateway = await StartAsync(queue, new() { ["PushGateway:Api:MaxBodyBytes"] = "2048" });
        await Eventually.TrueAsync(() => broker.HasConsumerAsync(queue));
        var bad = Samples.Event();
        bad["audience"] = new JsonObject { ["all"] = true, ["channel"] = "x" };
        bad["options"] = new JsonObject { ["ttlSeconds"] = -1 };
        (string Body, string? Id, string Code)[] cases =
        [
            ("{", "k1", "json.malformed"), (bad.ToJsonString(), "k2", "audience.ambiguous"), (Samples.Event().ToJsonString(), null, "messageId.missing"),
            (Samples.Event().ToJsonString(), new string('x', 129), "idempotency.invalidKey"), (Samples.Event().ToJsonString().PadRight(3_000), "k3", "body.tooLarge"),
        ];
        foreach (var (body, id, code) in cases)
        {
            await broker.SendAsync(queue, body, id, headers: new() { ["mine"] = "kept" });
            var dead = await DeadAsync(broker, queue);
            Assert.Equal((code, queue, "kept"), (Header(dead, "pushgateway-code"), Header(dead, "pushgateway-queue"), Header(dead, "mine")));
            Assert.Equal((body, id), (Encoding.UTF8.GetString(dead.Body.Span), dead.BasicProperties.MessageId));
            Assert.NotEmpty(Header(dead, "pushgateway-detail"));
            if (id == "k2")
            {
                Assert.Equal(["audience", "options.ttlSeconds"], Header(dead, "pushgateway-fields").Split('\n').Select(line => line.Split(':')[0]));
            }
        }

        await broker.SendAsync(queue, Samples.Event().ToJsonString(), "k4");
        await broker.SendAsync(queue, Samples.Event("sport").ToJsonString(), "k4");
        Assert.Equal("idempotency.keyReused", Header(await DeadAsync(broker, queue), "pushgateway-code"));
        await SettledAsync(gateway, broker, queue, 1);
    }

    [Fact]
    public async Task Message_WhileTheStoreIsLocked_StaysWithTheBrokerAndIsTakenAfterwards()
    {
        var queue = Name();
        await using var broker = await BrokerClient.ConnectAsync(server);
        await using var gateway = await StartAsync(queue, new()
        {
            ["PushGateway:Storage:BusyTimeout"] = "00:00:00.010",
            ["PushGateway:RabbitMq:Queues:0:Prefetch"] = "3",
        });
        using var messages = new QueueMessages(gateway);
        await Eventually.TrueAsync(() => broker.HasConsumerAsync(queue));
        await using var other = new SqliteConnection($"Data Source={Path.Combine(gateway.Folder, "store.db")};Pooling=False");
        await other.OpenAsync(Cancelled);
        await using var command = other.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync(Cancelled);
        for (var number = 0; number < 10; number++)
        {
            await broker.SendAsync(queue, Samples.Event().ToJsonString(), $"m{number}");
        }

        // Kept, and never more than three under way: the others wait with the broker.
        await Eventually.TrueAsync(() => Task.FromResult(messages.Held == 3));
        Assert.Equal(7u, await broker.ReadyAsync(queue));

        command.CommandText = "ROLLBACK";
        await command.ExecuteNonQueryAsync(Cancelled);
        await SettledAsync(gateway, broker, queue, 10);
        Assert.Equal(0u, await broker.ReadyAsync($"{queue}.dead"));
        Assert.Equal((0, 0), (messages.Held, messages.Returned));
    }

    /// <summary>A quorum queue counts how often it got a message back, and at its limit drops it.</summary>
    [Fact]
    public async Task Message_OfAQuorumQueueThatIsTriedMoreOftenThanItsLimit_IsTakenInItsOrder()
    {
        var queue = Name();
        await using var broker = await BrokerClient.ConnectAsync(server);
        await broker.Channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-delivery-limit"] = 2 }, cancellationToken: Cancelled);
        await using var proxy = new TcpProxy(server.Address);
        StubbornIntake? intake = null;
        await using var gateway = await StartAsync(
            queue, new()
            {
                ["PushGateway:RabbitMq:Uri"] = proxy.Address.ToString(),
                ["PushGateway:RabbitMq:RetryDelay"] = "00:00:00.100",
                ["PushGateway:RabbitMq:Queues:0:Prefetch"] = "1",
            },
            services => services.Replace(ServiceDescriptor.Singleton<IMessageIntake>(provider =>
                intake = new StubbornIntake(ActivatorUtilities.CreateInstance<MessageIntake>(provider), () => throw new StoreUnavailableException("It cannot be written to.")))));
        using var messages = new QueueMessages(gateway);
        for (var number = 0; number < 5; number++)
        {
            await broker.SendAsync(queue, Samples.Event().ToJsonString(), $"m{number}");
        }

        await Eventually.TrueAsync(() => Task.FromResult(intake?.Tries.Count >= 6));
        Assert.Equal((1, 0), (messages.Held, messages.Returned));

        // With the connection it goes back, once, and is kept by the next one.
        proxy.Cut();
        await Eventually.TrueAsync(() => Task.FromResult(messages is { Held: 1, Returned: 1 }));
        var before = intake!.Tries.Count;
        await Eventually.TrueAsync(() => Task.FromResult(intake.Tries.Count >= before + 6));
        intake.IsTaking = true;

        await SettledAsync(gateway, broker, queue, 5);
        Assert.Equal(["m0", "m1", "m2", "m3", "m4"], intake.Tries.Distinct());
        Assert.Equal((0, 1), (messages.Held, messages.Returned));
        Assert.Equal(0u, await broker.ReadyAsync($"{queue}.dead"));
    }

    [Fact]
    public async Task Message_ThatFailsUnexpectedlyAgain_IsADeadLetterAndTheNextIsTaken()
    {
        var queue = Name();
        await using var broker = await BrokerClient.ConnectAsync(server);
        StubbornIntake? intake = null;
        await using var gateway = await StartAsync(queue, configure: services => services.Replace(ServiceDescriptor.Singleton<IMessageIntake>(provider =>
            intake = new StubbornIntake(ActivatorUtilities.CreateInstance<MessageIntake>(provider), () => throw new InvalidOperationException("Nobody thought of this.")))));
        await Eventually.TrueAsync(() => broker.HasConsumerAsync(queue));
        await broker.SendAsync(queue, Samples.Event().ToJsonString(), "bad");

        Assert.Equal("internal", Header(await DeadAsync(broker, queue), "pushgateway-code"));
        Assert.Equal(["bad", "bad"], intake!.Tries);
        intake.IsTaking = true;
        await broker.SendAsync(queue, Samples.Event().ToJsonString(), "good");
        await SettledAsync(gateway, broker, queue, 1);
    }

    [Fact]
    public async Task Messages_WhileConnectionsAreCutAndTheBrokerDies_AreEachPublishedOnce()
    {
        const int Messages = 400;
        var queue = Name();
        await using (var broker = await BrokerClient.ConnectAsync(server))
        {
            await broker.DeclareAsync(queue);
            await Task.WhenAll(Enumerable.Range(0, Messages).Select(number => broker.SendAsync(queue, Samples.Event($"c{number}").ToJsonString(), $"m{number}")));
        }

        await using var proxy = new TcpProxy(server.Address);
        await using var gateway = await StartAsync(queue, new()
        {
            ["PushGateway:RabbitMq:Uri"] = proxy.Address.ToString(),
            ["PushGateway:RabbitMq:RetryDelay"] = "00:00:00.100",
            ["PushGateway:RabbitMq:Queues:0:Prefetch"] = "20",
        });

        // Acknowledgements are lost in the middle of the work, again and again.
        foreach (var seen in new[] { 1, 60, 120 })
        {
            await Eventually.TrueAsync(async () => await CountAsync(gateway) >= seen);
            proxy.Truncate(seen);
            proxy.Cut();
        }

        await server.KillAsync();
        await server.StartAsync();
        await using var after = await BrokerClient.ConnectAsync(server);
        await Eventually.TrueAsync(async () => await CountAsync(gateway) >= Messages);
        Assert.Contains($"pushgateway_rabbitmq_connected{{otel_scope_name=\"PushGateway.RabbitMq\",purpose=\"{queue}\"}} 1", await MetricsAsync(gateway), StringComparison.Ordinal);
        gateway.Errors.ExpectNone();
        await SettledAsync(gateway, after, queue, Messages);
        Assert.Equal(0u, await after.ReadyAsync($"{queue}.dead"));
    }

    [Fact]
    public async Task Notices_WhileConnectionsAreCutAndTheBrokerDies_AreNeitherLostNorOthers()
    {
        const int Events = 60;
        var (exchange, inbox) = (Name(), Name());
        await using (var broker = await BrokerClient.ConnectAsync(server))
        {
            await broker.DeclareAsync(inbox);
            await broker.Channel.ExchangeDeclareAsync(exchange, ExchangeType.Topic, durable: true, cancellationToken: Cancelled);
            await broker.Channel.QueueBindAsync(inbox, exchange, "event.completed.#", cancellationToken: Cancelled);
        }

        await using var proxy = new TcpProxy(server.Address);
        await using var gateway = await StartAsync(null, new()
        {
            ["PushGateway:RabbitMq:Uri"] = proxy.Address.ToString(),
            ["PushGateway:RabbitMq:Timeout"] = "00:00:03",
            ["PushGateway:Webhooks:BatchDelay"] = "00:00:00",
            ["PushGateway:Webhooks:MaxBatchNotices"] = "5",
            ["PushGateway:Webhooks:Retries"] = "100",
            ["PushGateway:Webhooks:RetryDelay"] = "00:00:00.100",
            ["PushGateway:Webhooks:RetryLimit"] = "00:00:00.500",
            ["PushGateway:Webhooks:BreakDuration"] = "00:00:00.500",
        });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/a/webhooks/broker", new { url = $"rabbitmq:{exchange}", events = s_completed })).Expect(201);
        List<string> ids = [];
        for (var number = 0; number < Events; number++)
        {
            ids.Add((await admin.PostAsync("/v1/apps/a/events", Samples.Event())).Expect(202).Text("id"));
            if (number % 10 == 5)
            {
                proxy.Truncate(number * 20);
                proxy.Cut();
            }

            if (number == 30)
            {
                await server.KillAsync();
            }
        }

        await server.StartAsync();
        await Eventually.TrueAsync(async () => (await admin.GetAsync("/v1/apps/a/webhooks/broker")).Number("pending") == 0 && (await Task.WhenAll(ids.TakeLast(1).Select(id => admin.GetAsync($"/v1/apps/a/events/{id}"))))[0].Text("state") == "completed");
        await using var after = await BrokerClient.ConnectAsync(server);
        Dictionary<string, string> received = [];
        while (await after.TakeAsync(inbox) is { } message)
        {
            var notice = JsonElement.Parse(message.Body.Span);
            var told = notice.GetProperty("data").GetProperty("event").GetString()!;
            Assert.Equal(
                ("event.completed", "a", message.BasicProperties.MessageId, "event.completed.a"),
                (notice.GetProperty("type").GetString(), notice.GetProperty("app").GetString(), notice.GetProperty("id").GetString(), message.RoutingKey));
            Assert.True(message.BasicProperties.Persistent);

            // What comes again has the id that it had.
            Assert.True(received.TryAdd(message.BasicProperties.MessageId!, told) || received[message.BasicProperties.MessageId!] == told);
        }

        Assert.Equal(ids.Order(), received.Values.Order());
    }

    [Fact]
    public async Task Notices_NoQueueIsBound_WaitUntilThereIs()
    {
        var (exchange, inbox) = (Name(), Name());
        await using var gateway = await StartAsync(null, new() { ["PushGateway:Webhooks:BatchDelay"] = "00:00:00", ["PushGateway:Webhooks:Retries"] = "0" });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        var created = (await admin.PutAsync("/v1/apps/a/webhooks/broker", new { url = $"rabbitmq:{exchange}", events = s_completed })).Expect(201);
        Assert.Equal($"rabbitmq:{exchange}", created.Text("url"));
        Assert.False(created.Json.TryGetProperty("secret", out _));
        Assert.False((await admin.PostAsync("/v1/apps/a/webhooks/broker/test")).Expect(200).Json.GetProperty("ok").GetBoolean());
        (await admin.PostAsync("/v1/apps/a/events", Samples.Event())).Expect(202);
        await Eventually.TrueAsync(async () => (await admin.GetAsync("/v1/apps/a/webhooks/broker")).Text("state") == "parked");
        var parked = await admin.GetAsync("/v1/apps/a/webhooks/broker");
        Assert.Equal((1, $"No queue is bound to exchange {exchange} for event.completed.a."), (parked.Number("pending"), parked.Text("lastError")));

        await using var broker = await BrokerClient.ConnectAsync(server);
        await broker.DeclareAsync(inbox);
        await broker.Channel.QueueBindAsync(inbox, exchange, "#", cancellationToken: Cancelled);
        (await admin.PostAsync("/v1/apps/a/webhooks/broker/resume")).Expect(200);
        await Eventually.TrueAsync(async () => (await admin.GetAsync("/v1/apps/a/webhooks/broker")).Number("pending") == 0);
        Assert.Equal("event.completed", (await broker.TakeAsync(inbox))!.BasicProperties.Type);
        Assert.True((await admin.PostAsync("/v1/apps/a/webhooks/broker/test")).Expect(200).Json.GetProperty("ok").GetBoolean());
        Assert.Equal("webhook.test", (await broker.TakeAsync(inbox))!.BasicProperties.Type);
    }

    [Fact]
    public async Task Notices_SomeNoQueueTakes_SaysWhichAreThere()
    {
        var (exchange, inbox) = (Name(), Name());
        await using var broker = await BrokerClient.ConnectAsync(server);
        await broker.DeclareAsync(inbox);
        await broker.Channel.ExchangeDeclareAsync(exchange, ExchangeType.Topic, durable: true, cancellationToken: Cancelled);
        await broker.Channel.QueueBindAsync(inbox, exchange, "event.completed.#", cancellationToken: Cancelled);
        await using var gateway = await StartAsync(null);
        string[] types = ["event.completed", "event.completed", "provider.stopped", "event.completed", "removals.held"];
        BrokerNotice[] notices = [.. types.Select((type, number) => new BrokerNotice($"n{number}", type, $"{type}.a", DateTimeOffset.UnixEpoch, "{}"u8.ToArray()))];

        var published = await gateway.Service<INoticePublisher>().PublishAsync(exchange, notices, Cancelled);

        Assert.Equal([0, 1, 3], published.Confirmed);
        Assert.StartsWith($"No queue is bound to exchange {exchange} for ", published.Error, StringComparison.Ordinal);
        foreach (var id in new[] { "n0", "n1", "n3" })
        {
            Assert.Equal(id, (await broker.TakeAsync(inbox))!.BasicProperties.MessageId);
        }

        Assert.Null(await broker.TakeAsync(inbox));
    }

    [Theory]
    [InlineData("rabbitmq:a b", null, "url.invalid", "url")]
    [InlineData("rabbitmq:", null, "url.invalid", "url")]
    [InlineData("rabbitmq:x", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "secret.notUsed", "secret")]
    public async Task Webhook_BadExchange_NamesTheField(string url, string? secret, string code, string field)
    {
        await using var gateway = await StartAsync(null);
        (await gateway.Client(GatewayFixture.AdminKey).PutAsync("/v1/apps/a/webhooks/w", new { url, secret, events = s_completed })).ExpectProblem(400, code, field);
    }

    [Theory]
    [InlineData("Uri", "http://secret-word@localhost")]
    [InlineData("Uri", "")]
    [InlineData("Queues:0:App", "a/b")]
    [InlineData("Queues:0:Prefetch", "0")]
    [InlineData("Queues:0:DeadLetterQueue", "q")]
    [InlineData("Timeout", "00:10:00")]
    [InlineData("RetryDelay", "00:00:00")]
    public async Task Start_InvalidSetting_NamesTheKeyAndNoSecret(string key, string value)
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using var gateway = await TestGateway.StartAsync(new()
            {
                ["PushGateway:RabbitMq:Uri"] = "amqp://user:secret-word@localhost",
                ["PushGateway:RabbitMq:Queues:0:Queue"] = "q",
                ["PushGateway:RabbitMq:Queues:0:App"] = "a",
                [$"PushGateway:RabbitMq:{key}"] = value,
            });
        });
        Assert.Contains($"PushGateway:RabbitMq:{key}", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", failure.Message, StringComparison.Ordinal);
    }

    private static string Name() => string.Create(CultureInfo.InvariantCulture, $"name-{Interlocked.Increment(ref s_queues)}");

    private static JsonObject CloudEvent(string id)
    {
        var data = Samples.Event();
        return new JsonObject { ["specversion"] = "1.0", ["id"] = id, ["source"] = "/shop", ["type"] = "unused", ["data"] = data };
    }

    /// <summary>A gateway with app <c>a</c>, that takes its events from the queue.</summary>
    private async Task<TestGateway> StartAsync(string? queue, Dictionary<string, string?>? more = null, Action<IServiceCollection>? configure = null)
    {
        Dictionary<string, string?> settings = new() { ["PushGateway:RabbitMq:Uri"] = server.Address.ToString(), ["PushGateway:RabbitMq:RetryDelay"] = "00:00:00.200" };
        if (queue is not null)
        {
            settings["PushGateway:RabbitMq:Queues:0:Queue"] = queue;
            settings["PushGateway:RabbitMq:Queues:0:App"] = "a";
        }

        foreach (var (key, value) in more ?? [])
        {
            settings[key] = value;
        }

        var gateway = await TestGateway.StartAsync(settings, builder => configure?.Invoke(builder.Services));
        (await gateway.Client(GatewayFixture.AdminKey).PutAsync("/v1/apps/a", new { name = "An app" })).Expect(201);
        return gateway;
    }

    private static async Task<List<JsonElement>> EventsAsync(TestGateway gateway)
    {
        var page = (await gateway.Client(GatewayFixture.AdminKey).GetAsync("/v1/apps/a/events?limit=1000")).Expect(200).Json;
        return [.. page.GetProperty("items").EnumerateArray()];
    }

    private static async Task<int> CountAsync(TestGateway gateway)
    {
        await using var store = new SqliteConnection($"Data Source={Path.Combine(gateway.Folder, "store.db")};Mode=ReadOnly;Pooling=False");
        await store.OpenAsync(Cancelled);
        await using var command = store.CreateCommand();
        command.CommandText = "SELECT count(*) FROM Events";
        return Convert.ToInt32(await command.ExecuteScalarAsync(Cancelled), CultureInfo.InvariantCulture);
    }

    private static async Task<string> MetricsAsync(TestGateway gateway) => (await gateway.Client(GatewayFixture.AdminKey).GetAsync("/metrics")).Expect(200).Body;

    /// <summary>So many events there are, no more, and when the gateway has gone nothing is given back: every message was acknowledged.</summary>
    private static async Task SettledAsync(TestGateway gateway, BrokerClient broker, string queue, int events)
    {
        await Eventually.TrueAsync(async () => await broker.ReadyAsync(queue) == 0 && await CountAsync(gateway) >= events);
        await gateway.Application.StopAsync(Cancelled);
        Assert.Equal((0u, events), (await broker.ReadyAsync(queue), await CountAsync(gateway)));
    }

    private static async Task<BasicGetResult> DeadAsync(BrokerClient broker, string queue)
    {
        BasicGetResult? dead = null;
        await Eventually.TrueAsync(async () => (dead = await broker.TakeAsync($"{queue}.dead")) is not null);
        return dead!;
    }

    private static string Header(BasicGetResult message, string name) => Encoding.UTF8.GetString((byte[])message.BasicProperties.Headers![name]!);

    /// <summary>Takes nothing until it is told to.</summary>
    private sealed class StubbornIntake(MessageIntake inner, Action fail) : IMessageIntake
    {
        private volatile bool _isTaking;

        public bool IsTaking
        {
            set => _isTaking = value;
        }

        /// <summary>The id of the message of each try, in order.</summary>
        public ConcurrentQueue<string?> Tries { get; } = [];

        public Task<MessageVerdict> TakeAsync(IncomingMessage message, CancellationToken cancellationToken)
        {
            Tries.Enqueue(message.MessageId);
            if (!_isTaking)
            {
                fail();
            }

            return inner.TakeAsync(message, cancellationToken);
        }
    }

    /// <summary>What one gateway keeps of messages, and has given back. Not by its <c>/metrics</c>: where several run in one process, what one of them counts is lost there when another stops.</summary>
    private sealed class QueueMessages : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _held;
        private long _returned;

        public QueueMessages(TestGateway gateway)
        {
            var meters = gateway.Application.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name is "pushgateway.rabbitmq.messages" or "pushgateway.rabbitmq.held" && instrument.Meter.Scope == meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, messages, tags, _) =>
            {
                if (instrument.Name == "pushgateway.rabbitmq.held")
                {
                    Interlocked.Add(ref _held, messages);
                }
                else if (tags.Contains(new KeyValuePair<string, object?>("result", "returned")))
                {
                    Interlocked.Add(ref _returned, messages);
                }
            });
            _listener.Start();
        }

        public long Held => Interlocked.Read(ref _held);

        public long Returned => Interlocked.Read(ref _returned);

        public void Dispose() => _listener.Dispose();
    }
}
