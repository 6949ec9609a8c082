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
/// Fetched keys are fresh for <see cref="s_freshFor"/>, and fetched again beside the requests from <see cref="s_refreshAfter"/> on, or before when a token names one that is not among them; never
/// more often than every <see cref="s_minInterval"/>, so that tokens with made-up names of keys cost the issuer nothing. While they cannot be fetched those known before are good for
/// <see cref="s_usableFor"/>, and nobody waits for the tries. Fetched over https, from where <see cref="OutboundPolicy"/> allows, without following redirects.
/// </remarks>
internal sealed class PublisherKeys : IDisposable
{
    private const int MaxAnswerBytes = 256 * 1024;

    private static readonly TimeSpan s_refreshAfter = TimeSpan.FromMinutes(30);
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
    /// <param name="isRefused">Whether those known before are not it.</param>
    /// <returns>
    /// Those that may have signed; none when the issuer has no such key; <see langword="null"/> when that cannot be told now, since its keys cannot be fetched, or not so soon again.
    /// </returns>
    public async ValueTask<IReadOnlyList<SecurityKey>?> FindAsync(App app, AppIdentity identity, string? kid, bool isRefused, CancellationToken cancellationToken)
    {
        var entry = _entries.AddOrUpdate(
            app.Key, static (_, identity) => new Entry(identity), static (_, known, identity) => known.Identity.Version == identity.Version ? known : new Entry(identity), identity);
        if (identity.KeysUrl is not { } url)
        {
            return Named(entry.Given, kid);
        }

        var now = _timeProvider.GetUtcNow();
        var known = entry.Fetched;
        var age = now - (known?.At ?? DateTimeOffset.MinValue);
        var named = known is null || age >= s_usableFor ? [] : Named(known.Keys, kid);
        if (named.Count > 0 && !isRefused && age < s_refreshAfter)
        {
            return named;
        }

        var fetching = entry.Begin(now, () => FetchAsync(app, entry, url));
        if (named.Count > 0 && !isRefused)
        {
            if (fetching is null || age < s_freshFor || entry.HasFailed)
            {
                return named;
            }

            return await fetching.WaitAsync(cancellationToken) ? Named(entry.Fetched!.Keys, kid) : named;
        }

        return fetching is not null && await fetching.WaitAsync(cancellationToken) ? Named(entry.Fetched!.Keys, kid) : null;
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
    private async Task<bool> FetchAsync(App app, Entry entry, Uri url)
    {
        var problem = await TryFetchAsync(entry, url);
        entry.HasFailed = problem is not null;
        if (problem is not null)
        {
            ServerLog.IdentityKeysNotFetched(_logger, app.Id, problem);
        }

        return problem is null;
    }

    /// <returns>Why there are none.</returns>
    private async Task<string?> TryFetchAsync(Entry entry, Uri url)
    {
        try
        {
            using var response = await _http.GetAsync(url, CancellationToken.None);
            if (!response.IsSuccessStatusCode)
            {
                return $"It answered {(int)response.StatusCode}.";
            }

            if (Parse(await response.Content.ReadAsStringAsync(CancellationToken.None)) is not { Count: > 0 } keys)
            {
                return "It answered with no JSON Web Key Set that has a key for RS256 or ES256.";
            }

            entry.Fetched = new FetchedKeys(keys, _timeProvider.GetUtcNow());
            return null;
        }
        catch (Exception problem) when (problem is HttpRequestException or OperationCanceledException or SocketException or IOException or InvalidOperationException)
        {
            return problem is OperationCanceledException ? "It did not answer in time." : problem.Message;
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
        private readonly Lock _gate = new();
        private Task<bool>? _fetching;
        private DateTimeOffset? _triedAt;

        public AppIdentity Identity => identity;

        public IReadOnlyList<SecurityKey> Given { get; } = (identity.Keys is { } given ? Parse(given) : null) ?? [];

        public volatile FetchedKeys? Fetched;

        /// <summary>Whether the last try was in vain.</summary>
        public volatile bool HasFailed;

        /// <summary>Has the keys fetched, once for all who want them.</summary>
        /// <returns>Whether it worked; <see langword="null"/> when it is too soon for another try.</returns>
        public Task<bool>? Begin(DateTimeOffset now, Func<Task<bool>> fetch)
        {
            lock (_gate)
            {
                if (_fetching is { IsCompleted: false })
                {
                    return _fetching;
                }

                if (_triedAt is { } tried && now - tried < s_minInterval && tried <= now)
                {
                    return null;
                }

                _triedAt = now;
                return _fetching = Task.Run(fetch);
            }
        }
    }

    private sealed record FetchedKeys(IReadOnlyList<SecurityKey> Keys, DateTimeOffset At);
}
