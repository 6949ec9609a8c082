using CsCheck;

namespace PushGateway.Simulator.Tests;

public sealed class ApnsValidationTests
{
    private const string Background = "background";

    [Theory]
    [InlineData("apns-id", "no-uuid", "BadMessageId")]
    [InlineData("apns-topic", null, "MissingTopic")]
    [InlineData("apns-topic", "com.example demo", "BadTopic")]
    [InlineData("apns-topic", "com.example.other", "TopicDisallowed")]
    [InlineData("apns-collapse-id", "12345678901234567890123456789012345678901234567890123456789012345", "BadCollapseId")]
    [InlineData("apns-collapse-id", "äääääääääääääääääääääääääääääääää", "BadCollapseId")]
    [InlineData("apns-expiration", "tomorrow", "BadExpirationDate")]
    [InlineData("apns-expiration", "-1", "BadExpirationDate")]
    [InlineData("apns-priority", "7", "BadPriority")]
    [InlineData("apns-push-type", "loud", "InvalidPushType")]
    [InlineData("authorization", null, "MissingProviderToken")]
    [InlineData("authorization", "basic abc", "MissingProviderToken")]
    [InlineData("authorization", "bearer abc", "InvalidProviderToken")]
    [InlineData("authorization", "bearer a.b.c", "InvalidProviderToken")]
    [InlineData("authorization", "bearer ", "MissingProviderToken")]
    public async Task Push_SpoiltHeader_IsRefusedForIt(string header, string? value, string reason)
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        Assert.Equal(reason, (await fixture.Apns.PushAsync(headers: [(header, value)])).Reason);
    }

    [Theory]
    [InlineData("/3/device/", 400, "MissingDeviceToken")]
    [InlineData("/3/device", 400, "MissingDeviceToken")]
    [InlineData("/4/device/ab", 404, "BadPath")]
    [InlineData("/", 404, "BadPath")]
    [InlineData("/3/device/ab/cd", 404, "BadPath")]
    [InlineData("/3/device/xyz0", 400, "BadDeviceToken")]
    [InlineData("/3/device/abc", 400, "BadDeviceToken")]
    public async Task Request_SpoiltPath_IsRefusedForIt(string path, int status, string reason)
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var answer = await fixture.Apns.RequestAsync(path);

        Assert.Equal(status, answer.Code);
        Assert.Equal(reason, answer.Reason);
    }

    [Fact]
    public async Task Request_Get_IsNotAllowed()
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        var answer = await fixture.Apns.PushAsync(payload: null, method: HttpMethod.Get);

        Assert.Equal(405, answer.Code);
        Assert.Equal("MethodNotAllowed", answer.Reason);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"custom":1}""")]
    [InlineData("""{"aps":"text"}""")]
    [InlineData("""{"aps":{}""")]
    [InlineData("""{"aps":{}} more""")]
    public async Task Push_PayloadWithoutAnApsObject_IsEmpty(string? payload)
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        Assert.Equal("PayloadEmpty", (await fixture.Apns.PushAsync(payload: payload)).Reason);
    }

    [Theory]
    [InlineData("10", """{"aps":{"content-available":1}}""", "BadPriority")]
    [InlineData(null, """{"aps":{"content-available":1}}""", "BadPriority")]
    [InlineData("5", """{"aps":{"content-available":1,"alert":"x"}}""", "InvalidPushType")]
    [InlineData("5", """{"aps":{"alert":{"title":"x"}},"custom":{"a":[1]}}""", "InvalidPushType")]
    [InlineData("5", """{"custom":{"a":[1]},"aps":{"content-available":1}}""", null)]
    public async Task Push_Background_MustBeQuiet(string? priority, string payload, string? reason)
    {
        await using var fixture = await SimulatorFixture.StartAsync();

        Assert.Equal(reason, (await fixture.Apns.PushAsync(payload: payload, headers: [("apns-push-type", Background), ("apns-priority", priority)])).Reason);
    }

    /// <summary>Mends one fault after the other: what is refused next shows the order.</summary>
    [Fact]
    public async Task Push_EverythingWrong_IsRefusedInApplesOrder()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        var headers = new Dictionary<string, string?>
        {
            ["apns-id"] = "x",
            ["apns-topic"] = null,
            ["apns-collapse-id"] = new string('c', 65),
            ["apns-expiration"] = "x",
            ["apns-priority"] = "3",
            ["apns-push-type"] = "x",
            ["authorization"] = null,
        };
        var path = "/5/";
        string? payload = null;
        var method = HttpMethod.Put;
        var seen = new List<string?>();
        async Task NextAsync(Action mend)
        {
            seen.Add((await fixture.Apns.RequestAsync(path, payload, method, [.. headers.Select(header => (header.Key, header.Value))])).Reason);
            mend();
        }

        await NextAsync(() => headers["apns-id"] = "eabeae54-14a8-11e5-b60b-1697f925ec7b");
        await NextAsync(() => method = HttpMethod.Post);
        await NextAsync(() => headers["apns-topic"] = "com.example!");
        await NextAsync(() => headers["apns-collapse-id"] = new string('c', 64));
        await NextAsync(() => headers["apns-expiration"] = "0");
        await NextAsync(() => headers["apns-priority"] = "10");
        await NextAsync(() => headers["apns-push-type"] = "alert");
        await NextAsync(() => path = "/3/device/");
        await NextAsync(() => path = "/3/device/zz");
        await NextAsync(() => path = "/3/device/dead00");
        await NextAsync(() => path = "/3/device/0ff000");
        await NextAsync(() => path = "/3/device/abcdef");
        await NextAsync(() => headers["apns-topic"] = "com.example.other");
        await NextAsync(() => headers["authorization"] = $"bearer {fixture.Apns.Jwt}");
        await NextAsync(() => headers["apns-topic"] = "com.example.demo");
        await NextAsync(() => payload = new string('x', 4097));
        await NextAsync(() => payload = new string('x', 4096));
        await NextAsync(() => payload = ApnsTestClient.Payload);
        await NextAsync(() => { });

        Assert.Equal(
            [
                "BadMessageId", "MethodNotAllowed", "MissingTopic", "BadCollapseId", "BadExpirationDate", "BadPriority", "InvalidPushType", "BadPath", "MissingDeviceToken", "BadDeviceToken",
                "Unregistered", "DeviceTokenNotForTopic", "BadTopic", "MissingProviderToken", "TopicDisallowed", "PayloadEmpty", "PayloadTooLarge", "PayloadEmpty", null,
            ],
            seen);
    }

    [Fact]
    public async Task Push_SizesAroundTheLimit_AreJudgedToTheByte()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        var sizes = Gen.OneOf(Gen.Int[4090, 4102], Gen.Int[5114, 5126], Gen.Int[60_000, 140_000]);

        await Gen.Select(sizes, Gen.Bool).SampleAsync(
            async (size, voip) =>
            {
                var payload = Sized(size);
                var answer = await fixture.Apns.PushAsync(payload: payload, headers: voip ? [("apns-push-type", "voip"), ("apns-topic", "com.example.demo.voip")] : []);
                return answer.Reason == (size > (voip ? 5120 : 4096) ? "PayloadTooLarge" : null);
            },
            iter: 60,
            threads: 2);
    }

    [Fact]
    public async Task Request_AnyMixOfHeaders_IsNeverAServerError()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        string?[] texts = [null, "", "0", "5", "10", "alert", "background", "voip", "com.example.demo", "com.example.demo.voip", "99999999999999999999", "ä", "eabeae54-14a8-11e5-b60b-1697f925ec7b", new('z', 300)];
        var value = AnyOf(texts);
        var headers = Gen.Select(value, value, value, value, value, value);
        var path = AnyOf("/3/device/", "/3/device/ab", "/", "/3/device/%20", "/3//device/ab", "/3/device/4290");
        var payload = AnyOf(null, "", "{", "{}", "[[[[", ApnsTestClient.Payload, """{"aps":null}""", """{"aps":{"content-available":1}}""", "\u0000", "{\"aps\":{\"alert\":\"\\ud800\"}}");

        await Gen.Select(headers, path, payload).SampleAsync(
            async (values, where, body) =>
            {
                var answer = await fixture.Apns.RequestAsync(where!, body, null,
                    ("apns-id", values.Item1), ("apns-topic", values.Item2), ("apns-push-type", values.Item3), ("apns-priority", values.Item4), ("apns-expiration", values.Item5), ("apns-collapse-id", values.Item6));
                return answer.Code < 500 && (answer.Code == 200 || ApnsAnswers.All.Contains(answer.Reason!));
            },
            iter: 400,
            threads: 2);
    }

    private static Gen<string?> AnyOf(params string?[] choices) => Gen.Int[0, choices.Length - 1].Select(index => choices[index]);

    private static string Sized(int bytes)
    {
        const string Head = """{"aps":{"alert":"x"},"pad":" """;
        return $"{Head}{new string('p', bytes - Head.Length - 2)}\"}}";
    }
}
