using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using PushGateway.Core.Events;
using PushGateway.Providers.Apns.Rendering;
using PushGateway.Providers.Tests.Doubles;

namespace PushGateway.Providers.Tests.Apns;

public sealed class ApnsRendererTests
{
    private static readonly string[] s_characters = ["a", "é", "漢", "🎬"];

    [Fact]
    public void Render_AllContent_IsTheExpectedPayloadAndHeaders()
    {
        var notification = Render(it => it with
        {
            Notification = new NotificationContent
            {
                Title = "Neu: „Füße“ 🎬",
                Body = "Line 1\nLine \"2\"",
                ImageUrl = "https://example.com/a.jpg?x=1&y=2",
                Sound = "default",
                Badge = 0,
                ThreadId = "t1",
                Category = "VIDEO",
            },
            Data = new Dictionary<string, string> { ["videoId"] = "abc" },
            Options = new EventOptions { Ttl = TimeSpan.FromHours(1), CollapseId = "video-abc", Priority = EventPriority.High },
        });

        Assert.Null(notification.Problem);
        Assert.Equal(
            """{"aps":{"alert":{"title":"Neu: „Füße“ 🎬","body":"Line 1\nLine \"2\""},"sound":"default","badge":0,"thread-id":"t1","category":"VIDEO","mutable-content":1},"imageUrl":"https://example.com/a.jpg?x=1&y=2","videoId":"abc","pushgateway.event":"01990d7e3f0a7c51b2c4000000000001"}""",
            notification.Preview.Payload);
        Assert.Equal(Encoding.UTF8.GetByteCount(notification.Preview.Payload), notification.SizeBytes);
        Assert.Equal(
            ["apns-collapse-id: video-abc", "apns-expiration: 1800003600", "apns-priority: 10", "apns-push-type: alert", "apns-topic: com.example.demo"],
            HeadersOf(notification));
    }

    [Fact]
    public void Render_Silent_IsABackgroundNotification()
    {
        var notification = Render(it => it with
        {
            Data = new Dictionary<string, string> { ["sync"] = "1" },
            Options = new EventOptions { Silent = true, Priority = EventPriority.High, Ttl = TimeSpan.Zero },
        });

        Assert.Equal("""{"aps":{"content-available":1},"sync":"1","pushgateway.event":"01990d7e3f0a7c51b2c4000000000001"}""", notification.Preview.Payload);
        Assert.Equal(
            ["apns-collapse-id: 01990d7e3f0a7c51b2c4000000000001", "apns-expiration: 0", "apns-priority: 5", "apns-push-type: background", "apns-topic: com.example.demo"],
            HeadersOf(notification));
    }

    [Theory]
    [InlineData(EventPriority.High, "10")]
    [InlineData(EventPriority.Normal, "10")]
    [InlineData(EventPriority.Bulk, "5")]
    public void Render_Priority_IsApplesNumber(EventPriority priority, string expected) =>
        Assert.Equal(expected, Render(it => it with { Options = new EventOptions { Priority = priority } }).Preview.Headers["apns-priority"]);

    [Theory]
    [InlineData("alert", "com.example.demo", 4096)]
    [InlineData("background", "com.example.demo", 4096)]
    [InlineData("voip", "com.example.demo.voip", 5120)]
    [InlineData("complication", "com.example.demo.complication", 4096)]
    [InlineData("fileprovider", "com.example.demo.pushkit.fileprovider", 4096)]
    [InlineData("location", "com.example.demo.location-query", 4096)]
    [InlineData("liveactivity", "com.example.demo.push-type.liveactivity", 4096)]
    [InlineData("pushtotalk", "com.example.demo.voip-ptt", 4096)]
    [InlineData("widgets", "com.example.demo.push-type.widgets", 4096)]
    [InlineData("controls", "com.example.demo.push-type.controls", 4096)]
    public void Render_PushTypeOverride_SetsTopicAndLimit(string pushType, string topic, int limit)
    {
        var notification = Render(WithHeader("apns-push-type", pushType));
        Assert.Null(notification.Problem);
        Assert.Equal((pushType, topic, limit), (notification.Preview.Headers["apns-push-type"], notification.Preview.Headers["apns-topic"], notification.LimitBytes));
    }

    [Theory]
    [InlineData("apns-priority", "7", "headers.invalid")]
    [InlineData("apns-priority", "", "headers.invalid")]
    [InlineData("apns-expiration", "tomorrow", "headers.invalid")]
    [InlineData("apns-expiration", "-1", "headers.invalid")]
    [InlineData("apns-push-type", "shout", "headers.invalid")]
    [InlineData("apns-push-type", "mdm", "headers.invalid")]
    [InlineData("apns-collapse-id", "", "headers.invalid")]
    [InlineData("apns-collapse-id", "12345678901234567890123456789012345678901234567890123456789012345", "headers.invalid")]
    [InlineData("apns-collapse-id", "a\r\nb", "headers.invalid")]
    [InlineData("apns-topic", "com.example.demolition", "headers.forbidden")]
    [InlineData("apns-topic", "com.other", "headers.forbidden")]
    [InlineData("authorization", "bearer x", "headers.forbidden")]
    [InlineData("apns-id", "x", "headers.forbidden")]
    [InlineData(":path", "/", "headers.forbidden")]
    [InlineData("x-other", "1", "headers.unknown")]
    [InlineData("Apns-Priority", "10", "headers.unknown")]
    public void Render_BadHeaderOverride_IsAProblemThatNamesIt(string name, string value, string code)
    {
        var problem = Render(WithHeader(name, value)).Problem;
        Assert.Equal((code, "apns.headers." + name), (problem?.Code, problem?.Field));
    }

    [Theory]
    [InlineData("apns-priority", "1")]
    [InlineData("apns-expiration", "0")]
    [InlineData("apns-expiration", "1900000000")]
    [InlineData("apns-collapse-id", "1234567890123456789012345678901234567890123456789012345678901234")]
    [InlineData("apns-topic", "com.example.demo")]
    [InlineData("apns-topic", "com.example.demo.watchkitapp")]
    public void Render_GoodHeaderOverride_IsSent(string name, string value)
    {
        var notification = Render(WithHeader(name, value));
        Assert.Null(notification.Problem);
        Assert.Equal(value, notification.Preview.Headers[name]);
    }

    [Fact]
    public void Render_BackgroundWithPriority10_IsAProblem()
    {
        var problem = Render(it => WithHeader("apns-priority", "10")(it) with { Options = new EventOptions { Silent = true } }).Problem;
        Assert.Equal(("headers.invalid", "apns.headers.apns-priority"), (problem?.Code, problem?.Field));
    }

    [Fact]
    public void Render_CollapseIdNoHeaderCanCarry_IsReplacedByItsDigest()
    {
        string CollapseIdOf(string id) => Render(it => it with { Options = new EventOptions { CollapseId = id } }).Preview.Headers["apns-collapse-id"];

        Assert.Equal(64, CollapseIdOf("видео").Length);
        Assert.Equal(CollapseIdOf("видео"), CollapseIdOf("видео"));
        Assert.NotEqual(CollapseIdOf("видео"), CollapseIdOf("аудио"));
    }

    [Fact]
    public void Render_PayloadOverride_IsMergedLastAndDeeply()
    {
        var payload = JsonNode.Parse("""{"aps":{"alert":{"subtitle":"S"},"interruption-level":"passive","sound":null},"custom":[1,{"a":null}],"pushgateway.event":"01990d7e3f0a7c51b2c4000000000001"}""")!.AsObject();
        var notification = Render(it => it with
        {
            Notification = new NotificationContent { Title = "T", Sound = "default" },
            Apns = new ApnsOverrides { Payload = payload },
        });

        Assert.Equal("""{"aps":{"alert":{"title":"T","subtitle":"S"},"interruption-level":"passive"},"custom":[1,{"a":null}],"pushgateway.event":"01990d7e3f0a7c51b2c4000000000001"}""", notification.Preview.Payload);
    }

    [Fact]
    public void Render_PayloadOverrideWithoutAps_IsAProblem()
    {
        var problem = Render(it => it with { Apns = new ApnsOverrides { Payload = JsonNode.Parse("""{"aps":7}""")!.AsObject() } }).Problem;
        Assert.Equal("apns.payload.aps", problem?.Field);
    }

    [Fact]
    public void Render_DataNamedAps_IsAProblem()
    {
        var problem = Render(it => it with { Data = new Dictionary<string, string> { ["aps"] = "x" } }).Problem;
        Assert.Equal(("data.reserved", "data.aps"), (problem?.Code, problem?.Field));
    }

    [Fact]
    public void Render_NoCredential_StillJudgesSizes()
    {
        var pushEvent = Rig.CreateEvent();
        using var rig = new Rig();
        var notification = rig.CreateApns().Render(null, pushEvent, pushEvent.Notification);
        Assert.Null(notification.Problem);
        Assert.Equal("com.example.app", notification.Preview.Headers["apns-topic"]);
    }

    [Fact]
    public void Render_TheGatewaysOwnKeyInData_IsAProblem()
    {
        var problem = Render(it => it with { Data = new Dictionary<string, string> { ["pushgateway.event"] = "x" } }).Problem;
        Assert.Equal(("data.reserved", "data.pushgateway.event"), (problem?.Code, problem?.Field));
    }

    [Fact]
    public void Render_TheGatewaysOwnKeyInTheOverride_IsAProblem()
    {
        var problem = Render(it => it with { Apns = new ApnsOverrides { Payload = JsonNode.Parse("""{"pushgateway.event":null}""")!.AsObject() } }).Problem;
        Assert.Equal(("data.reserved", "apns.payload.pushgateway.event"), (problem?.Code, problem?.Field));
    }

    [Fact]
    public void Render_AroundTheLimit_IsAProblemFromTheFirstByteTooMany() =>
        Gen.Select(Gen.Int[-40, 40], Gen.Int[0, 3], Gen.Bool).Sample((distance, characterIndex, isVoip) =>
        {
            var character = s_characters[characterIndex];
            PushEvent Change(PushEvent it, string body) =>
                (isVoip ? WithHeader("apns-push-type", "voip")(it) : it) with { Notification = new NotificationContent { Body = body } };
            var overhead = Render(it => Change(it, "")).SizeBytes;
            var limit = isVoip ? 5120 : 4096;
            var room = limit + distance - overhead;
            var width = Encoding.UTF8.GetByteCount(character);
            var body = string.Concat(Enumerable.Repeat(character, room / width)) + new string('x', room % width);

            var notification = Render(it => Change(it, body));

            Assert.Equal(limit + distance, notification.SizeBytes);
            Assert.Equal(distance > 0 ? "payload.tooLarge" : null, notification.Problem?.Code);
            if (distance > 0)
            {
                Assert.Contains("APNs", notification.Problem!.Detail, StringComparison.Ordinal);
                Assert.Contains($"{limit + distance}", notification.Problem.Detail, StringComparison.Ordinal);
                Assert.Contains($"{limit}", notification.Problem.Detail, StringComparison.Ordinal);
            }
        });

    [Fact]
    public void Render_AnyText_ComesBackTheSameFromTheJson()
    {
        var text = Gen.String[Gen.Char, 0, 60].Null();
        Gen.Select(text, text, text, Gen.Dictionary(Gen.String[Gen.Char, 1, 10], Gen.String[Gen.Char, 0, 20])[0, 4]).Sample((title, body, thread, data) =>
        {
            data.Remove("aps");
            var notification = Render(it => it with { Notification = new NotificationContent { Title = title, Body = body, ThreadId = thread }, Data = data });

            using var json = JsonDocument.Parse(notification.Payload.ToArray());
            var aps = json.RootElement.GetProperty("aps");
            var alert = aps.TryGetProperty("alert", out var found) ? found : default;
            Assert.Equal(Repair(title), Text(alert, "title"));
            Assert.Equal(Repair(body), Text(alert, "body"));
            Assert.Equal(Repair(thread), Text(aps, "thread-id"));
            foreach (var pair in data)
            {
                Assert.Contains(json.RootElement.EnumerateObject(), member => member.Name == Repair(pair.Key));
            }
        });
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value.GetString() : null;

    /// <summary>Half surrogate pairs become U+FFFD: UTF-8 has no form for them.</summary>
    private static string? Repair(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static IEnumerable<string> HeadersOf(ApnsNotification notification) => notification.Preview.Headers.Select(header => $"{header.Key}: {header.Value}");

    private static Func<PushEvent, PushEvent> WithHeader(string name, string value) =>
        it => it with { Apns = new ApnsOverrides { Headers = new Dictionary<string, string> { [name] = value } } };

    private static ApnsNotification Render(Func<PushEvent, PushEvent> change)
    {
        var pushEvent = Rig.CreateEvent(change);
        return ApnsRenderer.Render(Rig.CreateApnsCredential(), pushEvent, pushEvent.Notification);
    }
}
