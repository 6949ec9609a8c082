using System.Net;
using System.Text;

namespace PushGateway.Simulator.Tests;

/// <summary>Sends pushes to the simulated APNs; every part can be spoilt.</summary>
public sealed class ApnsTestClient : IDisposable
{
    public const string Token = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
    public const string Payload = """{"aps":{"alert":{"title":"T","body":"B"}}}""";

    private readonly ProviderSimulator _simulator;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;

    public ApnsTestClient(ProviderSimulator simulator, TimeProvider clock)
    {
        _simulator = simulator;
        _clock = clock;
        _http = TrustingHttpClient.Create(simulator.TrustedCertificatePem, simulator.ApnsEndpoint);
        Jwt = Sign(clock.GetUtcNow());
    }

    /// <summary>The provider token sent, until it is changed.</summary>
    public string Jwt { get; set; }

    public string Sign(DateTimeOffset issuedAt) => ProviderTokens.Es256(_simulator.ApnsPrivateKeyPem, _simulator.Options.KeyId, _simulator.Options.TeamId, issuedAt);

    public void Renew() => Jwt = Sign(_clock.GetUtcNow());

    /// <summary>A second client of the same simulator, so a second connection.</summary>
    public ApnsTestClient Another() => new(_simulator, _clock);

    /// <summary>Posts a push. Headers are added to the usual ones or take their place; a null value takes the usual one away.</summary>
    public Task<Answer> PushAsync(string token = Token, string? payload = Payload, HttpMethod? method = null, params (string Name, string? Value)[] headers) =>
        RequestAsync($"/3/device/{token}", payload, method, headers);

    public async Task<Answer> RequestAsync(string path, string? payload = Payload, HttpMethod? method = null, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var all = new Dictionary<string, string?>
        {
            ["authorization"] = $"bearer {Jwt}",
            ["apns-topic"] = _simulator.Options.BundleId,
            ["apns-push-type"] = "alert",
        };
        foreach (var (name, value) in headers)
        {
            all[name] = value;
        }

        foreach (var (name, value) in all.Where(header => header.Value is not null))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (payload is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(payload));
        }

        return await Answer.ReadAsync(await _http.SendAsync(request, TestContext.Current.CancellationToken));
    }

    public void Dispose() => _http.Dispose();
}
