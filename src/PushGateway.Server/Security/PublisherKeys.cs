using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.IdentityModel.Tokens;
using PushGateway.Core.Apps;
using PushGateway.Core.Outbound;

namespace PushGateway.Server.Security;

/// <summary>The public keys with which publishers sign their subscribers' tokens: given with an app's identity, or fetched from where it says.</summary>
/// <remarks>
/// Fetched keys are kept for <see cref="s_freshFor"/>, and fetched again before when a token names one that is not among them; never more often than every <see cref="s_minInterval"/>, so that
/// tokens with made-up names of keys cost the issuer nothing. When they cannot be fetched those known before are good for <see cref="s_usableFor"/>. Fetched over https, from where
/// <see cref="OutboundPolicy"/> allows, without following redirects.
/// </remarks>
internal sealed class PublisherKeys : IDisposable
{
    private const int MaxAnswerBytes = 256 * 1024;

    private static readonly TimeSpan s_freshFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_usableFor = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_minInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<int, Entry> _entries = new();
    private readonly IAppStore _apps;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<PublisherKeys> _logger;
    private readonly HttpClient _http;

    public PublisherKeys(OutboundPolicy outbound, IAppStore apps, TimeProvider timeProvider, ILogger<PublisherKeys> logger)
    {
        (_apps, _timeProvider, _logger) = (apps, timeProvider, logger);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = outbound.ConnectAsync,
            ConnectTimeout = s_timeout,
            MaxResponseHeadersLength = 16,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            SslOptions = Tls,
            UseCookies = false,
            UseProxy = false,
        })
        {
            MaxResponseContentBufferSize = MaxAnswerBytes,
            Timeout = s_timeout,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("PushGateway", "1"));
        apps.Changed += OnChanged;
    }

    /// <summary>How the issuer's server is known; to be changed before the first use, by tests whose servers no authority vouches for.</summary>
    internal SslClientAuthenticationOptions Tls { get; } = new();

    /// <param name="kid">The name of the key, as the token says; <see langword="null"/> when it says none: then each may be it.</param>
    /// <returns>Those that may have signed; none when there is no such key; <see langword="null"/> when there are no keys to look among.</returns>
    public async ValueTask<IReadOnlyList<SecurityKey>?> FindAsync(App app, AppIdentity identity, string? kid, CancellationToken cancellationToken)
    {
        var entry = _entries.AddOrUpdate(
            app.Key, static (_, identity) => new Entry(identity), static (_, known, identity) => known.Identity.Version == identity.Version ? known : new Entry(identity), identity);
        if (identity.KeysUrl is not { } url)
        {
            return Named(entry.Keys ?? [], kid);
        }

        var now = _timeProvider.GetUtcNow();
        if (entry.Keys is { } keys && now - entry.FetchedAt < s_freshFor && Named(keys, kid) is { Count: > 0 } named)
        {
            return named;
        }

        await entry.Gate.WaitAsync(cancellationToken);
        try
        {
            now = _timeProvider.GetUtcNow();
            var isWanted = entry.Keys is null || now - entry.FetchedAt >= s_freshFor || Named(entry.Keys, kid).Count == 0;
            if (isWanted && (entry.TriedAt is not { } tried || now - tried >= s_minInterval || tried > now))
            {
                entry.TriedAt = now;
                await FetchAsync(app, entry, url);
            }
        }
        finally
        {
            entry.Gate.Release();
        }

        return entry.Keys is { } known && now - entry.FetchedAt < s_usableFor ? Named(known, kid) : null;
    }

    public void Dispose()
    {
        _apps.Changed -= OnChanged;
        _http.Dispose();
    }

    /// <summary>The keys of a set that can be used here.</summary>
    /// <returns><see langword="null"/> when it is no set of keys.</returns>
    public static IReadOnlyList<SecurityKey>? Parse(string json)
    {
        try
        {
            return [.. new JsonWebKeySet(json).Keys.Where(IsUsable).Take(100)];
        }
        catch (Exception problem) when (problem is ArgumentException or System.Text.Json.JsonException or FormatException)
        {
            return null;
        }
    }

    // Not for the caller: who gives up must not leave the others waiting for another try.
    private async Task FetchAsync(App app, Entry entry, Uri url)
    {
        try
        {
            using var response = await _http.GetAsync(url, CancellationToken.None);
            if (!response.IsSuccessStatusCode)
            {
                ServerLog.IdentityKeysNotFetched(_logger, app.Id, $"It answered {(int)response.StatusCode}.");
            }
            else if (Parse(await response.Content.ReadAsStringAsync(CancellationToken.None)) is { Count: > 0 } keys)
            {
                (entry.Keys, entry.FetchedAt) = (keys, _timeProvider.GetUtcNow());
            }
            else
            {
                ServerLog.IdentityKeysNotFetched(_logger, app.Id, "It answered with no JSON Web Key Set that has a key for RS256 or ES256.");
            }
        }
        catch (Exception problem) when (problem is HttpRequestException or OperationCanceledException or SocketException or IOException or InvalidOperationException)
        {
            ServerLog.IdentityKeysNotFetched(_logger, app.Id, problem is OperationCanceledException ? "It did not answer in time." : problem.Message);
        }
    }

    // The name "none", a shared secret or a short key is nobody's signature.
    private static bool IsUsable(JsonWebKey key) =>
        !key.HasPrivateKey && (string.IsNullOrEmpty(key.Use) || key.Use == JsonWebKeyUseNames.Sig) &&
        ((key.Kty == JsonWebAlgorithmsKeyTypes.RSA && key.KeySize >= 2048) || (key.Kty == JsonWebAlgorithmsKeyTypes.EllipticCurve && key.Crv == JsonWebKeyECTypes.P256));

    private static List<SecurityKey> Named(IReadOnlyList<SecurityKey> keys, string? kid) =>
        [.. keys.Where(key => kid is null || string.Equals(key.KeyId, kid, StringComparison.Ordinal))];

    private void OnChanged(int appKey)
    {
        if (_apps.Find(appKey)?.Identity is null)
        {
            _entries.TryRemove(appKey, out _);
        }
    }

    private sealed class Entry(AppIdentity identity)
    {
        public AppIdentity Identity => identity;

        public SemaphoreSlim Gate { get; } = new(1);

        public volatile IReadOnlyList<SecurityKey>? Keys = identity.Keys is { } given ? Parse(given) : null;

        public DateTimeOffset FetchedAt { get; set; }

        public DateTimeOffset? TriedAt { get; set; }
    }
}
