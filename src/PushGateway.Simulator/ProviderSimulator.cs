using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using PushGateway.Simulator.Apns;
using PushGateway.Simulator.Control;
using PushGateway.Simulator.Credentials;
using PushGateway.Simulator.Fcm;
using PushGateway.Simulator.Hosting;
using PushGateway.Simulator.OAuth;

namespace PushGateway.Simulator;

/// <summary>
/// APNs, FCM HTTP v1 and Google's token endpoint on this machine, over real TLS and HTTP/2. Validates as the real ones do, fails when told to, counts what it accepted.
/// Nothing it accepts goes anywhere.
/// </summary>
public sealed class ProviderSimulator : IAsyncDisposable
{
    private readonly SimulatorSecrets _secrets;
    private readonly CancellationTokenSource _stopping;
    private readonly List<SimulatorListener> _listeners = [];
    private bool _disposed;

    private ProviderSimulator(SimulatorOptions options, SimulatorSecrets secrets, TimeProvider timeProvider)
    {
        _secrets = secrets;
        _stopping = new CancellationTokenSource();
        Options = options;
        Core = new SimulatorCore(options, timeProvider, _stopping.Token);
    }

    /// <summary>What it was started with.</summary>
    public SimulatorOptions Options { get; }

    /// <summary>Where APNs listens; https, HTTP/2 only.</summary>
    public Uri ApnsEndpoint { get; private set; } = null!;

    /// <summary>Where FCM listens; https, HTTP/2 and HTTP/1.1.</summary>
    public Uri FcmEndpoint { get; private set; } = null!;

    /// <summary>The token endpoint, with its path; https, HTTP/2 and HTTP/1.1.</summary>
    public Uri TokenUri { get; private set; } = null!;

    /// <summary>Where the control endpoint listens; plain http.</summary>
    public Uri ControlEndpoint { get; private set; } = null!;

    /// <summary>The certificate authority to trust, PEM. Valid for nothing but this simulator: its key no longer exists.</summary>
    public string TrustedCertificatePem => _secrets.Certificates.AuthorityPem;

    /// <summary>The APNs key, as the <c>.p8</c> file Apple hands out (PKCS#8 PEM, EC P-256).</summary>
    public string ApnsPrivateKeyPem => _secrets.ApnsKey.ExportPkcs8PrivateKeyPem();

    /// <summary>The service account's key file; its <c>token_uri</c> is <see cref="TokenUri"/>.</summary>
    public string ServiceAccountJson { get; private set; } = null!;

    /// <summary>Rules, counters, credentials.</summary>
    public SimulatorControl Control { get; private set; } = null!;

    private SimulatorCore Core { get; }

    /// <summary>Starts all four listeners.</summary>
    /// <param name="options">Ports, identities, limits.</param>
    /// <param name="timeProvider">Judges the age of tokens and measures delays and windows; the system's by default. Certificates are dated by real time regardless.</param>
    /// <param name="ct">Gives up starting.</param>
    /// <exception cref="IOException">A port is taken, or the state directory cannot be used.</exception>
    public static async Task<ProviderSimulator> StartAsync(SimulatorOptions options, TimeProvider? timeProvider = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var secrets = options.StateDirectory is { } folder ? new SecretsFolder(folder).ReadOrCreate(options) : SimulatorSecrets.Create(options);
        var simulator = new ProviderSimulator(options, secrets, timeProvider ?? TimeProvider.System);
        try
        {
            await simulator.ListenAsync(ct);
            return simulator;
        }
        catch
        {
            await simulator.DisposeAsync();
            throw;
        }
    }

    /// <summary>Cuts all connections off and frees the ports. Requests still waiting for an answer get none.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stopping.CancelAsync();
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync();
        }

        _listeners.Clear();
        _stopping.Dispose();
        _secrets.Dispose();
    }

    private async Task ListenAsync(CancellationToken ct)
    {
        var keys = new ProviderTokenVerifier();
        keys.Add(new ApnsKey(Options.TeamId, Options.KeyId, _secrets.ApnsKey));
        var apns = new ApnsEndpoint(Options, new ApnsValidator(Options, keys, Core.TimeProvider), Core);
        ApnsEndpoint = await ListenAsync(
            Listener(Options.ApnsPort, HttpProtocols.Http2) with { MaxStreams = Options.ApnsMaxStreams, AsksForClientCertificate = true }, Core.Scoreboard.Apns, apns.HandleAsync, ct);

        var account = new ServiceAccount(Options.ProjectId, _secrets.ServiceAccountKey);
        var accessTokens = new AccessTokenStore(Core.TimeProvider, Options.AccessTokenLifetime);
        var assertions = new AssertionVerifier(account, Core.TimeProvider);
        var tokens = new TokenEndpoint(account, assertions, accessTokens, Core);
        var tokenHost = await ListenAsync(Listener(Options.OAuthPort, HttpProtocols.Http1AndHttp2), Core.Scoreboard.OAuth, tokens.HandleAsync, ct);
        TokenUri = new Uri(tokenHost, TokenEndpoint.Path);
        assertions.Audience = TokenUri.ToString();
        ServiceAccountJson = account.KeyFileJson(TokenUri);

        var project = new FcmProject(Options.ProjectId);
        var fcm = new FcmEndpoint(Options, project, accessTokens, Core);
        FcmEndpoint = await ListenAsync(
            Listener(Options.FcmPort, HttpProtocols.Http1AndHttp2) with { MaxStreams = Options.FcmMaxStreams }, Core.Scoreboard.Fcm, fcm.HandleAsync, ct);

        Control = new SimulatorControl(Core, keys, account, accessTokens, project) { Credentials = DescribeCredentials() };
        ControlEndpoint = await ListenAsync(
            Listener(Options.ControlPort, HttpProtocols.Http1) with { Certificate = null }, new ConnectionRegistry(), new ControlEndpoint(Control).HandleAsync, ct);
    }

    private async Task<Uri> ListenAsync(ListenerOptions listenerOptions, ConnectionRegistry connections, RequestDelegate handler, CancellationToken ct)
    {
        var listener = await SimulatorListener.StartAsync(listenerOptions, connections, handler, ct);
        _listeners.Add(listener);
        return listener.Endpoint;
    }

    private ListenerOptions Listener(int port, HttpProtocols protocols) =>
        new() { Address = Options.Address, Port = port, Protocols = protocols, Certificate = _secrets.Certificates.Server };

    private SimulatorCredentials DescribeCredentials()
    {
        using var serviceAccount = JsonDocument.Parse(ServiceAccountJson);
        return new SimulatorCredentials
        {
            Apns = new SimulatorCredentials.ApnsCredentials
            {
                TeamId = Options.TeamId,
                KeyId = Options.KeyId,
                PrivateKey = ApnsPrivateKeyPem,
                BundleId = Options.BundleId,
                Environment = Options.Sandbox ? "sandbox" : "production",
                Endpoint = ApnsEndpoint,
                TrustedCertificates = TrustedCertificatePem,
            },
            Fcm = new SimulatorCredentials.FcmCredentials
            {
                ServiceAccount = serviceAccount.RootElement.Clone(),
                Endpoint = FcmEndpoint,
                TrustedCertificates = TrustedCertificatePem,
            },
        };
    }
}
