using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Outbound;
using PushGateway.Core.Providers;
using PushGateway.Http2;
using PushGateway.Providers.Apns;
using PushGateway.Providers.Fcm;

namespace PushGateway.Providers.Tests.Doubles;

/// <summary>Providers, credentials, events and batches as tests need them.</summary>
internal sealed class Rig : IDisposable
{
    public const string BundleId = "com.example.demo";
    public const string ProjectId = "demo-project";

    private static readonly string s_apnsKey = CreateKeyPem(ECDsa.Create(ECCurve.NamedCurves.nistP256));
    private static readonly string s_googleKey = CreateKeyPem(RSA.Create(2048));

    private readonly ILoggerFactory _loggerFactory;

    public Rig(TimeProvider? timeProvider = null)
    {
        Time = timeProvider ?? TimeProvider.System;
        _loggerFactory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log));
        Pools = new PostPoolFactory(_loggerFactory.CreateLogger<PostPoolFactory>(), Time);
    }

    public TimeProvider Time { get; }

    public LogRecorder Log { get; } = new();

    public PostPoolFactory Pools { get; }

    /// <summary>The test's servers are on this machine.</summary>
    public OutboundPolicy Outbound { get; set; } = new(new OutboundRules { AllowsLoopback = true }, TimeProvider.System);

    public ApnsOptions ApnsOptions { get; } = new() { Connections = 1, StreamsPerConnection = 16 };

    public FcmOptions FcmOptions { get; } = new() { Connections = 1, StreamsPerConnection = 16, TokenRetries = 0 };

    public static string ApnsKey => s_apnsKey;

    public ApnsProvider CreateApns() => new(Options.Create(ApnsOptions), Pools, Outbound, _loggerFactory.CreateLogger<ApnsProvider>(), Time);

    public FcmProvider CreateFcm() => new(Options.Create(FcmOptions), Pools, Outbound, _loggerFactory.CreateLogger<FcmProvider>(), Time);

    public static ApnsCredential CreateApnsCredential(Uri? endpoint = null) => new()
    {
        TeamId = "TEAM000001",
        KeyId = "KEY0000001",
        PrivateKey = s_apnsKey,
        BundleId = BundleId,
        Environment = DeviceEnvironment.Production,
        Endpoint = endpoint,
        TrustedCertificates = TestCertificates.AuthorityPem,
    };

    public static FcmCredential CreateFcmCredential(Uri? endpoint, Uri? tokenUri) =>
        FcmServiceAccount.ParseCredential(CreateKeyFile(tokenUri ?? new Uri("https://oauth2.example/token"))) with
        {
            Endpoint = endpoint,
            TrustedCertificates = TestCertificates.AuthorityPem,
        };

    public static JsonElement CreateKeyFile(Uri tokenUri) => JsonSerializer.SerializeToElement(new Dictionary<string, string>
    {
        ["type"] = "service_account",
        ["project_id"] = ProjectId,
        ["private_key_id"] = "0123456789abcdef",
        ["private_key"] = s_googleKey,
        ["client_email"] = "sender@demo-project.iam.example",
        ["token_uri"] = tokenUri.AbsoluteUri,
    });

    public static PushEvent CreateEvent(Func<PushEvent, PushEvent>? change = null)
    {
        var pushEvent = new PushEvent
        {
            Id = "01990d7e3f0a7c51b2c4000000000001",
            AppId = "demo",
            Type = "video.published",
            Audience = Audience.All,
            Notification = new NotificationContent { Title = "Title", Body = "Body" },
            CreatedAt = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000),
        };
        return change is null ? pushEvent : change(pushEvent);
    }

    /// <summary>A batch of one notification to each of the tokens.</summary>
    public PushBatch CreateBatch(IPushProvider provider, ProviderCredential? credential, params IReadOnlyList<string> tokens)
    {
        var pushEvent = CreateEvent(it => it with { CreatedAt = Time.GetUtcNow() });
        return CreateBatch(provider.Kind, provider.Render(credential, pushEvent, pushEvent.Notification), pushEvent.Expiration, tokens);
    }

    public PushBatch CreateBatch(ProviderKind provider, RenderedNotification notification, DateTimeOffset expiration, params IReadOnlyList<string> tokens)
    {
        var page = new AudiencePage(Math.Max(1, tokens.Count));
        var batch = new PushBatch(Time);
        foreach (var token in tokens)
        {
            page.Add(new AudienceRow { Provider = provider }, Encoding.UTF8.GetBytes(token));
        }

        batch.Reset(page, [notification], expiration);
        for (var row = 0; row < tokens.Count; row++)
        {
            batch.Add(row);
        }

        return batch;
    }

    public void Dispose()
    {
        _loggerFactory.Dispose();
        Log.Dispose();
    }

    private static string CreateKeyPem(AsymmetricAlgorithm key)
    {
        using (key)
        {
            return key.ExportPkcs8PrivateKeyPem();
        }
    }
}
