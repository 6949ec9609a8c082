using System.Text.Json;

namespace PushGateway.Simulator.Tests;

/// <summary>Clients that other people wrote for the real services, sending through the simulator: they must understand it as they understand Apple and Google.</summary>
public sealed class ThirdPartyClientTests
{
    private const string BundleId = "com.example.demo";
    private static readonly string[] s_fcmTokens = ["ordinary", "dead:1", "quota:1"];
    private static readonly object s_payload = new { aps = new { alert = new { title = "T", body = "B" } } };

    [Fact]
    public async Task Aioapns_EveryAnswer_IsUnderstood()
    {
        var tool = await ThirdPartyTool.AioapnsAsync();
        await using var fixture = await SimulatorFixture.StartAsync();
        using var files = new CredentialFiles(fixture.Simulator);

        Expect((await tool.RunAsync(Order(fixture, Pushes(), files.Authority, files.ApnsKey))).EnumerateArray(), Answers());
        Assert.Equal(1, fixture.Control.TimesAccepted(SimulatedProvider.Apns, ApnsTestClient.Token));

        fixture.Control.Revoke(SimulatedCredential.ApnsKey);
        Expect((await tool.RunAsync(Order(fixture, [Push()], files.Authority, files.ApnsKey))).EnumerateArray(), (403, "InvalidProviderToken"));
        fixture.Control.Restore(SimulatedCredential.ApnsKey);
        fixture.Clock.Advance(TimeSpan.FromHours(2));
        Expect((await tool.RunAsync(Order(fixture, [Push()], files.Authority, files.ApnsKey))).EnumerateArray(), (403, "ExpiredProviderToken"));
    }

    [Fact]
    public async Task NodeApn_EveryAnswer_IsUnderstood()
    {
        var tool = await ThirdPartyTool.NodeAsync("node_apn_client.js", "@parse/node-apn");
        await using var fixture = await SimulatorFixture.StartAsync();
        var (authority, key) = (fixture.Simulator.TrustedCertificatePem, fixture.Simulator.ApnsPrivateKeyPem);

        var results = (await tool.RunAsync(Order(fixture, Pushes(), authority, key))).EnumerateArray().ToList();

        Expect(results, Answers());
        Assert.Equal(fixture.Clock.GetUtcNow().ToUnixTimeMilliseconds(), results[2].GetProperty("timestamp").GetInt64());
        Assert.Equal(1, fixture.Control.TimesAccepted(SimulatedProvider.Apns, ApnsTestClient.Token));

        fixture.Control.Revoke(SimulatedCredential.ApnsKey);
        Expect((await tool.RunAsync(Order(fixture, [Push()], authority, key))).EnumerateArray(), (403, "InvalidProviderToken"));
        fixture.Control.Restore(SimulatedCredential.ApnsKey);
        fixture.Clock.Advance(TimeSpan.FromHours(2));
        Expect((await tool.RunAsync(Order(fixture, [Push()], authority, key))).EnumerateArray(), (403, "ExpiredProviderToken"));
    }

    [Fact]
    public async Task GoogleAuthLibrary_GrantAndSend_AreUnderstood()
    {
        var tool = await ThirdPartyTool.NodeAsync("google_auth_client.js", "google-auth-library");
        await using var fixture = await SimulatorFixture.StartAsync();
        using var files = new CredentialFiles(fixture.Simulator);
        var order = JsonSerializer.Serialize(new
        {
            endpoint = fixture.Simulator.FcmEndpoint,
            serviceAccount = JsonDocument.Parse(fixture.Simulator.ServiceAccountJson).RootElement,
            messages = s_fcmTokens.Select(token => new { message = new { token, notification = new { title = "T" } } }),
        });

        var sent = await tool.RunAsync(order, ("NODE_EXTRA_CA_CERTS", files.Authority));

        Assert.True(sent.TryGetProperty("results", out var results), sent.ToString());
        Assert.Equal([200, 404, 429], results.EnumerateArray().Select(result => result.GetProperty("status").GetInt32()));
        Assert.StartsWith("projects/demo-project/messages/", results[0].GetProperty("body").GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Equal("UNREGISTERED", results[1].GetProperty("body").GetProperty("error").GetProperty("details")[0].GetProperty("errorCode").GetString());

        fixture.Control.Revoke(SimulatedCredential.ServiceAccountKey);
        var refused = await tool.RunAsync(order, ("NODE_EXTRA_CA_CERTS", files.Authority));
        Assert.Equal("invalid_grant", refused.GetProperty("error").GetProperty("error").GetString());
    }

    private static object[] Pushes() =>
    [
        Push(),
        Push("bad001"),
        Push("dead01"),
        Push("ab", topic: "com.example.other"),
        Push("0ff001"),
        Push("ab", payload: new { aps = new { alert = new string('x', 4096) } }),
        Push("429001"),
        Push("503001"),
        Push("503001"),
        Push("ab", payload: new { aps = new Dictionary<string, int> { ["content-available"] = 1 } }, pushType: "background", priority: 5),
        Push("ab", payload: new { aps = new { alert = new string('x', 4096) } }, topic: BundleId + ".voip", pushType: "voip"),
    ];

    private static (int Status, string? Reason)[] Answers() =>
    [
        (200, null),
        (400, "BadDeviceToken"),
        (410, "Unregistered"),
        (400, "TopicDisallowed"),
        (400, "DeviceTokenNotForTopic"),
        (413, "PayloadTooLarge"),
        (429, "TooManyRequests"),
        (503, "ServiceUnavailable"),
        (200, null),
        (200, null),
        (200, null),
    ];

    private static object Push(string token = ApnsTestClient.Token, object? payload = null, string topic = BundleId, string pushType = "alert", int priority = 10) =>
        new { token, payload = payload ?? s_payload, topic, pushType, priority };

    private static string Order(SimulatorFixture fixture, object[] pushes, string authority, string key)
    {
        var options = fixture.Simulator.Options;
        return JsonSerializer.Serialize(new { port = fixture.Simulator.ApnsEndpoint.Port, authority, key, keyId = options.KeyId, teamId = options.TeamId, pushes });
    }

    private static void Expect(IEnumerable<JsonElement> results, params (int Status, string? Reason)[] expected) =>
        Assert.Equal(expected, results.Select(result => (result.GetProperty("status").GetInt32(), result.GetProperty("reason").GetString())));

    /// <summary>The credentials as the files some clients insist on.</summary>
    private sealed class CredentialFiles : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("simulator-client-");

        public CredentialFiles(ProviderSimulator simulator)
        {
            File.WriteAllText(Authority, simulator.TrustedCertificatePem);
            File.WriteAllText(ApnsKey, simulator.ApnsPrivateKeyPem);
        }

        public string Authority => Path.Combine(_folder.FullName, "authority.pem");

        public string ApnsKey => Path.Combine(_folder.FullName, "key.p8");

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
