using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PushGateway.Client;
using PushGateway.Client.Apps;
using PushGateway.Client.Audiences;
using PushGateway.Client.Devices;
using PushGateway.Client.Events;
using PushGateway.Client.Live;
using PushGateway.Client.Removals;
using PushGateway.Client.Webhooks;
using PushGateway.Server.Tests.Api;

namespace PushGateway.Server.Tests.Client;

/// <summary>
/// The client against the document of the running gateway: of every operation, what is sent and what is understood. Requests and answers are made from the document with
/// every member there is, so one that the client does not know, or that the gateway does not, makes a difference.
/// </summary>
public sealed class ContractTests(GatewayFixture fixture)
{
    /// <summary>Operations without a method, and why.</summary>
    private static readonly Dictionary<string, string> s_without = new()
    {
        ["ConnectChannel"] = "a WebSocket with the messages that FollowAsync gives",
        ["Healthz"] = "a probe, for what runs the gateway; needs no key",
        ["ReportOpened"] = "of one event what ReportOpenedAsync reports of several",
        ["Readyz"] = "a probe, for what runs the gateway; needs no key",
    };

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private static readonly Call[] s_calls =
    [
        new("CreateKey", nameof(PushGatewayClient.CreateKeyAsync), async sample => await sample.Gateway.CreateKeyAsync(
            sample.Text("name"), [.. sample.Body!["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>())], sample.Text("app"), Cancelled)),
        new("ListNodes", nameof(PushGatewayClient.ListNodesAsync), async sample => await sample.Gateway.ListNodesAsync(Cancelled)),
        new("ListKeys", nameof(PushGatewayClient.ListKeysAsync), async sample => await sample.Gateway.ListKeysAsync("c", Cancelled)),
        new("RemoveKey", nameof(PushGatewayClient.DeleteKeyAsync), async sample => await sample.Gateway.DeleteKeyAsync("k", Cancelled)),
        new("ListApps", nameof(PushGatewayClient.ListAppsAsync), async sample => await sample.Gateway.ListAppsAsync("c", Cancelled)),
        new("PutApp", nameof(PushGatewayClient.PutAppAsync), async sample => await sample.Gateway.PutAppAsync("a", sample.As<AppSpec>(), Cancelled)),
        new("GetApp", nameof(PushGatewayClient.FindAppAsync), async sample => await sample.Gateway.FindAppAsync("a", Cancelled)),
        new("DeleteApp", nameof(PushGatewayClient.DeleteAppAsync), async sample => await sample.Gateway.DeleteAppAsync("a", Cancelled)),
        new("PutApnsCredential", nameof(PushGatewayAppClient.PutApnsAsync), Nothing(sample => sample.App.PutApnsAsync(sample.As<ApnsCredentials>(), Cancelled))),
        new("PutFcmCredential", nameof(PushGatewayAppClient.PutFcmAsync), Nothing(sample => sample.App.PutFcmAsync(sample.As<FcmCredentials>(), Cancelled))),
        new("PutApnsCredential", nameof(PushGatewayAppClient.RotateApnsAsync), Nothing(sample => sample.App.RotateApnsAsync(sample.As<ApnsCredentials>(), Cancelled))),
        new("PutFcmCredential", nameof(PushGatewayAppClient.RotateFcmAsync), Nothing(sample => sample.App.RotateFcmAsync(sample.As<FcmCredentials>(), Cancelled))),
        new("RestoreProvider", nameof(PushGatewayAppClient.RestoreProviderAsync), async sample => await sample.App.RestoreProviderAsync("apns", Cancelled)),
        new("GetProvider", nameof(PushGatewayAppClient.FindProviderAsync), async sample => await sample.App.FindProviderAsync("apns", Cancelled)),
        new("CheckProvider", nameof(PushGatewayAppClient.CheckProviderAsync), async sample => await sample.App.CheckProviderAsync("apns", Cancelled)),
        new("ImportDevices", nameof(PushGatewayAppClient.ImportAsync), async sample =>
        {
            using var lines = new MemoryStream(Encoding.UTF8.GetBytes(sample.Body!.ToJsonString()));
            return await sample.App.ImportAsync(lines, ImportFormat.Ndjson, fromLine: 2, Cancelled);
        }),
        new("ExportDevices", nameof(PushGatewayAppClient.ExportAsync), async sample =>
        {
            using var lines = new MemoryStream();
            await sample.App.ExportAsync(lines, Cancelled);
            return JsonNode.Parse(lines.ToArray());
        }),
        new("RegisterDevice", nameof(PushGatewayAppClient.PutDeviceAsync), async sample => await sample.App.PutDeviceAsync("d", sample.As<DeviceSpec>(), Cancelled)),
        new("GetDevice", nameof(PushGatewayAppClient.FindDeviceAsync), async sample => await sample.App.FindDeviceAsync("d", Cancelled)),
        new("RemoveDevice", nameof(PushGatewayAppClient.DeleteDeviceAsync), async sample => await sample.App.DeleteDeviceAsync("d", Cancelled)),
        new("ListSubscriberDevices", nameof(PushGatewayAppClient.ListDevicesAsync), async sample => await sample.App.ListDevicesAsync("s", "c", Cancelled)),
        new("Subscribe", nameof(PushGatewayAppClient.SubscribeAsync), Nothing(sample => sample.App.SubscribeAsync("c", "s", Cancelled))),
        new("Unsubscribe", nameof(PushGatewayAppClient.UnsubscribeAsync), Nothing(sample => sample.App.UnsubscribeAsync("c", "s", Cancelled))),
        new("ListSubscriberChannels", nameof(PushGatewayAppClient.ListChannelsAsync), async sample => await sample.App.ListChannelsAsync("s", "c", Cancelled)),
        new("ExportSubscriber", nameof(PushGatewayAppClient.ExportSubscriberAsync), async sample =>
        {
            using var export = new MemoryStream();
            Assert.True(await sample.App.ExportSubscriberAsync("s", export, Cancelled));
            return JsonNode.Parse(export.ToArray());
        }),
        new("DeleteSubscriber", nameof(PushGatewayAppClient.DeleteSubscriberAsync), Nothing(sample => sample.App.DeleteSubscriberAsync("s", Cancelled))),
        new("PutIdentity", nameof(PushGatewayAppClient.PutIdentityAsync), Nothing(sample => sample.App.PutIdentityAsync(sample.As<AppIdentitySpec>(), Cancelled))),
        new("GetIdentity", nameof(PushGatewayAppClient.FindIdentityAsync), async sample => await sample.App.FindIdentityAsync(Cancelled)),
        new("DeleteIdentity", nameof(PushGatewayAppClient.DeleteIdentityAsync), async sample => await sample.App.DeleteIdentityAsync(Cancelled)),
        new("GetChannel", nameof(PushGatewayAppClient.GetChannelAsync), async sample => await sample.App.GetChannelAsync("c", Cancelled)),
        new("CountAudience", nameof(PushGatewayAppClient.CountAudienceAsync), async sample => await sample.App.CountAudienceAsync(sample.As<AudienceSpec>(), Cancelled))
        {
            Adjust = body => body.Remove("exact"),
        },
        new("CountAudience", nameof(PushGatewayAppClient.EstimateAudienceAsync), async sample => await sample.App.EstimateAudienceAsync(sample.As<AudienceSpec>(), Cancelled))
        {
            Adjust = body => body["exact"] = false,
        },
        new("ListSavedAudiences", nameof(PushGatewayAppClient.ListAudiencesAsync), async sample => await sample.App.ListAudiencesAsync("c", Cancelled)),
        new("PutSavedAudience", nameof(PushGatewayAppClient.PutAudienceAsync), async sample => await sample.App.PutAudienceAsync("n", sample.As<AudienceSpec>(), Cancelled)),
        new("GetSavedAudience", nameof(PushGatewayAppClient.FindAudienceAsync), async sample => await sample.App.FindAudienceAsync("n", Cancelled)),
        new("DeleteSavedAudience", nameof(PushGatewayAppClient.DeleteAudienceAsync), async sample => await sample.App.DeleteAudienceAsync("n", Cancelled)),
        new("PublishEvent", nameof(PushGatewayAppClient.PublishAsync), async sample => (await sample.App.PublishAsync(sample.As<EventRequest>(), "key", Cancelled)).Event),
        new("ValidateEvent", nameof(PushGatewayAppClient.ValidateAsync), async sample => await sample.App.ValidateAsync(sample.As<EventRequest>(), Cancelled)),
        new("PublishEvents", nameof(PushGatewayAppClient.PublishBatchAsync), async sample =>
        {
            var item = sample.Body!["events"]![0]!;
            return Assert.Single(await sample.App.PublishBatchAsync([new BatchEvent(item.Deserialize<EventRequest>(s_json)!, item["idempotencyKey"]!.GetValue<string>())], Cancelled))
                .Published!.Event;
        })
        {
            Pick = answer => answer["items"]![0]!["event"]!,
        },
        new("ListEvents", nameof(PushGatewayAppClient.ListEventsAsync), async sample => await sample.App.ListEventsAsync("c", Cancelled)),
        new("GetEvent", nameof(PushGatewayAppClient.FindEventAsync), async sample => await sample.App.FindEventAsync("e", Cancelled)),
        new("CancelEvent", nameof(PushGatewayAppClient.CancelAsync), async sample => await sample.App.CancelAsync("e", Cancelled)),
        new("PauseEvent", nameof(PushGatewayAppClient.PauseAsync), async sample => await sample.App.PauseAsync("e", Cancelled)),
        new("ReportOpenedEvents", nameof(PushGatewayAppClient.ReportOpenedAsync), async sample => await sample.App.ReportOpenedAsync(
            sample.Body!["opened"].Deserialize<List<OpenedNotification>>(s_json)!, Cancelled)),
        new("ResumeEvent", nameof(PushGatewayAppClient.ResumeAsync), async sample => await sample.App.ResumeAsync("e", Cancelled)),
        new("ResendEvent", nameof(PushGatewayAppClient.ResendAsync), async sample => (await sample.App.ResendAsync("e", Cancelled)).Event),
        new("WatchEvent", nameof(PushGatewayAppClient.WatchAsync), async sample => await sample.App.WatchAsync("e", Cancelled).FirstAsync(Cancelled)) { Pick = answer => answer["data"]! },
        new("ListReceipts", nameof(PushGatewayAppClient.ListReceiptsAsync), async sample => await sample.App.ListReceiptsAsync("e", "accepted", 7, "c", Cancelled)),
        new("GetReceipt", nameof(PushGatewayAppClient.FindReceiptAsync), async sample => await sample.App.FindReceiptAsync("e", "d", Cancelled)),
        new("ListDeviceReceipts", nameof(PushGatewayAppClient.ListDeviceReceiptsAsync), async sample => await sample.App.ListDeviceReceiptsAsync("d", 7, "c", Cancelled)),
        new("ListSubscriberReceipts", nameof(PushGatewayAppClient.ListSubscriberReceiptsAsync), async sample => await sample.App.ListSubscriberReceiptsAsync("s", 7, "c", Cancelled)),
        new("ListRemovals", nameof(PushGatewayAppClient.ListRemovalsAsync), async sample => await sample.App.ListRemovalsAsync(
            new RemovalQuery { Reason = "r", Device = "d", Provider = "apns", State = "held", Event = "e" }, 7, "c", Cancelled)),
        new("UndoRemoval", nameof(PushGatewayAppClient.UndoRemovalAsync), async sample => await sample.App.UndoRemovalAsync("r", Cancelled)),
        new("UndoRemovals", nameof(PushGatewayAppClient.UndoRemovalsAsync), async sample => await sample.App.UndoRemovalsAsync(sample.As<RemovalUndo>(), Cancelled)),
        new("ReleaseRemovals", nameof(PushGatewayAppClient.ApplyHeldRemovalsAsync), async sample => await sample.App.ApplyHeldRemovalsAsync(
            sample.Text("provider"), TimeSpan.FromSeconds(sample.Body!["allowForSeconds"]!.GetValue<int>()), Cancelled))
        {
            Adjust = body => body["decision"] = "apply",
        },
        new("ReleaseRemovals", nameof(PushGatewayAppClient.DiscardHeldRemovalsAsync), async sample => await sample.App.DiscardHeldRemovalsAsync(sample.Text("provider"), Cancelled))
        {
            Adjust = body =>
            {
                body["decision"] = "discard";
                body.Remove("allowForSeconds");
            },
        },
        new("ListWebhooks", nameof(PushGatewayAppClient.ListWebhooksAsync), async sample => await sample.App.ListWebhooksAsync("c", Cancelled)),
        new("PutWebhook", nameof(PushGatewayAppClient.PutWebhookAsync), async sample => await sample.App.PutWebhookAsync("w", sample.As<WebhookSpec>(), Cancelled)),
        new("GetWebhook", nameof(PushGatewayAppClient.FindWebhookAsync), async sample => await sample.App.FindWebhookAsync("w", Cancelled)),
        new("DeleteWebhook", nameof(PushGatewayAppClient.DeleteWebhookAsync), async sample => await sample.App.DeleteWebhookAsync("w", Cancelled)),
        new("TestWebhook", nameof(PushGatewayAppClient.TestWebhookAsync), async sample => await sample.App.TestWebhookAsync("w", Cancelled)),
        new("ResumeWebhook", nameof(PushGatewayAppClient.ResumeWebhookAsync), async sample => await sample.App.ResumeWebhookAsync("w", Cancelled)),
        new("RenewWebhookSecret", nameof(PushGatewayAppClient.RenewWebhookSecretAsync), async sample => await sample.App.RenewWebhookSecretAsync("w", Cancelled)),
        new("CreateSubscriberToken", nameof(PushGatewayAppClient.CreateTokenAsync), async sample => await sample.App.CreateTokenAsync("s", sample.As<SubscriberTokenSpec>(), Cancelled)),
        new("ConfirmLive", nameof(PushGatewayAppClient.ConfirmLiveAsync), Nothing(sample => sample.App.ConfirmLiveAsync(
            "e", sample.Body!["devices"].Deserialize<List<string>>(s_json), Cancelled))),
        new("FollowChannel", nameof(PushGatewayAppClient.FollowAsync), Nothing(sample => Assert.ThrowsAsync<IOException>(async () =>
            await sample.App.FollowAsync("c", 7, Cancelled).FirstAsync(Cancelled)))),
        new("PollChannel", nameof(PushGatewayAppClient.PollAsync), async sample => await sample.App.PollAsync("c", 7, 7, TimeSpan.FromSeconds(7), Cancelled)),
        new("SendToChannel", nameof(PushGatewayAppClient.SendAsync), Nothing(sample => Assert.ThrowsAsync<HttpRequestException>(async () =>
            await sample.App.SendAsync("c", sample.Text("type"), sample.Body!["data"].Deserialize<Dictionary<string, string>>(), Cancelled)))),
    ];

    public static TheoryData<string> Methods => [.. s_calls.Select(call => call.Method)];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Document_EveryOperation_HasAMethodOrAReasonForNone()
    {
        var document = await DocumentAsync();

        Assert.Equal(document.Operations.Keys.Order(), s_calls.Select(call => call.Operation).Concat(s_without.Keys).Distinct().Order());
        var methods = from type in (Type[])[typeof(PushGatewayClient), typeof(PushGatewayAppClient)]
                      from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                      where method.Name != nameof(PushGatewayClient.App)
                      select method.Name;
        Assert.Equal(methods.Distinct().Order(), s_calls.Select(call => call.Method).Order());
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Method_OfTheClient_SendsAndUnderstandsWhatTheDocumentSays(string method)
    {
        var document = await DocumentAsync();
        var call = s_calls.Single(call => call.Method == method);
        var operation = document.Operations[call.Operation];
        var body = document.Request(operation);
        if (call.Adjust is { } adjust)
        {
            adjust(body!.AsObject());
        }

        var answer = document.Answer(operation);
        using var gateway = new AnsweringGateway(operation, answer);
        using var http = new HttpClient(gateway) { BaseAddress = new Uri("http://gateway.example/") };

        var understood = await call.RunAsync(new Sample(new PushGatewayClient(http, "key"), body));

        var sent = Assert.Single(gateway.Requests);
        Assert.Equal(operation.Verb, sent.Method);
        Assert.True(operation.HasPath(sent.Path), $"{sent.Path} is not {operation.Path}.");
        // How many there are on a page is left to the gateway, but where the caller gives it.
        Assert.Equal(operation.Parameters("query").Except(["limit"]).Order(), sent.Query.Except(["limit"]).Order());
        Assert.Equal(operation.Parameters("header"), sent.Headers.Intersect(operation.Parameters("header")));
        Assert.True(sent.ContentType is null ? body is null : operation.RequestTypes.Contains(sent.ContentType), $"{sent.ContentType}");
        Assert.True(JsonNode.DeepEquals(body, sent.Body), $"The document has\n{body}\nand the client sends\n{sent.Body}");
        if (answer is not null)
        {
            var expected = call.Pick(answer);
            var found = JsonSerializer.SerializeToNode(understood, understood!.GetType(), s_json);
            Assert.True(JsonNode.DeepEquals(expected, found), $"The document has\n{expected}\nand the client understands\n{found}");
        }
    }

    private async Task<ApiDocument> DocumentAsync() => new(JsonNode.Parse((await fixture.Gateway.Client(null).GetAsync("/openapi/v1.json")).Expect(200).Body)!);

    private static Func<Sample, Task<object?>> Nothing(Func<Sample, Task> call) => async sample =>
    {
        await call(sample);
        return null;
    };

    /// <summary>One method, and the operation that it is for.</summary>
    private sealed record Call(string Operation, string Method, Func<Sample, Task<object?>> RunAsync)
    {
        /// <summary>What the method says by its name.</summary>
        public Action<JsonObject>? Adjust { get; init; }

        /// <summary>The part of the answer that the method gives.</summary>
        public Func<JsonNode, JsonNode> Pick { get; init; } = static answer => answer;
    }

    private sealed record Sample(PushGatewayClient Gateway, JsonNode? Body)
    {
        public PushGatewayAppClient App => Gateway.App("a");

        public T As<T>() => Body.Deserialize<T>(s_json)!;

        public string Text(string name) => Body![name]!.GetValue<string>();
    }

    private sealed record SentRequest(string Method, string Path, IReadOnlyList<string> Query, IReadOnlyList<string> Headers, string? ContentType, JsonNode? Body);

    /// <summary>Answers as the document says that the operation is answered.</summary>
    private sealed class AnsweringGateway(ApiDocument.Operation operation, JsonNode? answer) : HttpMessageHandler
    {
        public List<SentRequest> Requests { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var text = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
            Requests.Add(new SentRequest(
                request.Method.Method, request.RequestUri!.AbsolutePath,
                [.. request.RequestUri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')[0])],
                [.. request.Headers.Select(header => header.Key)],
                request.Content?.Headers.ContentType?.MediaType,
                text is null ? null : JsonNode.Parse(text)));
            var body = operation.AnswerType == "text/event-stream" && answer is not null ? $"event: end\ndata: {answer["data"]!.ToJsonString()}\n\n" : answer?.ToJsonString();
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body ?? string.Empty));
            content.Headers.ContentType = new MediaTypeHeaderValue(operation.AnswerType ?? "application/json");
            return new HttpResponseMessage((HttpStatusCode)operation.Status) { Content = content, RequestMessage = request };
        }
    }
}
