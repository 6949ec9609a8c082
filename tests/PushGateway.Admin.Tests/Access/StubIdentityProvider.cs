using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PushGateway.Admin.SignIn;

namespace PushGateway.Admin.Tests.Access;

/// <summary>
/// An OpenID Connect provider over TLS with one user, who is signed in to it already: discovery, keys, authorization with PKCE, tokens, the user's information. It insists on
/// what the standards ask of a client, and can be told to answer falsely.
/// </summary>
internal sealed class StubIdentityProvider : IAsyncDisposable
{
    public const string ClientId = "dashboard";
    public const string ClientSecret = "the-secret-of-the-dashboard";

    private readonly RSA _key = RSA.Create(2048);
    private readonly RSA _otherKey = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;
    private readonly WebApplication _application;
    private readonly ConcurrentDictionary<string, Grant> _grants = new();
    private readonly ConcurrentQueue<string> _problems = new();

    private StubIdentityProvider(X509Certificate2 certificate, WebApplication application) => (_certificate, _application) = (certificate, application);

    public string Issuer => _application.Urls.Single();

    public string Subject { get; set; } = "subject-1";

    public string Name { get; set; } = "ada";

    public string[] Roles { get; set; } = ["something-else", "pushgateway-operator"];

    /// <summary>The roles are no part of the token.</summary>
    public bool RolesOnlyInUserInfo { get; set; }

    /// <summary>What is wrong with the token: nonce, audience, issuer, signature, expired, unsigned; or denied, when the user says no.</summary>
    public string? Lie { get; set; }

    /// <summary>What the gateway has done wrong as a client.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    public static async Task<StubIdentityProvider> StartAsync()
    {
        var certificate = TestCertificate.Create();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(
            System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var application = builder.Build();
        var provider = new StubIdentityProvider(certificate, application);
        application.MapGet("/.well-known/openid-configuration", provider.Describe);
        application.MapGet("/keys", provider.ShowKeys);
        application.MapGet("/authorize", provider.Authorize);
        application.MapPost("/token", provider.IssueAsync);
        application.MapGet("/userinfo", provider.ShowUser);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return provider;
    }

    /// <summary>Has a gateway sign its users in here.</summary>
    public void Configure(WebApplicationBuilder builder)
    {
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["PushGateway:Admin:OpenIdConnect:Authority"] = Issuer,
            ["PushGateway:Admin:OpenIdConnect:ClientId"] = ClientId,
            ["PushGateway:Admin:OpenIdConnect:ClientSecret"] = ClientSecret,
        });
        builder.Services.Configure<OpenIdConnectOptions>(AdminAccess.OpenIdScheme, openId => openId.BackchannelHttpHandler = TestCertificate.Trust(_certificate));
    }

    /// <summary>Where the browser is sent from the authorization page.</summary>
    public async Task<Uri> FollowAsync(Uri authorize)
    {
        using var browser = new HttpClient(TestCertificate.Trust(_certificate));
        using var answer = await browser.GetAsync(authorize, TestContext.Current.CancellationToken);
        Assert.True(
            answer.StatusCode == System.Net.HttpStatusCode.Redirect, $"{string.Join(", ", _problems)} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return answer.Headers.Location!;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _certificate.Dispose();
        _key.Dispose();
        _otherKey.Dispose();
    }

    private IResult Describe() => Results.Json(new JsonObject
    {
        ["issuer"] = Issuer,
        ["authorization_endpoint"] = $"{Issuer}/authorize",
        ["token_endpoint"] = $"{Issuer}/token",
        ["userinfo_endpoint"] = $"{Issuer}/userinfo",
        ["jwks_uri"] = $"{Issuer}/keys",
        ["response_types_supported"] = new JsonArray("code"),
        ["subject_types_supported"] = new JsonArray("public"),
        ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        ["code_challenge_methods_supported"] = new JsonArray("S256"),
    });

    private IResult ShowKeys()
    {
        var key = _key.ExportParameters(includePrivateParameters: false);
        return Results.Json(new JsonObject
        {
            ["keys"] = new JsonArray(new JsonObject
            {
                ["kty"] = "RSA",
                ["use"] = "sig",
                ["alg"] = "RS256",
                ["kid"] = "key-1",
                ["n"] = Base64Url.EncodeToString(key.Modulus),
                ["e"] = Base64Url.EncodeToString(key.Exponent),
            }),
        });
    }

    private IResult Authorize(HttpRequest request)
    {
        var query = request.Query;
        Expect(query["client_id"] == ClientId, "client_id");
        Expect(query["response_type"] == "code", "response_type");
        Expect(query["scope"].ToString().Split(' ').Contains("openid"), "scope");
        Expect(query["code_challenge_method"] == "S256" && query["code_challenge"].ToString().Length == 43, "code_challenge");
        Expect(query["nonce"].ToString().Length > 20, "nonce");
        Expect(query["state"].ToString().Length > 20, "state");
        var redirect = query["redirect_uri"].ToString();
        Expect(redirect.EndsWith("/admin/sign-in/openid/callback", StringComparison.Ordinal), "redirect_uri");
        var state = Uri.EscapeDataString(query["state"].ToString());
        if (Lie == "denied")
        {
            return Results.Redirect($"{redirect}?error=access_denied&state={state}");
        }

        var code = RandomNumberGenerator.GetHexString(32);
        _grants[code] = new Grant(redirect, query["code_challenge"].ToString(), query["nonce"].ToString());
        return Results.Redirect($"{redirect}?code={code}&state={state}");
    }

    private async Task<IResult> IssueAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
        if (!_grants.TryRemove(form["code"].ToString(), out var grant))
        {
            return Results.Json(new JsonObject { ["error"] = "invalid_grant" }, statusCode: 400);
        }

        Expect(form["grant_type"] == "authorization_code", "grant_type");
        Expect(form["client_id"] == ClientId && form["client_secret"] == ClientSecret, "client_secret");
        Expect(form["redirect_uri"] == grant.RedirectUri, "redirect_uri of the token request");
        var verifier = form["code_verifier"].ToString();
        if (Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))) != grant.Challenge)
        {
            _problems.Enqueue("code_verifier");
            return Results.Json(new JsonObject { ["error"] = "invalid_grant" }, statusCode: 400);
        }

        return Results.Json(new JsonObject
        {
            ["access_token"] = "an-access-token",
            ["token_type"] = "Bearer",
            ["expires_in"] = 300,
            ["id_token"] = Sign(grant.Nonce),
        });
    }

    private string Sign(string nonce)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var claims = new Dictionary<string, object>
        {
            ["sub"] = Subject,
            ["nonce"] = Lie == "nonce" ? "another-nonce" : nonce,
            ["preferred_username"] = Name,
        };
        if (!RolesOnlyInUserInfo)
        {
            claims["roles"] = Roles;
        }

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Lie == "issuer" ? "https://somebody.example" : Issuer,
            Audience = Lie == "audience" ? "another-client" : ClientId,
            IssuedAt = Lie == "expired" ? now.AddHours(-2) : now,
            Expires = Lie == "expired" ? now.AddHours(-1) : now.AddMinutes(5),
            Claims = claims,
            SigningCredentials = Lie == "unsigned" ? null : new SigningCredentials(
                new RsaSecurityKey(Lie == "signature" ? _otherKey : _key) { KeyId = "key-1", CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } },
                SecurityAlgorithms.RsaSha256),
        });
    }

    private IResult ShowUser(HttpRequest request)
    {
        Expect(request.Headers.Authorization == "Bearer an-access-token", "the user's information without the token");
        return Results.Json(new JsonObject { ["sub"] = Subject, ["preferred_username"] = Name, ["roles"] = new JsonArray([.. Roles.Select(role => JsonValue.Create(role))]) });
    }

    private void Expect(bool holds, string what)
    {
        if (!holds)
        {
            _problems.Enqueue(what);
        }
    }

    private sealed record Grant(string RedirectUri, string Challenge, string Nonce);
}
