using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PushGateway.Server.Security;
using PushGateway.Server.Tests.Live;
using static PushGateway.Server.Tests.Api.SubscriberTests;

namespace PushGateway.Server.Tests.Api;

/// <summary>Tokens that a publisher signs itself, with keys of its own.</summary>
public sealed class IdentityTests(GatewayFixture fixture)
{
    private const string Issuer = "https://login.example";
    private const string Audience = "push";

    private static readonly string[] s_any = ["*"];
    private static readonly string[] s_news = ["news"];

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task Jwt_SignedByTheAppsIssuer_IsTheSubscribersToken(string algorithm)
    {
        var (app, key) = (await fixture.CreateAppAsync(), new SigningKey("one", algorithm));
        (await app.Admin.PutAsync($"{app.Path}/identity", Identity(key, new { devices = true, subscribe = s_any, listen = s_any, subscriberClaim = "user" }))).Expect(204);
        var ana = fixture.Gateway.Client(key.Sign(claims: new() { ["user"] = "ana" }));

        Assert.Equal("ana", (await ana.PutAsync($"{app.Path}/devices/phone", Fcm("phone"))).Expect(201).Text("subscriber"));
        (await ana.PutAsync($"{app.Path}/channels/news/subscribers/ana")).Expect(204);
        (await ana.PutAsync($"{app.Path}/channels/news/subscribers/ben")).ExpectProblem(403, "subscriber.forbidden");
        (await ana.GetAsync($"{app.Path}/devices/export")).ExpectProblem(403, "scope.insufficient");
        // Of two apps with the issuer, and no app in the address, neither is meant.
        var twin = await fixture.CreateAppAsync();
        (await twin.Admin.PutAsync($"{twin.Path}/identity", Identity(key))).Expect(204);
        (await ana.GetAsync("/v1/apps")).ExpectProblem(401, "key.unknown");
        using var http = new HttpClient { BaseAddress = fixture.Gateway.Address };
        await using var stream = await SseClient.OpenAsync(http, $"{app.Path}/channels/news/sse?access_token={key.Sign(claims: new() { ["user"] = "ana" })}");
        Assert.Equal("state", (await stream.NextAsync()).Event);

        // Of an app that takes none it is a key like any other that is not known.
        (await ana.PutAsync($"{(await fixture.CreateAppAsync()).Path}/devices/phone", Fcm("phone"))).ExpectProblem(401, "key.unknown");

        // The subscriber's deletion ends it as it ends the gateway's own.
        (await app.Devices.DeleteAsync($"{app.Path}/subscribers/ana")).Expect(204);
        (await ana.PutAsync($"{app.Path}/devices/phone", Fcm("phone"))).ExpectProblem(401, "token.subscriberDeleted");
        (await app.Admin.DeleteAsync($"{app.Path}/identity")).Expect(204);
        (await app.Admin.DeleteAsync($"{app.Path}/identity")).ExpectProblem(404, "identity.unknown");
        (await ana.PutAsync($"{app.Path}/devices/phone", Fcm("phone"))).ExpectProblem(401, "key.unknown");
    }

    [Fact]
    public async Task Jwt_ThatIsNotGood_IsRefusedWithTheReason()
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Api:FailedKeysPerMinute"] = "0" });
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/app", new { name = "An app" })).Expect(201);
        var (key, other) = (new SigningKey("one", "RS256"), new SigningKey("one", "RS256"));
        (await admin.PutAsync("/v1/apps/app/identity", Identity(key, new { devices = true }))).Expect(204);
        var now = TimeProvider.System.GetUtcNow();

        await RefusedAsync("token.expired", key.Sign(iat: now.AddHours(-2), exp: now.AddHours(-1)));
        await RefusedAsync("token.expired", key.Sign(iat: now.AddDays(-2), exp: now.AddDays(30)));
        await RefusedAsync("token.notYetValid", key.Sign(nbf: now.AddHours(1), exp: now.AddHours(2)));
        await RefusedAsync("token.notYetValid", key.Sign(iat: now.AddHours(1), exp: now.AddHours(2)));
        await RefusedAsync("token.issuer", key.Sign(issuer: "https://evil.example"));
        await RefusedAsync("token.audience", key.Sign(audience: "another"));
        await RefusedAsync("token.signature", other.Sign());
        await RefusedAsync("token.signature", new SigningKey("two", "RS256").Sign());
        await RefusedAsync("token.algorithm", Unsigned());
        await RefusedAsync("token.algorithm", SignedWithTheirPublicKey(key));
        await RefusedAsync("token.subscriber", key.Sign(claims: new() { ["sub"] = "no id" }));
        await RefusedAsync("token.subscriber", key.Sign(claims: []));
        await RefusedAsync("token.timesMissing", key.Sign(claims: new() { ["sub"] = "ana", ["iat"] = null }));
        var good = key.Sign();
        await RefusedAsync("token.signature", good[..^8] + (good[^8] == 'A' ? 'B' : 'A') + good[^7..]);
        (await gateway.Client(good).PutAsync("/v1/apps/app/devices/phone", Fcm("phone"))).Expect(201);

        async Task RefusedAsync(string code, string token) =>
            (await gateway.Client(token).PutAsync("/v1/apps/app/devices/phone", Fcm("phone"))).ExpectProblem(401, code);
    }

    [Fact]
    public async Task Jwks_Fetched_IsKeptAndFetchedAgainForAnUnknownKeyButNotOften()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var issuer = await KeyServer.StartAsync();
        await using var gateway = await TestGateway.StartAsync(
            new() { ["PushGateway:Api:FailedKeysPerMinute"] = "0" },
            builder => builder.Services.Replace(ServiceDescriptor.Singleton(services =>
            {
                var keys = ActivatorUtilities.CreateInstance<PublisherKeys>(services, (TimeProvider)time);
                keys.Tls.CertificateChainPolicy = issuer.Trust();
                return keys;
            })));
        var admin = gateway.Client(GatewayFixture.AdminKey);
        (await admin.PutAsync("/v1/apps/app", new { name = "An app" })).Expect(201);
        (await admin.PutAsync("/v1/apps/app/identity", new { issuer = Issuer, audience = Audience, jwksUrl = issuer.Url, devices = true })).Expect(204);
        var (first, second) = (new SigningKey("one", "RS256"), new SigningKey("two", "ES256"));

        // Nothing to be had yet.
        issuer.Keys = null;
        Assert.Equal(("identity.unavailable", 1), (await CodeAsync(first, 503), issuer.Requests));
        issuer.Keys = [first];
        Assert.Equal(("identity.unavailable", 1), (await CodeAsync(first, 503), issuer.Requests));
        time.Advance(TimeSpan.FromMinutes(1));
        await RegisterAsync(first);
        await RegisterAsync(first);
        Assert.Equal(2, issuer.Requests);

        // A key that nobody knew is asked for at once, when it is not too soon.
        issuer.Keys = [first, second];
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(("identity.unavailable", 2), (await CodeAsync(second, 503), issuer.Requests));
        time.Advance(TimeSpan.FromSeconds(30));
        await RegisterAsync(second);
        Assert.Equal(3, issuer.Requests);
        var third = new SigningKey("three", "RS256");
        Assert.Equal(("identity.unavailable", 3), (await CodeAsync(third, 503), issuer.Requests));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(("token.signature", 4), (await CodeAsync(third, 401), issuer.Requests));

        // Nor is it said to be wrong when the issuer cannot be asked.
        issuer.Keys = null;
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(("identity.unavailable", 5), (await CodeAsync(third, 503), issuer.Requests));
        await RegisterAsync(first);

        // A token that does not say by which key it is signed has the set looked at again, too.
        var nameless = new SigningKey(null, "ES256");
        issuer.Keys = [first, second, nameless];
        Assert.Equal(("identity.unavailable", 5), (await CodeAsync(nameless, 503), issuer.Requests));
        time.Advance(TimeSpan.FromMinutes(1));
        await RegisterAsync(nameless);
        Assert.Equal(6, issuer.Requests);

        // A key that was withdrawn is good no longer than the set is fresh; and one whose issuer is away goes on for a day.
        issuer.Keys = [second];
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("token.signature", await CodeAsync(first, 401));
        issuer.Keys = null;
        time.Advance(TimeSpan.FromHours(2));
        await RegisterAsync(second);

        // While it is known to be away, nobody waits for the next try.
        var held = issuer.Hold();
        time.Advance(TimeSpan.FromMinutes(1));
        await RegisterAsync(second);
        await issuer.HeldAsync();
        held.SetResult();

        async Task RegisterAsync(SigningKey key) => Assert.InRange((await gateway.Client(key.Sign()).PutAsync("/v1/apps/app/devices/phone", Fcm("phone"))).Status, 200, 201);

        async Task<string?> CodeAsync(SigningKey key, int status) => (await gateway.Client(key.Sign()).PutAsync("/v1/apps/app/devices/phone", Fcm("phone"))).Expect(status).Code;
    }

    /// <summary>Whoever has got hold of the issuer's key may have a connection open.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Identity_DeletedOrChanged_EndsWhatItsTokensHaveOpened(bool isChanged)
    {
        await using var gateway = await TestGateway.StartAsync(new() { ["PushGateway:Live:KeepAlive"] = "00:00:01" });
        var (admin, key) = (gateway.Client(GatewayFixture.AdminKey), new SigningKey("one", "ES256"));
        (await admin.PutAsync("/v1/apps/app", new { name = "An app" })).Expect(201);
        (await admin.PutAsync("/v1/apps/app/identity", Identity(key, new { listen = s_any, send = s_any }))).Expect(204);
        using var http = new HttpClient { BaseAddress = gateway.Address };
        await using var stream = await SseClient.OpenAsync(http, $"/v1/apps/app/channels/news/sse?access_token={key.Sign()}");
        Assert.Equal("state", (await stream.NextAsync()).Event);
        var made = (await admin.PostAsync("/v1/apps/app/subscribers/ana/token", new { listen = s_any })).Expect(200);
        await using var own = await SseClient.OpenAsync(http, $"/v1/apps/app/channels/news/sse?access_token={made.Text("token")}");
        Assert.Equal("state", (await own.NextAsync()).Event);
        await using var hub = new HubConnectionBuilder().WithUrl(new Uri(gateway.Address, "/v1/live"), HttpTransportType.WebSockets, options =>
            options.AccessTokenProvider = () => Task.FromResult<string?>(key.Sign())).Build();
        await hub.StartAsync(TestContext.Current.CancellationToken);
        Assert.True((await SendAsync()).TryGetProperty("message", out _));
        await stream.MessageAsync();
        await own.MessageAsync();

        (isChanged ? await admin.PutAsync("/v1/apps/app/identity", Identity(key)) : await admin.DeleteAsync("/v1/apps/app/identity")).Expect(204);

        Assert.Equal("credential.ended", (await SendAsync()).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(("end", "forbidden"), await stream.NextAsync() is var end ? (end.Event, end.Data.GetProperty("reason").GetString()) : default);

        // The gateway's own tokens stand on something else.
        (await admin.PostAsync("/v1/apps/app/events", new { type = "t", audience = new { channels = s_news }, notification = new { title = "Go on" }, options = new { live = "only" } })).Expect(202);
        await own.MessageAsync();

        Task<JsonElement> SendAsync() => hub.InvokeAsync<JsonElement>("Send", "app", "news", "chat", null, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Put_WhatIsWrong_NamesTheFieldAndChangesNothing()
    {
        var (app, key) = (await fixture.CreateAppAsync(), new SigningKey("one", "ES256"));
        (await app.Admin.GetAsync($"{app.Path}/identity")).ExpectProblem(404, "identity.unknown");
        (await app.Devices.PutAsync($"{app.Path}/identity", Identity(key))).ExpectProblem(403, "scope.insufficient");
        (await app.Admin.PutAsync($"{app.Path}/identity", new { audience = "a", jwksUrl = "https://example.com" })).ExpectProblem(400, "field.missing", "issuer");
        (await app.Admin.PutAsync($"{app.Path}/identity", new { issuer = "i", audience = "a" })).ExpectProblem(400, "jwks.oneOf", "jwksUrl");
        (await app.Admin.PutAsync($"{app.Path}/identity", new { issuer = "i", audience = "a", jwksUrl = "http://example.com/keys" })).ExpectProblem(400, "url.invalid", "jwksUrl");
        (await app.Admin.PutAsync($"{app.Path}/identity", new { issuer = "i", audience = "a", jwksUrl = "https://169.254.169.254/keys" })).ExpectProblem(400, "address.notAllowed", "jwksUrl");
        (await app.Admin.PutAsync($"{app.Path}/identity", new { issuer = "i", audience = "a", jwks = new { keys = Array.Empty<object>() } })).ExpectProblem(400, "jwks.invalid", "jwks");
        (await app.Admin.PutAsync($"{app.Path}/identity", new { issuer = "i", audience = "a", jwks = new { keys = new[] { new { kty = "oct", k = "c2VjcmV0" } } } })).ExpectProblem(400, "jwks.private", "jwks");
        (await app.Admin.PutAsync($"{app.Path}/identity", new { issuer = "i", audience = "a", jwks = key.Set(), listen = (string[])["no space"] })).ExpectProblem(400, "id.invalid", "listen");
        (await app.Admin.GetAsync($"{app.Path}/identity")).ExpectProblem(404, "identity.unknown");

        (await app.Admin.PutAsync($"{app.Path}/identity", Identity(key))).Expect(204);
        var identity = (await app.Admin.GetAsync($"{app.Path}/identity")).Expect(200);
        Assert.Equal((Issuer, Audience, "sub", "one"), (
            identity.Text("issuer"), identity.Text("audience"), identity.Text("subscriberClaim"), identity.Json.GetProperty("jwks").GetProperty("keys")[0].GetProperty("kid").GetString()));
    }

    private static JsonObject Identity(SigningKey key, object? more = null)
    {
        var identity = (JsonObject)JsonSerializer.SerializeToNode(more ?? new { })!;
        identity["issuer"] = Issuer;
        identity["audience"] = Audience;
        identity["jwks"] = key.Set();
        return identity;
    }

    private static string Unsigned()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return $"{Part("""{"alg":"none","typ":"JWT"}""")}.{Part($$"""{"iss":"{{Issuer}}","aud":"{{Audience}}","sub":"ana","iat":{{now}},"exp":{{now + 600}}}""")}.";
    }

    // The oldest trick: the public key as if it were a shared secret.
    private static string SignedWithTheirPublicKey(SigningKey key) => key.Sign(credentials: new SigningCredentials(
        new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key.Set().ToJsonString())) { KeyId = "one" }, SecurityAlgorithms.HmacSha256));

    private static string Part(string text) => Base64UrlEncoder.Encode(text);

    /// <summary>A publisher's key.</summary>
    private sealed class SigningKey
    {
        private readonly SecurityKey _key;
        private readonly string _algorithm;

        /// <param name="kid"><see langword="null"/>: neither key nor token says it.</param>
        public SigningKey(string? kid, string algorithm)
        {
            _algorithm = algorithm;
            _key = algorithm == "RS256" ? new RsaSecurityKey(RSA.Create(2048)) { KeyId = kid } : new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = kid };
        }

        public JsonObject PublicKey()
        {
            var key = new JsonObject();
            if (_key.KeyId is { } kid)
            {
                key["kid"] = kid;
            }

            if (_key is RsaSecurityKey rsa)
            {
                var parameters = rsa.Rsa.ExportParameters(false);
                (key["kty"], key["use"], key["n"], key["e"]) = ("RSA", "sig", Base64UrlEncoder.Encode(parameters.Modulus), Base64UrlEncoder.Encode(parameters.Exponent));
                return key;
            }

            var point = ((ECDsaSecurityKey)_key).ECDsa.ExportParameters(false).Q;
            (key["kty"], key["crv"], key["x"], key["y"]) = ("EC", "P-256", Base64UrlEncoder.Encode(point.X), Base64UrlEncoder.Encode(point.Y));
            return key;
        }

        public JsonObject Set() => new() { ["keys"] = new JsonArray(PublicKey()) };

        /// <param name="claims">A value of null takes the claim out.</param>
        public string Sign(
            Dictionary<string, object?>? claims = null, string issuer = Issuer, string audience = Audience, DateTimeOffset? iat = null, DateTimeOffset? nbf = null,
            DateTimeOffset? exp = null, SigningCredentials? credentials = null)
        {
            var now = TimeProvider.System.GetUtcNow();
            var payload = new Dictionary<string, object?>
            {
                ["iss"] = issuer,
                ["aud"] = audience,
                ["iat"] = (iat ?? now.AddSeconds(-1)).ToUnixTimeSeconds(),
                ["exp"] = (exp ?? now.AddMinutes(10)).ToUnixTimeSeconds(),
            };
            if (nbf is { } from)
            {
                payload["nbf"] = from.ToUnixTimeSeconds();
            }

            foreach (var (name, value) in claims ?? new() { ["sub"] = "ana" })
            {
                payload[name] = value;
            }

            var text = JsonSerializer.Serialize(payload.Where(claim => claim.Value is not null).ToDictionary(claim => claim.Key, claim => claim.Value));
            return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(text, credentials ?? new SigningCredentials(_key, _algorithm));
        }
    }

    /// <summary>An issuer's server for its keys, over TLS.</summary>
    private sealed class KeyServer : IAsyncDisposable
    {
        private readonly WebApplication _application;
        private readonly X509Certificate2 _certificate;
        private int _requests;

        private KeyServer(WebApplication application, X509Certificate2 certificate) => (_application, _certificate) = (application, certificate);

        /// <summary><see langword="null"/>: it fails.</summary>
        public IReadOnlyList<SigningKey>? Keys { get; set; }

        public int Requests => Volatile.Read(ref _requests);

        private TaskCompletionSource? Held { get; set; }

        private TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Lets whoever asks from now on wait until it is released.</summary>
        public TaskCompletionSource Hold() => Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Returns when somebody waits.</summary>
        public Task HeldAsync() => Asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        public string Url => string.Create(CultureInfo.InvariantCulture, $"https://localhost:{new Uri(_application.Urls.First()).Port}/keys");

        public static async Task<KeyServer> StartAsync()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            using var made = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
            var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
            var application = builder.Build();
            var server = new KeyServer(application, certificate);
            application.MapGet("/keys", async () =>
            {
                Interlocked.Increment(ref server._requests);
                if (server.Held is { } held)
                {
                    server.Asked.TrySetResult();
                    await held.Task;
                }

                return server.Keys is { } keys
                    ? Results.Text(new JsonObject { ["keys"] = new JsonArray([.. keys.Select(signing => signing.PublicKey())]) }.ToJsonString(), "application/json")
                    : Results.StatusCode(500);
            });
            await application.StartAsync(TestContext.Current.CancellationToken);
            return server;
        }

        public X509ChainPolicy Trust() => new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { _certificate },
            RevocationMode = X509RevocationMode.NoCheck,
        };

        public async ValueTask DisposeAsync()
        {
            await _application.DisposeAsync();
            _certificate.Dispose();
        }
    }
}
