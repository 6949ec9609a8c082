using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using PushGateway.Core.Events;
using PushGateway.Providers.Fcm.Rendering;
using PushGateway.Providers.Tests.Doubles;

namespace PushGateway.Providers.Tests.Fcm;

public sealed class FcmRendererTests
{
    private static readonly string[] s_characters = ["a", "é", "漢", "🎬"];

    [Fact]
    public void Render_AllContent_IsTheExpectedMessage()
    {
        var notification = Render(it => it with
        {
            Notification = new NotificationContent
            {
                Title = "Neu 🎬",
                Body = "B",
                ImageUrl = "https://example.com/a.jpg",
                Sound = "default",
                Badge = 3,
                ThreadId = "t1",
                Category = "VIDEO",
            },
            Data = new Dictionary<string, string> { ["videoId"] = "abc" },
            Options = new EventOptions { Ttl = TimeSpan.FromHours(1), CollapseId = "video-abc" },
        });

        Assert.Null(notification.Problem);
        Assert.Equal(
            """{"message":{"token":"<registration token>","notification":{"title":"Neu 🎬","body":"B","image":"https://example.com/a.jpg"},"data":{"videoId":"abc","pushgateway.event":"01990d7e3f0a7c51b2c4000000000001"},"""
            + "\"android\":{\"collapse_key\":\"video-abc\",\"priority\":\"HIGH\",\"ttl\":\"3600s\",\"notification\":{\"tag\":\"video-abc\",\"sound\":\"default\",\"notification_count\":3}},"
            + "\"apns\":{\"headers\":{\"apns-expiration\":\"1800003600\",\"apns-priority\":\"10\",\"apns-collapse-id\":\"video-abc\"},\"payload\":{\"aps\":{\"sound\":\"default\",\"badge\":3,\"thread-id\":\"t1\",\"category\":\"VIDEO\",\"mutable-content\":1}}}}}",
            notification.Preview.Payload);
    }

    [Fact]
    public void Render_Silent_IsDataOnly()
    {
        var notification = Render(it => it with
        {
            Data = new Dictionary<string, string> { ["sync"] = "1" },
            Options = new EventOptions { Silent = true, Ttl = TimeSpan.Zero, CollapseId = "s" },
        });

        Assert.Equal(
            """{"message":{"token":"<registration token>","data":{"sync":"1","pushgateway.event":"01990d7e3f0a7c51b2c4000000000001"},"android":{"collapse_key":"s","priority":"NORMAL","ttl":"0s"},"""
            + "\"apns\":{\"headers\":{\"apns-expiration\":\"0\",\"apns-priority\":\"5\",\"apns-collapse-id\":\"s\",\"apns-push-type\":\"background\"},\"payload\":{\"aps\":{\"content-available\":1}}}}}",
            notification.Preview.Payload);
    }

    [Theory]
    [InlineData(EventPriority.High, false, "HIGH")]
    [InlineData(EventPriority.Normal, false, "HIGH")]
    [InlineData(EventPriority.Bulk, false, "NORMAL")]
    [InlineData(EventPriority.High, true, "HIGH")]
    [InlineData(EventPriority.Normal, true, "NORMAL")]
    [InlineData(EventPriority.Bulk, true, "NORMAL")]
    public void Render_Priority_IsGooglesWord(EventPriority priority, bool isSilent, string expected) =>
        Assert.Equal(expected, MessageOf(Render(it => it with { Options = new EventOptions { Priority = priority, Silent = isSilent } }))["android"]!["priority"]!.GetValue<string>());

    [Fact]
    public void Render_EventSentLate_HasOnlyTheRestOfItsTtl()
    {
        string TtlOf(int secondsLate)
        {
            var pushEvent = Rig.CreateEvent(it => it with { Options = new EventOptions { Ttl = TimeSpan.FromSeconds(100) } });
            return MessageOf(FcmRenderer.Render(pushEvent, pushEvent.Notification, pushEvent.CreatedAt.AddSeconds(secondsLate)))["android"]!["ttl"]!.GetValue<string>();
        }

        Assert.Equal(("100s", "100s", "70s", "0s"), (TtlOf(-50), TtlOf(0), TtlOf(30), TtlOf(200)));
    }

    [Fact]
    public void Render_TtlBeyond28Days_IsAProblem() =>
        Assert.Equal("ttl.outOfRange", Render(it => it with { Options = new EventOptions { Ttl = EventOptions.MaxTtl + TimeSpan.FromSeconds(1) } }).Problem?.Code);

    [Theory]
    [InlineData("from")]
    [InlineData("message_type")]
    [InlineData("google.x")]
    [InlineData("gcm.notification.x")]
    [InlineData("pushgateway.event")]
    [InlineData("pushgateway.x")]
    public void Render_ReservedDataKey_IsAProblemThatNamesIt(string key)
    {
        var problem = Render(it => it with { Data = new Dictionary<string, string> { [key] = "x" } }).Problem;
        Assert.Equal(("data.reserved", "data." + key), (problem?.Code, problem?.Field));
    }

    [Theory]
    [InlineData("""{"token":"x"}""", "message.forbiddenField", "fcm.token")]
    [InlineData("""{"topic":"x"}""", "message.forbiddenField", "fcm.topic")]
    [InlineData("""{"condition":"x"}""", "message.forbiddenField", "fcm.condition")]
    [InlineData("""{"fid":"x"}""", "message.forbiddenField", "fcm.fid")]
    [InlineData("""{"name":"x"}""", "message.forbiddenField", "fcm.name")]
    [InlineData("""{"validate_only":true}""", "message.unknownField", "fcm.validate_only")]
    [InlineData("""{"andriod":{}}""", "message.unknownField", "fcm.andriod")]
    [InlineData("""{"android":{"ttl":"3600"}}""", "message.invalid", "fcm.android.ttl")]
    [InlineData("""{"android":{"ttl":"2419201s"}}""", "message.invalid", "fcm.android.ttl")]
    [InlineData("""{"android":{"ttl":5}}""", "message.invalid", "fcm.android.ttl")]
    [InlineData("""{"android":{"priority":"urgent"}}""", "message.invalid", "fcm.android.priority")]
    [InlineData("""{"android":"x"}""", "message.invalid", "fcm.android")]
    [InlineData("""{"android":{"notificaton":{}}}""", "message.unknownField", "fcm.android.notificaton")]
    [InlineData("""{"android":{"notification":"x"}}""", "message.invalid", "fcm.android.notification")]
    [InlineData("""{"android":{"notification":{"channelID":"x"}}}""", "message.unknownField", "fcm.android.notification.channel_i_d")]
    [InlineData("""{"android":{"notification":{"titleLocArgs":["a",5]}}}""", "message.invalid", "fcm.android.notification.title_loc_args")]
    [InlineData("""{"android":{"notification":{"sticky":"true"}}}""", "message.invalid", "fcm.android.notification.sticky")]
    [InlineData("""{"android":{"notification":{"lightSettings":{"color":{"red":"1"}}}}}""", "message.invalid", "fcm.android.notification.light_settings.color.red")]
    [InlineData("""{"notification":{"title":5}}""", "message.invalid", "fcm.notification.title")]
    [InlineData("""{"fcmOptions":{"label":"x"}}""", "message.unknownField", "fcm.fcm_options.label")]
    [InlineData("""{"apns":{"payload":"x"}}""", "message.invalid", "fcm.apns.payload")]
    [InlineData("""{"apns":{"fcmOptions":{"image":1}}}""", "message.invalid", "fcm.apns.fcm_options.image")]
    [InlineData("""{"data":{"n":5}}""", "message.invalid", "data.n")]
    [InlineData("""{"data":{"from":"x"}}""", "data.reserved", "data.from")]
    [InlineData("""{"data":{"pushgateway.event":"x"}}""", "data.reserved", "data.pushgateway.event")]
    [InlineData("""{"android":{"data":{"pushgateway.event":"x"}}}""", "data.reserved", "fcm.android.data.pushgateway.event")]
    [InlineData("""{"webpush":{"data":{"pushgateway.event":"x"}}}""", "data.reserved", "fcm.webpush.data.pushgateway.event")]
    [InlineData("""{"apns":{"payload":{"pushgateway.event":"x"}}}""", "data.reserved", "fcm.apns.payload.pushgateway.event")]
    [InlineData("""{"apns":{"headers":{"apns-priority":5}}}""", "message.invalid", "fcm.apns.headers.apns-priority")]
    public void Render_BadOverride_IsAProblemThatNamesTheField(string overrides, string code, string field)
    {
        var problem = Render(it => it with { Fcm = JsonNode.Parse(overrides)!.AsObject() }).Problem;
        Assert.Equal((code, field), (problem?.Code, problem?.Field));
    }

    [Fact]
    public void Render_Override_IsMergedLastInEitherSpelling()
    {
        var overrides = JsonNode.Parse("""{"android":{"collapseKey":"mine","notification":{"channelId":"news"}},"fcmOptions":{"analyticsLabel":"a"},"data":{"camelCase":"kept"},"notification":{"body":null}}""")!;
        var notification = Render(it => it with { Fcm = overrides.AsObject() });
        var message = MessageOf(notification);

        Assert.Null(notification.Problem);
        Assert.Equal("mine", message["android"]!["collapse_key"]!.GetValue<string>());
        Assert.False(message["android"]!.AsObject().ContainsKey("collapseKey"));
        Assert.Equal("news", message["android"]!["notification"]!["channel_id"]!.GetValue<string>());
        Assert.Equal("a", message["fcm_options"]!["analytics_label"]!.GetValue<string>());
        Assert.Equal("kept", message["data"]!["camelCase"]!.GetValue<string>());
        Assert.False(message["notification"]!.AsObject().ContainsKey("body"));
    }

    [Theory]
    [InlineData("{}", "data")]
    [InlineData("""{"data":null}""", "data")]
    [InlineData("""{"android":{"data":{"own":"x"}}}""", "data", "android.data")]
    [InlineData("""{"webpush":{"data":{"own":"x"}},"data":{"own":"x"}}""", "data", "webpush.data")]
    public void Render_EveryDataThatAPlatformMayGet_HasTheEventsId(string overrides, params string[] places)
    {
        var notification = Render(it => it with { Fcm = JsonNode.Parse(overrides)!.AsObject() });

        Assert.Null(notification.Problem);
        Assert.All(places, place =>
            Assert.Equal(Rig.CreateEvent().Id, place.Split('.').Aggregate((JsonNode)MessageOf(notification), (node, name) => node[name]!)["pushgateway.event"]!.GetValue<string>()));
    }

    [Fact]
    public void Render_AroundTheLimit_IsAProblemFromTheFirstByteTooMany() =>
        Gen.Select(Gen.Int[-40, 40], Gen.Int[0, 3]).Sample((distance, characterIndex) =>
        {
            var character = s_characters[characterIndex];
            PushEvent Change(PushEvent it, string body) => it with { Notification = new NotificationContent { Body = body } };
            var room = 4096 + distance - Render(it => Change(it, "")).SizeBytes;
            var width = Encoding.UTF8.GetByteCount(character);
            var body = string.Concat(Enumerable.Repeat(character, room / width)) + new string('x', room % width);

            var notification = Render(it => Change(it, body));

            Assert.Equal(4096 + distance, notification.SizeBytes);
            Assert.Equal(distance > 0 ? "payload.tooLarge" : null, notification.Problem?.Code);
            Assert.True(distance <= 0 || (notification.Problem!.Detail.Contains($"{4096 + distance}", StringComparison.Ordinal) && notification.Problem.Detail.Contains("FCM", StringComparison.Ordinal)));
        });

    [Fact]
    public void Render_AnyTextAndToken_SplicingEqualsWritingTheWholeMessage()
    {
        var text = Gen.String[Gen.Char, 0, 60].Null();
        var token = Gen.String[Gen.Char["abcdefgXYZ0123456789-_:.~%=+/"], 8, 300];
        Gen.Select(text, text, token).Sample((title, body, deviceToken) =>
        {
            var notification = Render(it => it with { Notification = new NotificationContent { Title = title, Body = body } });
            byte[] spliced = [.. FcmNotification.Before, .. Encoding.UTF8.GetBytes(deviceToken), .. notification.After];

            var whole = JsonNode.Parse(spliced)!.AsObject();
            Assert.Equal(spliced, PayloadJson.Write(whole));
            var message = whole["message"]!.AsObject();
            Assert.Equal(deviceToken, message["token"]!.GetValue<string>());
            Assert.Equal(Repair(title), message["notification"]?["title"]?.GetValue<string>());
            Assert.Equal(Repair(body), message["notification"]?["body"]?.GetValue<string>());
            message["token"] = "";
            Assert.Equal(PayloadJson.Write(message).Length, notification.SizeBytes);
        });
    }

    private static string? Repair(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static JsonObject MessageOf(FcmNotification notification) => JsonNode.Parse(notification.Preview.Payload)!["message"]!.AsObject();

    private static FcmNotification Render(Func<PushEvent, PushEvent> change)
    {
        var pushEvent = Rig.CreateEvent(change);
        return FcmRenderer.Render(pushEvent, pushEvent.Notification, pushEvent.CreatedAt);
    }
}
