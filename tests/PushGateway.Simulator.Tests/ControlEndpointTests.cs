using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace PushGateway.Simulator.Tests;

public sealed class ControlEndpointTests
{
    [Fact]
    public async Task Counters_AfterPushes_AddUp()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        using var control = new HttpClient { BaseAddress = fixture.Simulator.ControlEndpoint };
        await fixture.Apns.PushAsync("01");
        await fixture.Apns.PushAsync("01");
        await fixture.Apns.PushAsync("02");
        await fixture.Apns.PushAsync("dead");
        await fixture.Fcm.PushAsync("a");
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));

        var counters = await GetAsync(control, "/counters");

        Assert.Equal(4, counters.GetProperty("accepted").GetInt64());
        Assert.Equal(3, counters.GetProperty("distinctAccepted").GetInt64());
        Assert.Equal(1, counters.GetProperty("acceptedMoreThanOnce").GetInt64());
        var apns = counters.GetProperty("apns");
        Assert.Equal(4, apns.GetProperty("requests").GetInt64());
        Assert.Equal(3, apns.GetProperty("byStatus").GetProperty("200").GetInt64());
        Assert.Equal(1, apns.GetProperty("byReason").GetProperty("Unregistered").GetInt64());
        Assert.Equal(1, apns.GetProperty("connectionsOpened").GetInt64());
        Assert.Equal(1, apns.GetProperty("maxConcurrentStreams").GetInt32());
        Assert.Equal(4, apns.GetProperty("requestsInLastSecond").GetInt64());
        Assert.Equal(1, counters.GetProperty("oauth").GetProperty("accepted").GetInt64());
    }

    [Fact]
    public async Task Tokens_AndRecent_ShowWhatWasPushed()
    {
        await using var fixture = await SimulatorFixture.StartAsync(new SimulatorOptions { RecentPushes = 3 });
        using var control = new HttpClient { BaseAddress = fixture.Simulator.ControlEndpoint };
        await fixture.Apns.PushAsync("01");
        await fixture.Apns.PushAsync("AB");
        await fixture.Fcm.PushAsync("cd:EF/gh");

        var token = await GetAsync(control, "/tokens/apns/ab");
        var fcm = await GetAsync(control, "/tokens/fcm/cd:EF%2Fgh");
        var recent = await GetAsync(control, "/recent");

        Assert.Equal(1, token.GetProperty("accepted").GetInt32());
        Assert.Equal(ApnsTestClient.Payload, token.GetProperty("lastPush").GetProperty("payload").GetString());
        Assert.Equal("alert", token.GetProperty("lastPush").GetProperty("headers").GetProperty("apns-push-type").GetString());
        Assert.Equal(3, recent.GetArrayLength());
        Assert.Equal("fcm", recent[0].GetProperty("provider").GetString());
        Assert.Equal("cd:EF/gh", recent[0].GetProperty("token").GetString());
        Assert.Equal(0, (await GetAsync(control, "/tokens/apns/ff")).GetProperty("accepted").GetInt32());
        Assert.Equal(1, fcm.GetProperty("accepted").GetInt32());
    }

    [Fact]
    public async Task Rules_OverHttp_ComeAndGo()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        using var control = new HttpClient { BaseAddress = fixture.Simulator.ControlEndpoint };

        var added = await PostAsync(control, "/rules", """{"provider":"apns","tokenPrefix":"aa","action":{"answer":"TooManyRequests","retryAfterSeconds":5}}""");
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        var refused = await fixture.Apns.PushAsync("aa");
        Assert.Equal(429, refused.Code);
        Assert.Equal("5", refused.Header("retry-after"));
        Assert.Equal("TooManyRequests", (await GetAsync(control, "/rules"))[0].GetProperty("action").GetProperty("answer").GetString());

        Assert.Equal(HttpStatusCode.NoContent, (await control.DeleteAsync(new Uri("/rules/rule-1", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(200, (await fixture.Apns.PushAsync("aa")).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await control.DeleteAsync(new Uri("/rules/rule-1", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await control.DeleteAsync(new Uri("/rules", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("/rules", """{"action":{"answer":"Nonsense"}}""")]
    [InlineData("/rules", """{"tokenPrefiks":"aa","action":{}}""")]
    [InlineData("/rules", """{}""")]
    [InlineData("/rules", "not json")]
    [InlineData("/credentials/revoke", """{"credential":"nothing"}""")]
    [InlineData("/connections/nobody/close", "")]
    public async Task Request_ThatMakesNoSense_IsRefusedWithAReason(string path, string body)
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        using var control = new HttpClient { BaseAddress = fixture.Simulator.ControlEndpoint };

        var answer = await PostAsync(control, path, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotEmpty((await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("error").GetString()!);
    }

    [Fact]
    public async Task Credentials_RevokedAndReset_OverHttp()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        using var control = new HttpClient { BaseAddress = fixture.Simulator.ControlEndpoint };

        await PostAsync(control, "/credentials/revoke", """{"credential":"apnsKey"}""");
        Assert.Equal("InvalidProviderToken", (await fixture.Apns.PushAsync()).Reason);
        await PostAsync(control, "/credentials/restore", """{"credential":"apnsKey"}""");
        Assert.Equal(200, (await fixture.Apns.PushAsync()).Code);
        await PostAsync(control, "/reset", "");

        Assert.Equal(0, fixture.Control.Counters().Accepted);
        Assert.Equal(0, fixture.Control.TimesAccepted(SimulatedProvider.Apns, ApnsTestClient.Token));
        Assert.Empty(fixture.Control.Recent());
    }

    [Fact]
    public async Task Credentials_Shown_AreWhatAGatewayNeeds()
    {
        await using var fixture = await SimulatorFixture.StartAsync();
        using var control = new HttpClient { BaseAddress = fixture.Simulator.ControlEndpoint };

        var credentials = await GetAsync(control, "/credentials");

        var apns = credentials.GetProperty("apns");
        Assert.Equal(fixture.Simulator.ApnsPrivateKeyPem, apns.GetProperty("privateKey").GetString());
        Assert.Equal("SIMTEAM001", apns.GetProperty("teamId").GetString());
        Assert.Equal("SIMKEY0001", apns.GetProperty("keyId").GetString());
        Assert.Equal("com.example.demo", apns.GetProperty("bundleId").GetString());
        Assert.Equal("production", apns.GetProperty("environment").GetString());
        Assert.Equal(fixture.Simulator.ApnsEndpoint, new Uri(apns.GetProperty("endpoint").GetString()!));
        var fcm = credentials.GetProperty("fcm");
        Assert.Equal(fixture.Simulator.TokenUri.ToString(), fcm.GetProperty("serviceAccount").GetProperty("token_uri").GetString());
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", fcm.GetProperty("trustedCertificates").GetString(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> GetAsync(HttpClient control, string path)
    {
        var answer = await control.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient control, string path, string body) =>
        control.PostAsync(new Uri(path, UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
}
