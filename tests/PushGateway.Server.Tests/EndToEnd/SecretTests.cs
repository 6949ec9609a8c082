using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PushGateway.Simulator;

namespace PushGateway.Server.Tests.EndToEnd;

/// <summary>The real gateway, logging all there is, doing what succeeds and what fails; then everything it has written anywhere is searched for what is secret.</summary>
public sealed class SecretTests : IAsyncLifetime
{
    private const string ProxyPassword = "proxy-password-marker-0123456789";

    /// <summary>Three parts in base64url, as every provider token and every sign-in at Google has.</summary>
    private static readonly Regex s_jwt = new(@"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}", RegexOptions.CultureInvariant);

    private static readonly string[] s_readScope = ["read"];

    private readonly ConcurrentQueue<string> _log = new();
    private readonly List<string> _answers = [];
    private readonly List<(string What, string Text)> _secrets = [];
    private ProviderSimulator _simulator = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _simulator = await ProviderSimulator.StartAsync(new SimulatorOptions(), ct: Cancelled);

    public async ValueTask DisposeAsync() => await _simulator.DisposeAsync();

    [Fact]
    public async Task Everything_SearchedForSecrets_HasNone()
    {
        await using var gateway = await StartAsync();
        AddSecret("the admin key", GatewayProcess.AdminKey);
        AddKeys("the simulator's APNs key", _simulator.ApnsPrivateKeyPem);
        var serviceAccount = JsonNode.Parse(_simulator.ServiceAccountJson)!.AsObject();
        AddKeys("the service account's key", (string)serviceAccount["private_key"]!);

        await SucceedAsync(gateway, serviceAccount);
        await FailAsync(gateway, serviceAccount);
        await CheckLogAndAnswersAsync(gateway, "apns/check");

        // What is on the disk after an orderly end, the write-ahead log included.
        await gateway.StopAsync();
        CheckFiles(gateway.Folder);
    }

    [Fact]
    public async Task Proxy_ThatCannotBeReached_ItsPasswordIsNotTold()
    {
        _secrets.Add(("the proxy's password", ProxyPassword));
        await using var gateway = await StartAsync(
            ("PushGateway__Apns__Proxy", $"http://user:{ProxyPassword}@127.0.0.1:1"), ("PushGateway__Fcm__Proxy", $"http://user:{ProxyPassword}@127.0.0.1:1"));
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/a", new { name = "A" });
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/a/providers/apns", Apns(_simulator.ApnsPrivateKeyPem));
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/a/providers/fcm", Fcm(JsonNode.Parse(_simulator.ServiceAccountJson)!.AsObject()));
        await CallAsync(gateway, HttpMethod.Post, "/v1/apps/a/providers/apns/check");
        await CallAsync(gateway, HttpMethod.Post, "/v1/apps/a/providers/fcm/check");
        await CheckLogAndAnswersAsync(gateway, "fcm/check");
    }

    private async Task<GatewayProcess> StartAsync(params IEnumerable<(string Setting, string Value)> settings)
    {
        var gateway = new GatewayProcess(
        [
            ("Logging__LogLevel__Default", "Trace"),
            ("Logging__LogLevel__Microsoft.AspNetCore", "Trace"),
            ("Logging__LogLevel__Microsoft.EntityFrameworkCore", "Trace"),
            .. settings,
        ])
        {
            OnLine = _log.Enqueue,
        };
        await gateway.StartAgainAsync();
        return gateway;
    }

    private async Task SucceedAsync(GatewayProcess gateway, JsonObject serviceAccount)
    {
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/a", new { name = "A" });
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/a/providers/apns", Apns(_simulator.ApnsPrivateKeyPem));
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/a/providers/fcm", Fcm(serviceAccount));
        Assert.Contains("\"ok\":true", await CallAsync(gateway, HttpMethod.Post, "/v1/apps/a/providers/apns/check"), StringComparison.Ordinal);
        Assert.Contains("\"ok\":true", await CallAsync(gateway, HttpMethod.Post, "/v1/apps/a/providers/fcm/check"), StringComparison.Ordinal);

        // Shown once, on purpose: this answer is not searched.
        var created = await CallAsync(gateway, HttpMethod.Post, "/v1/keys", new { name = "reader", scopes = s_readScope, app = "a" }, isKept: false);
        AddSecret("a created key", (string)JsonNode.Parse(created)!["key"]!);
        string[] tokens = [$"{7:x64}", $"dead{8:x60}", $"fcm-token-marker:APA91b{new string('x', 120)}"];
        for (var number = 0; number < tokens.Length; number++)
        {
            await CallAsync(gateway, HttpMethod.Put, $"/v1/apps/a/devices/d{number}", new { provider = number < 2 ? "apns" : "fcm", token = tokens[number], subscriber = $"s{number}" });
        }

        var published = await CallAsync(
            gateway, HttpMethod.Post, "/v1/apps/a/events", new { type = "t", audience = new { all = true }, notification = new { title = "x" } });
        var eventPath = $"/v1/apps/a/events/{JsonNode.Parse(published)!["id"]}";
        while (!(await CallAsync(gateway, HttpMethod.Get, eventPath, isKept: false)).Contains("\"completed\"", StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancelled);
        }

        List<string> paths =
        [
            eventPath, $"{eventPath}/receipts", "/v1/apps", "/v1/apps/a", "/v1/apps/a/events", "/v1/apps/a/providers/apns", "/v1/apps/a/providers/fcm", "/v1/keys",
            "/v1/apps/a/devices/export", "/metrics", "/openapi/v1.json",
        ];
        foreach (var path in paths)
        {
            await CallAsync(gateway, HttpMethod.Get, path);
        }

        // Tokens are for those who may export them, and for nobody who reads a log.
        foreach (var token in tokens)
        {
            Assert.DoesNotContain(_log, line => line.Contains(token, StringComparison.Ordinal));
        }
    }

    private async Task FailAsync(GatewayProcess gateway, JsonObject serviceAccount)
    {
        // Keys the providers do not know.
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var (apnsKey, fcmKey) = (ec.ExportPkcs8PrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem());
        AddKeys("an unknown APNs key", apnsKey);
        AddKeys("an unknown service account's key", fcmKey);
        var stranger = serviceAccount.DeepClone().AsObject();
        stranger["private_key"] = fcmKey;
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/b", new { name = "B" });
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/b/providers/apns", Apns(apnsKey));
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/b/providers/fcm", Fcm(stranger));
        Assert.Contains("\"ok\":false", await CallAsync(gateway, HttpMethod.Post, "/v1/apps/b/providers/apns/check"), StringComparison.Ordinal);
        Assert.Contains("\"ok\":false", await CallAsync(gateway, HttpMethod.Post, "/v1/apps/b/providers/fcm/check"), StringComparison.Ordinal);
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/b/devices/d", new { provider = "apns", token = $"{9:x64}", subscriber = "s" });
        await CallAsync(gateway, HttpMethod.Post, "/v1/apps/b/events", new { type = "t", audience = new { all = true }, notification = new { title = "x" } });

        // Bodies that are refused, each with a secret in it.
        var broken = apnsKey.Replace("PRIVATE", "PUBLIC", StringComparison.Ordinal);
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/b/providers/apns", Apns(broken));
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/b/providers/apns", Apns(apnsKey + new string(' ', 20_000)));
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/b/providers/apns", new { teamId = apnsKey, keyId = apnsKey, bundleId = apnsKey, environment = apnsKey, endpoint = apnsKey, trustedCertificates = apnsKey, privateKey = apnsKey });
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/b/providers/fcm", new { serviceAccount = fcmKey });
        await CallAsync(gateway, HttpMethod.Put, "/v1/apps/b/providers/fcm", new { serviceAccount = new { type = "service_account", project_id = "p", client_email = "e", private_key = fcmKey, token_uri = fcmKey } });
        await CallTextAsync(gateway, HttpMethod.Put, "/v1/apps/b/providers/fcm", $"{{\"serviceAccount\": \"{fcmKey.ReplaceLineEndings("\\n")}\" oops");

        // Keys that are none, and one in the wrong place.
        var wrong = "wrong-key-marker-" + RandomNumberGenerator.GetHexString(40, lowercase: true);
        AddSecret("a wrong key", wrong);
        await CallAsync(gateway, HttpMethod.Get, "/v1/apps", key: wrong);
        await CallAsync(gateway, HttpMethod.Get, "/v1/keys", key: $"{wrong}\u00e9");
    }

    private object Apns(string privateKey) => new
    {
        teamId = _simulator.Options.TeamId,
        keyId = _simulator.Options.KeyId,
        privateKey,
        bundleId = _simulator.Options.BundleId,
        environment = "production",
        endpoint = _simulator.ApnsEndpoint.GetLeftPart(UriPartial.Authority),
        trustedCertificates = _simulator.TrustedCertificatePem,
    };

    private object Fcm(JsonObject serviceAccount) => new
    {
        serviceAccount,
        endpoint = _simulator.FcmEndpoint.GetLeftPart(UriPartial.Authority),
        trustedCertificates = _simulator.TrustedCertificatePem,
    };

    private void AddSecret(string what, string text) => _secrets.Add((what, text));

    /// <summary>Each line of the key by itself, for the lines may be joined in another way.</summary>
    private void AddKeys(string what, string pem) =>
        _secrets.AddRange(pem.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.Length >= 40 && !line.StartsWith('-')).Select(line => (what, line)));

    private Task<string> CallAsync(
        GatewayProcess gateway, HttpMethod method, string path, object? body = null, bool isKept = true, string key = GatewayProcess.AdminKey) =>
        SendAsync(gateway, method, path, body is null ? null : JsonContent.Create(body), isKept, key);

    private Task<string> CallTextAsync(GatewayProcess gateway, HttpMethod method, string path, string body) =>
        SendAsync(gateway, method, path, new StringContent(body, Encoding.UTF8, "application/json"), true, GatewayProcess.AdminKey);

    private async Task<string> SendAsync(GatewayProcess gateway, HttpMethod method, string path, HttpContent? content, bool isKept, string key)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        using var http = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = gateway.Address };
        using var response = await http.SendAsync(request, Cancelled);
        var answer = await response.Content.ReadAsStringAsync(Cancelled);
        if (isKept)
        {
            _answers.Add($"{method} {path}: {response.StatusCode} {response.Headers}\n{answer}");
        }

        return answer;
    }

    private async Task CheckLogAndAnswersAsync(GatewayProcess gateway, string lastLogged)
    {
        // What was logged last has arrived: so has all before it.
        while (!_log.Any(line => line.Contains(lastLogged, StringComparison.Ordinal)))
        {
            Assert.True(gateway.IsRunning);
            await Task.Yield();
        }

        Assert.Contains(_log, line => line.Contains("trce", StringComparison.Ordinal) || line.Contains("dbug", StringComparison.Ordinal));
        foreach (var (what, text) in _secrets)
        {
            Assert.True(!_log.Any(line => line.Contains(text, StringComparison.Ordinal)), $"The log has {what}.");
            Assert.True(_answers.Find(answer => answer.Contains(text, StringComparison.Ordinal)) is null, $"An answer has {what}.");
        }

        Assert.DoesNotContain(_log, line => s_jwt.IsMatch(line));
        Assert.DoesNotContain(_answers, answer => s_jwt.IsMatch(answer));
    }

    private void CheckFiles(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToList();
        Assert.Contains(files, file => file.EndsWith("store.db", StringComparison.Ordinal));
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            foreach (var (what, text) in _secrets)
            {
                Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) < 0, $"{Path.GetFileName(file)} has {what} in the clear.");
                Assert.True(bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(text)) < 0, $"{Path.GetFileName(file)} has {what} in the clear.");
            }
        }
    }
}
