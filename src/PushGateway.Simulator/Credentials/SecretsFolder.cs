using System.Security.Cryptography;

namespace PushGateway.Simulator.Credentials;

/// <summary>Keeps <see cref="SimulatorSecrets"/> as PEM files between runs.</summary>
internal sealed class SecretsFolder(string path)
{
    private readonly string _apnsKey = Path.Combine(path, "apns-key.p8");
    private readonly string _serviceAccountKey = Path.Combine(path, "service-account-key.pem");
    private readonly string _authority = Path.Combine(path, "authority.pem");
    private readonly string _server = Path.Combine(path, "server.pem");

    /// <summary>Reads what is there, makes what is missing, and makes the certificates anew when they are about to expire.</summary>
    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    /// <exception cref="CryptographicException">A file is damaged; deleting it makes a new one.</exception>
    public SimulatorSecrets ReadOrCreate(SimulatorOptions options)
    {
        Directory.CreateDirectory(path);
        return new SimulatorSecrets
        {
            ApnsKey = ReadOrCreateKey(_apnsKey, () => ECDsa.Create(ECCurve.NamedCurves.nistP256), ECDsa.Create),
            ServiceAccountKey = ReadOrCreateKey(_serviceAccountKey, () => RSA.Create(2048), RSA.Create),
            Certificates = ReadOrCreateCertificates(options),
        };
    }

    private static TKey ReadOrCreateKey<TKey>(string file, Func<TKey> create, Func<TKey> empty)
        where TKey : AsymmetricAlgorithm
    {
        if (File.Exists(file))
        {
            var kept = empty();
            kept.ImportFromPem(File.ReadAllText(file));
            return kept;
        }

        var key = create();
        WritePrivate(file, key.ExportPkcs8PrivateKeyPem());
        return key;
    }

    private CertificateSet ReadOrCreateCertificates(SimulatorOptions options)
    {
        var now = TimeProvider.System.GetUtcNow();
        if (File.Exists(_authority) && File.Exists(_server))
        {
            var kept = CertificateSet.Read(File.ReadAllText(_authority), File.ReadAllText(_server));
            if (kept.IsValidAt(now))
            {
                return kept;
            }

            kept.Dispose();
        }

        var created = CertificateSet.Create(options.Address, now);
        File.WriteAllText(_authority, created.AuthorityPem);
        WritePrivate(_server, created.ServerPem());
        return created;
    }

    private static void WritePrivate(string file, string pem)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(file, options);
        writer.Write(pem);
    }
}
