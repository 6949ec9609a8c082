using System.Text;
using CsCheck;

namespace PushGateway.Simulator.Tests;

public sealed class FcmValidationTests
{
    [Theory]
    [InlineData("""{"message":{"token":"t","data":{"a":"b","n":12}}}""", "message.data[1].value", "Invalid value at 'message.data[1].value' (TYPE_STRING), 12")]
    [InlineData("""{"message":{"token":"t","notification":{"title":"x","colour":"y"}}}""", "message.notification", "Invalid JSON payload received. Unknown name \"colour\" at 'message.notification': Cannot find field.")]
    [InlineData("""{"messages":{}}""", "", "Invalid JSON payload received. Unknown name \"messages\": Cannot find field.")]
    [InlineData("""{"message":{"token":"t","notification":"x"}}""", "message.notification", "Invalid value at 'message.notification' (type.googleapis.com/google.firebase.fcm.v1.Notification), \"x\"")]
    [InlineData("""{"message":{"token":1}}""", "message.token", "Invalid value at 'message.token' (TYPE_STRING), 1")]
    [InlineData("""{"message":{"token":"t","android":{"ttl":60}}}""", "message.android.ttl", "Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), 60")]
    [InlineData("""{"message":{"token":"t","android":{"ttl":"60"}}}""", "message.android.ttl", "Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), \"60\"")]
    [InlineData("""{"message":{"token":"t","android":{"priority":"urgent"}}}""", "message.android.priority", "Invalid value at 'message.android.priority' (type.googleapis.com/google.firebase.fcm.v1.AndroidMessagePriority), \"urgent\"")]
    [InlineData("""{"message":{"token":"t"},"validate_only":"yes"}""", "validate_only", "Invalid value at 'validate_only' (TYPE_BOOL), \"yes\"")]
    [InlineData("""{"message":{"token":"t","apns":{"headers":{"apns-priority":10}}}}""", "message.apns.headers[0].value", "Invalid value at 'message.apns.headers[0].value' (TYPE_STRING), 10")]
    public async Task Send_WrongShape_NamesTheField(string body, string field, string description)
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var answer = await fixture.Fcm.SendAsync(body);

        Assert.Equal(400, answer.Code);
        var detail = Assert.Single(answer.Json.GetProperty("error").GetProperty("details").EnumerateArray());
        Assert.Equal("type.googleapis.com/google.rpc.BadRequest", detail.GetProperty("@type").GetString());
        var violation = Assert.Single(detail.GetProperty("fieldViolations").EnumerateArray());
        Assert.Equal(field, violation.TryGetProperty("field", out var named) ? named.GetString() : "");
        Assert.Equal(description, violation.GetProperty("description").GetString());
        Assert.Equal(description, answer.Json.GetProperty("error").GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("""{"message":{}}""", "message", "Recipient of the message is not set.")]
    [InlineData("""{}""", "message", "Message must be specified.")]
    [InlineData("""{"message":{"token":"t","topic":"x"}}""", "message", "Exactly one of token, fid, topic or condition is required.")]
    [InlineData("""{"message":{"topic":"a b"}}""", "message", "Topic name contains invalid characters.")]
    [InlineData("""{"message":{"condition":"nonsense"}}""", "message.condition", "Invalid condition expression provided.")]
    [InlineData("""{"message":{"token":"t","data":{"from":"x"}}}""", "message.data", "Invalid data payload key: from")]
    [InlineData("""{"message":{"token":"t","data":{"google.x":"x"}}}""", "message.data", "Invalid data payload key: google.x")]
    [InlineData("""{"message":{"token":"t","android":{"data":{"gcm.notification.x":"x"}}}}""", "message.android.data", "Invalid data payload key: gcm.notification.x")]
    [InlineData("""{"message":{"token":"t","android":{"ttl":"2419200.1s"}}}""", "message.android.ttl", "Invalid TTL: the time to live duration must be between 0 and 2419200 seconds.")]
    [InlineData("""{"message":{"token":"t","android":{"ttl":"-1s"}}}""", "message.android.ttl", "Invalid TTL: the time to live duration must be between 0 and 2419200 seconds.")]
    [InlineData("""{"message":{"token":"a b"}}""", "message.token", "The registration token is not a valid FCM registration token")]
    [InlineData("""{"message":{"token":""}}""", "message.token", "The registration token is not a valid FCM registration token")]
    public async Task Send_AgainstTheRules_CarriesAnFcmError(string body, string field, string description)
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var answer = await fixture.Fcm.SendAsync(body);

        Assert.Equal(400, answer.Code);
        Assert.Contains("\"errorCode\": \"INVALID_ARGUMENT\"", answer.Body, StringComparison.Ordinal);
        Assert.Contains($"\"field\": \"{field}\"", answer.Body, StringComparison.Ordinal);
        Assert.Equal(description, answer.Json.GetProperty("error").GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("""{"message":{"token":"t"}}""")]
    [InlineData("""{"message":{"fid":"fid1"}}""")]
    [InlineData("""{"message":{"topic":"news-1_%"}}""")]
    [InlineData("""{"message":{"condition":"'A' in topics && 'B' in topics"}}""")]
    [InlineData("""{"validateOnly":false,"message":{"token":"t","android":{"collapseKey":"k","ttl":"0s","directBootOk":true,"notification":{"titleLocArgs":["a"],"vibrateTimings":["1.5s"],"notificationCount":3,"lightSettings":{"color":{"red":0.5},"lightOnDuration":"1s"}}}}}""")]
    [InlineData("""{"message":{"token":"t","data":{"frommage":"ok"},"android":{"priority":"high","ttl":"2419200s"},"apns":{"headers":{"apns-priority":"5"},"payload":{"aps":{"x":[1,{}]}}},"webpush":{"notification":{"any":1}},"fcm_options":{"analytics_label":"a-1"}}}""")]
    [InlineData("""{"message":{"token":"t","notification":null,"data":{}}}""")]
    public async Task Send_RightShape_IsAccepted(string body)
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var answer = await fixture.Fcm.SendAsync(body);

        Assert.True(answer.Code == 200, answer.Body);
    }

    [Fact]
    public async Task Send_ValidateOnly_AnswersAFakeNameAndCountsNothing()
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var good = await fixture.Fcm.SendAsync("""{"validate_only":true,"message":{"token":"t"}}""");
        var dead = await fixture.Fcm.SendAsync("""{"validate_only":true,"message":{"token":"dead:1"}}""");

        Assert.Equal("projects/demo-project/messages/fake_message_id", good.Json.GetProperty("name").GetString());
        Assert.Equal(404, dead.Code);
        Assert.Equal(0, fixture.Control.Counters().Accepted);
    }

    [Fact]
    public async Task Send_EverythingWrong_IsRefusedInOrder()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        await fixture.Fcm.AuthorizeAsync();
        fixture.Control.Revoke(SimulatedCredential.FcmPermission);

        Assert.Equal(404, (await fixture.Fcm.SendAsync("x", path: "/batch", authorization: "")).Code);
        Assert.Contains("CREDENTIALS_MISSING", (await fixture.Fcm.SendAsync("x", "other", authorization: "")).Body, StringComparison.Ordinal);
        Assert.Contains("ACCESS_TOKEN_TYPE_UNSUPPORTED", (await fixture.Fcm.SendAsync("x", "other", authorization: "Bearer made-up")).Body, StringComparison.Ordinal);
        var noProject = await fixture.Fcm.SendAsync("x", "other");
        Assert.Equal(404, noProject.Code);
        Assert.False(noProject.Json.GetProperty("error").TryGetProperty("details", out _));
        var denied = await fixture.Fcm.SendAsync("x");
        Assert.Equal(403, denied.Code);
        Assert.DoesNotContain("FcmError", denied.Body, StringComparison.Ordinal);
        fixture.Control.Restore(SimulatedCredential.FcmPermission);
        Assert.Contains("Unexpected token", (await fixture.Fcm.SendAsync("x")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_SizesAroundTheLimit_DoNotCountTheToken()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        await fixture.Fcm.AuthorizeAsync();

        await Gen.Select(Gen.Int[4085, 4107], Gen.Int[1, 300], Gen.Bool).SampleAsync(
            async (size, tokenLength, tokenFirst) =>
            {
                var answer = await fixture.Fcm.SendAsync(Sized(size, new string('t', tokenLength), tokenFirst));
                return size <= 4096 ? answer.Code == 200 : answer.Code == 400 && answer.Body.Contains("Message is too large.", StringComparison.Ordinal);
            },
            iter: 60,
            threads: 2);
    }

    [Fact]
    public async Task Send_AnyBytes_AreNeverAServerError()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        await fixture.Fcm.AuthorizeAsync();
        string[] pieces = ["{", "}", "[", "]", ":", ",", "\"message\"", "\"token\"", "\"android\"", "\"ttl\"", "\"1s\"", "\"data\"", "\"\\ud800\"", "null", "1e999", "true", " ", "\"x\"", "\u0001"];
        var random = Gen.Int[0, pieces.Length - 1].Select(index => pieces[index]).Array[0, 14].Select(chosen => string.Concat(chosen));
        var nearlyRight = Gen.Int[0, pieces.Length - 1].Select(index => "{\"message\":{\"token\":\"t\",\"android\":{\"ttl\":" + pieces[index] + "},\"data\":" + pieces[index] + "}}");

        await Gen.OneOf(random, nearlyRight).SampleAsync(async body => (await fixture.Fcm.SendAsync(body)).Code is 200 or 400 or 404, iter: 300, threads: 2);
    }

    private static string Sized(int messageBytes, string token, bool tokenFirst)
    {
        var empty = tokenFirst ? """{"token":"","data":{"pad":""}}""" : """{"data":{"pad":""},"token":""}""";
        // Two-byte letters, so that counting characters instead of bytes would show.
        var room = messageBytes - empty.Length;
        var pad = new string('ä', room / 2) + new string('p', room % 2);
        Assert.Equal(room, Encoding.UTF8.GetByteCount(pad));
        var message = empty.Replace("\"pad\":\"\"", $"\"pad\":\"{pad}\"", StringComparison.Ordinal).Replace("\"token\":\"\"", $"\"token\":\"{token}\"", StringComparison.Ordinal);
        return $"{{\"message\":{message}}}";
    }
}
