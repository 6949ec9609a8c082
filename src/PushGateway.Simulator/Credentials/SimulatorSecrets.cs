using System.Security.Cryptography;

namespace PushGateway.Simulator.Credentials;

/// <summary>The private keys a gateway is given, and the certificates it meets.</summary>
internal sealed class SimulatorSecrets : IDisposable
{
    public required ECDsa ApnsKey { get; init; }

    public required RSA ServiceAccountKey { get; init; }

    public required CertificateSet Certificates { get; init; }

    public static SimulatorSecrets Create(SimulatorOptions options) => new()
    {
        ApnsKey = ECDsa.Create(ECCurve.NamedCurves.nistP256),
        ServiceAccountKey = RSA.Create(2048),
        Certificates = CertificateSet.Create(options.Address, TimeProvider.System.GetUtcNow()),
    };

    public void Dispose()
    {
        ApnsKey.Dispose();
        ServiceAccountKey.Dispose();
        Certificates.Dispose();
    }
}
