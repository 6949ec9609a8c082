using System.Text.Json.Nodes;
using PushGateway.Client;
using PushGateway.Client.Apps;
using PushGateway.Client.Devices;
using PushGateway.Simulator;

namespace PushGateway.FaultTests.Runs;

/// <summary>What an operator does before anything can be sent.</summary>
internal static class Provisioning
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The app with credentials for both providers; may be repeated.</summary>
    /// <param name="apnsAddress">The simulator's, or of a proxy before it.</param>
    /// <param name="fcmAddress">Likewise.</param>
    public static async Task SetUpAsync(PushGatewayClient client, string app, ProviderSimulator simulator, Uri apnsAddress, Uri fcmAddress)
    {
        await client.PutAppAsync(app, app, Cancelled);
        await client.App(app).PutApnsAsync(
            new ApnsCredentials
            {
                TeamId = simulator.Options.TeamId,
                KeyId = simulator.Options.KeyId,
                PrivateKey = simulator.ApnsPrivateKeyPem,
                BundleId = simulator.Options.BundleId,
                Environment = "production",
                Endpoint = apnsAddress.GetLeftPart(UriPartial.Authority),
                TrustedCertificates = simulator.TrustedCertificatePem,
            },
            Cancelled);
        await client.App(app).PutFcmAsync(
            new FcmCredentials
            {
                ServiceAccount = JsonNode.Parse(simulator.ServiceAccountJson)!.AsObject(),
                Endpoint = fcmAddress.GetLeftPart(UriPartial.Authority),
                TrustedCertificates = simulator.TrustedCertificatePem,
            },
            Cancelled);
    }

    public static async Task<ImportSummary> ImportAsync(PushGatewayAppClient app, byte[] ndjson)
    {
        using var stream = new MemoryStream(ndjson);
        return await app.ImportAsync(stream, ImportFormat.Ndjson, Cancelled);
    }
}
