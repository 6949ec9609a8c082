using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace PushGateway.Simulator.Tests;

/// <summary>Gets access tokens and sends messages to the simulated FCM; every part can be spoilt.</summary>
public sealed class FcmTestClient : IDisposable
{
    public const string Token = "cxNFNBYbRzyfA1Lz:APA91bHqX0ExampleExampleExampleExampleExampleExampleExample";

    private readonly ProviderSimulator _simulator;
    private readonly TimeProvider _clock;
    private readonly HttpClient _fcm;
    private readonly HttpClient _oauth;

    public FcmTestClient(ProviderSimulator simulator, TimeProvider clock)
    {
        _simulator = simulator;
        _clock = clock;
        _fcm = TrustingHttpClient.Create(simulator.TrustedCertificatePem, simulator.FcmEndpoint);
        _oauth = TrustingHttpClient.Create(simulator.TrustedCertificatePem, simulator.TokenUri);
        var keyFile = JsonDocument.Parse(simulator.ServiceAccountJson).RootElement;
        PrivateKey = keyFile.GetProperty("private_key").GetString()!;
        KeyId = keyFile.GetProperty("private_key_id").GetString()!;
        ClientEmail = keyFile.GetProperty("client_email").GetString()!;
    }

    public string PrivateKey { get; }

    public string KeyId { get; }

    public string ClientEmail { get; }

    public string? AccessToken { get; set; }

    public string Assertion(string? scope = "https://www.googleapis.com/auth/firebase.messaging", TimeSpan? issued = null, TimeSpan? life = null, string? audience = null, string? issuer = null)
    {
        var issuedAt = _clock.GetUtcNow() + (issued ?? TimeSpan.Zero);
        var claims = JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["iss"] = issuer ?? ClientEmail,
            ["scope"] = scope,
            ["aud"] = audience ?? _simulator.TokenUri.ToString(),
            ["iat"] = issuedAt.ToUnixTimeSeconds(),
            ["exp"] = (issuedAt + (life ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds(),
        });
        return ProviderTokens.Rs256(PrivateKey, $$"""{"alg":"RS256","typ":"JWT","kid":"{{KeyId}}"}""", claims);
    }

    public async Task<Answer> GrantAsync(string? assertion = null, string grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer")
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = grantType, ["assertion"] = assertion ?? Assertion() });
        return await Answer.ReadAsync(await _oauth.PostAsync(_simulator.TokenUri, form, TestContext.Current.CancellationToken));
    }

    /// <summary>Gets an access token and uses it from now on.</summary>
    public async Task AuthorizeAsync() => AccessToken = (await GrantAsync()).Json.GetProperty("access_token").GetString();

    public Task<Answer> PushAsync(string token = Token) => SendAsync(MessageTo(token));

    /// <summary>A small valid request to one device.</summary>
    public static string MessageTo(string token) => $$"""{"message":{"notification":{"title":"T"},"token":"{{token}}"} }""";

    /// <summary>Posts a body as it is, with the access token (fetched first if there is none).</summary>
    public async Task<Answer> SendAsync(string body, string? project = null, string? path = null, string? authorization = null)
    {
        if (AccessToken is null && authorization is null)
        {
            await AuthorizeAsync();
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, path ?? $"/v1/projects/{project ?? _simulator.Options.ProjectId}/messages:send") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var header = authorization ?? $"Bearer {AccessToken}";
        if (header.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("authorization", header);
        }

        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return await Answer.ReadAsync(await _fcm.SendAsync(request, TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        _fcm.Dispose();
        _oauth.Dispose();
    }
}
