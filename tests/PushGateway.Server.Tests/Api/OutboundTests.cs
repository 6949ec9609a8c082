using System.Text.Json;
using System.Text.Json.Nodes;

namespace PushGateway.Server.Tests.Api;

/// <summary>Addresses that callers give do not lead inside, unless the operator says so.</summary>
public sealed class OutboundTests(GatewayFixture fixture)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    [Theory]
    [InlineData("https://169.254.169.254")]
    [InlineData("https://10.0.0.1:8443")]
    [InlineData("https://192.168.1.1")]
    [InlineData("https://[fe80::1]:443")]
    [InlineData("https://[fd00::1]")]
    [InlineData("https://[::ffff:169.254.169.254]")]
    [InlineData("https://0.0.0.0:443")]
    public async Task PutApns_EndpointInside_IsRefusedAndNothingIsStored(string endpoint)
    {
        var app = await fixture.CreateAppAsync();
        var credential = Apns();
        credential["endpoint"] = endpoint;
        var answer = (await app.Admin.PutAsync($"{app.Path}/providers/apns", credential)).ExpectProblem(400, "address.notAllowed", "endpoint");
        Assert.Contains("PushGateway:Outbound", answer.Text("detail"), StringComparison.Ordinal);
        (await app.Admin.GetAsync($"{app.Path}/providers/apns")).ExpectProblem(404, "provider.notConfigured");
    }

    [Fact]
    public async Task PutFcm_BothAddressesInside_NamesBoth()
    {
        var app = await fixture.CreateAppAsync();
        var credential = Fcm();
        credential["endpoint"] = "https://172.16.0.1";
        credential["serviceAccount"]!["token_uri"] = "https://169.254.169.254/latest/meta-data";
        (await app.Admin.PutAsync($"{app.Path}/providers/fcm", credential))
            .ExpectProblem(400, "address.notAllowed", "endpoint", "serviceAccount.token_uri");
        (await app.Admin.GetAsync($"{app.Path}/providers/fcm")).ExpectProblem(404, "provider.notConfigured");
    }

    [Theory]
    [InlineData("PushGateway:Outbound:Loopback", "Never")]
    [InlineData("urls", "http://*:0")]
    [InlineData("PushGateway:Api:TrustedProxies:0", "10.9.9.9")]
    public async Task PutApns_LoopbackFromAGatewayThatOthersReach_IsRefused(string setting, string value)
    {
        await using var gateway = await TestGateway.StartAsync(new() { [setting] = value });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
        (await admin.PutAsync("/v1/apps/a/providers/apns", Apns())).ExpectProblem(400, "address.notAllowed", "endpoint");
    }

    [Theory]
    [InlineData("PushGateway:Outbound:AllowedNetworks:0", "127.0.0.0/8")]
    [InlineData("PushGateway:Outbound:AllowedHosts:0", "127.0.0.1")]
    [InlineData("PushGateway:Outbound:Loopback", "Always")]
    public async Task PutApns_LoopbackThatTheOperatorAllowed_IsTakenAndConnectedTo(string setting, string value)
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["urls"] = "http://*:0", [setting] = value });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
        (await admin.PutAsync("/v1/apps/a/providers/apns", Apns())).Expect(204);
        var check = (await admin.PostAsync("/v1/apps/a/providers/apns/check")).Expect(200);
        Assert.Equal("ok", check.Text("code"));
    }

    [Theory]
    [InlineData("apns")]
    [InlineData("fcm")]
    public async Task Connect_AddressNoLongerAllowed_IsRefusedAtTheConnection(string provider)
    {
        var folder = Directory.CreateTempSubdirectory("pushgateway-api-").FullName;
        try
        {
            await using (var open = await TestGateway.StartAsync(folder: folder))
            {
                var admin = open.Client(GatewayFixture.AdminKey);
                (await admin.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
                (await admin.PutAsync($"/v1/apps/a/providers/{provider}", provider == "apns" ? Apns() : Fcm())).Expect(204);
                Assert.Equal("ok", (await admin.PostAsync($"/v1/apps/a/providers/{provider}/check")).Expect(200).Text("code"));
            }

            await using var closed = await TestGateway.StartAsync(new() { ["PushGateway:Outbound:Loopback"] = "Never" }, folder: folder);
            var check = (await closed.Client(GatewayFixture.AdminKey).PostAsync($"/v1/apps/a/providers/{provider}/check")).Expect(200);
            Assert.Equal("endpoint.unreachable", check.Text("code"));
            Assert.Contains("allow", check.Text("message"), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Connect_OnlyTheMessagesAreNotAllowed_TokenIsHadAndTheSendIsRefused()
    {
        var folder = Directory.CreateTempSubdirectory("pushgateway-api-").FullName;
        try
        {
            var credential = Fcm();
            credential["endpoint"] = ((string)credential["endpoint"]!).Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
            await using (var open = await TestGateway.StartAsync(folder: folder))
            {
                var admin = open.Client(GatewayFixture.AdminKey);
                (await admin.PutAsync("/v1/apps/a", new { name = "x" })).Expect(201);
                (await admin.PutAsync("/v1/apps/a/providers/fcm", credential)).Expect(204);
            }

            await using var closed = await TestGateway.StartAsync(
                new() { ["PushGateway:Outbound:Loopback"] = "Never", ["PushGateway:Outbound:AllowedHosts:0"] = "127.0.0.1" }, folder: folder);
            var check = (await closed.Client(GatewayFixture.AdminKey).PostAsync("/v1/apps/a/providers/fcm/check")).Expect(200);
            Assert.Equal("endpoint.unreachable", check.Text("code"));
            Assert.Contains("addresses of localhost", check.Text("message"), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("PushGateway:Outbound:AllowedNetworks:0", "not-a-network")]
    [InlineData("PushGateway:Outbound:AllowedHosts:0", "https://host")]
    [InlineData("PushGateway:Outbound:Loopback", "Sometimes")]
    [InlineData("PushGateway:Outbound:AllowNetworks", "10.0.0.0/8")]
    public async Task Start_InvalidSetting_FailsNamingTheKey(string key, string value)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var gateway = await TestGateway.StartAsync(new() { [key] = value });
        });
        Assert.Contains(key.Replace(":0", "", StringComparison.Ordinal), failure.Message, StringComparison.Ordinal);
    }

    private JsonObject Apns() => JsonSerializer.SerializeToNode(fixture.Simulator.Control.Credentials.Apns, s_json)!.AsObject();

    private JsonObject Fcm() => JsonSerializer.SerializeToNode(fixture.Simulator.Control.Credentials.Fcm, s_json)!.AsObject();
}
