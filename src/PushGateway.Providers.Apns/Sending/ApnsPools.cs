using PushGateway.Core.Outbound;
using PushGateway.Core.Providers;
using PushGateway.Http2;
using PushGateway.Providers.Apns.ProviderTokens;

namespace PushGateway.Providers.Apns.Sending;

/// <summary>One pool of connections per key and endpoint, however many apps send with it. Safe for concurrent use.</summary>
/// <remarks>
/// APNs ties a connection to the team and key of its first notification, so nothing but the key and the endpoint may decide which
/// pool is used. With the last user the connections are closed, as Apple asks for when a key is revoked.
/// </remarks>
internal sealed class ApnsPools(IPostPoolFactory factory, ApnsOptions options, OutboundPolicy outbound)
{
    private static readonly Uri s_production = new("https://api.push.apple.com");
    private static readonly Uri s_sandbox = new("https://api.sandbox.push.apple.com");

    private readonly Lock _lock = new();
    private readonly Dictionary<PoolKey, Entry> _entries = [];

    public static Uri EndpointOf(ApnsCredential credential) =>
        credential.Endpoint ?? (credential.Environment == DeviceEnvironment.Sandbox ? s_sandbox : s_production);

    /// <summary>A pool of the caller's own, for the check of a credential.</summary>
    public IPostConnectionPool CreateSingle(ApnsCredential credential) => factory.Create(Describe(credential) with { Connections = 1, StreamsPerConnection = 1 });

    /// <summary>The pool for the credential; give it back with <see cref="ReturnAsync"/>.</summary>
    public IPostConnectionPool Rent(ApnsCredential credential)
    {
        var key = KeyOf(credential);
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                entry = new Entry(factory.Create(Describe(credential)));
                _entries.Add(key, entry);
            }

            entry.Users++;
            return entry.Pool;
        }
    }

    public ValueTask ReturnAsync(ApnsCredential credential)
    {
        var key = KeyOf(credential);
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry) || --entry.Users > 0)
            {
                return ValueTask.CompletedTask;
            }

            _entries.Remove(key);
            return entry.Pool.DisposeAsync();
        }
    }

    private static PoolKey KeyOf(ApnsCredential credential) =>
        new(ProviderTokenRegistry.Identify(credential), EndpointOf(credential), credential.TrustedCertificates ?? "");

    private PostPoolOptions Describe(ApnsCredential credential) => new()
    {
        Endpoint = EndpointOf(credential),
        AllowAddress = credential.Endpoint is { } chosen ? address => outbound.Allows(chosen.IdnHost, address) : null,
        TrustedCertificates = ApnsCredentialRules.ParseTrusted(credential),
        Connections = options.Connections,
        StreamsPerConnection = options.StreamsPerConnection,
        SingleStreamUntilAccepted = true,
        RequireAlpn = options.RequireAlpn,
        Proxy = PostProxy.Parse(options.Proxy),
        RequestTimeout = options.AttemptTimeout,
        ConnectTimeout = options.ConnectTimeout,
        PingDelay = options.PingDelay,
    };

    private sealed record PoolKey(KeyIdentity Key, Uri Endpoint, string TrustedCertificates);

    private sealed class Entry(IPostConnectionPool pool)
    {
        public IPostConnectionPool Pool => pool;

        public int Users { get; set; }
    }
}
