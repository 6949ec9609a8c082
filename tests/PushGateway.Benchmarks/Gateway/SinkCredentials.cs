using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PushGateway.Benchmarks.Sink;
using PushGateway.Client;
using PushGateway.Client.Apps;

namespace PushGateway.Benchmarks.Gateway;

/// <summary>Credentials that send an app's notifications to a sink. The keys are new ones: the sink asks for no proof.</summary>
internal static class SinkCredentials
{
    /// <summary>The most there is: high enough that no broadcast is held back by the quota Google gives a project.</summary>
    private const int MessagesPerMinute = 100_000_000;

    public static async Task PutApnsAsync(PushGatewayAppClient app, SinkAddress sink, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await app.PutApnsAsync(
            new ApnsCredentials
            {
                TeamId = "BENCHTEAM1",
                KeyId = "BENCHKEY01",
                PrivateKey = key.ExportPkcs8PrivateKeyPem(),
                BundleId = "com.example.bench",
                Environment = "production",
                Endpoint = Origin(sink.Endpoint),
                TrustedCertificates = sink.Certificate,
            },
            cancellationToken);
    }

    public static async Task PutFcmAsync(PushGatewayAppClient app, SinkAddress sink, CancellationToken cancellationToken)
    {
        using var key = RSA.Create(2048);
        await app.PutFcmAsync(
            new FcmCredentials
            {
                ServiceAccount = new JsonObject
                {
                    ["type"] = "service_account",
                    ["project_id"] = "bench-project",
                    ["private_key_id"] = "0123456789abcdef0123456789abcdef01234567",
                    ["private_key"] = key.ExportPkcs8PrivateKeyPem(),
                    ["client_email"] = "bench@bench-project.iam.gserviceaccount.com",
                    ["token_uri"] = sink.TokenUri?.ToString(),
                },
                Endpoint = Origin(sink.Endpoint),
                TrustedCertificates = sink.Certificate,
                MessagesPerMinute = MessagesPerMinute,
            },
            cancellationToken);
    }

    private static string Origin(Uri endpoint) => endpoint.GetLeftPart(UriPartial.Authority);
}
