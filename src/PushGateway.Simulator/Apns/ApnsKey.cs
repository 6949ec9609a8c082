using System.Security.Cryptography;

namespace PushGateway.Simulator.Apns;

/// <summary>A key that may sign provider tokens.</summary>
internal sealed class ApnsKey(string teamId, string keyId, ECDsa key) : IDisposable
{
    private readonly Lock _lock = new();
    private bool _revoked;

    public string TeamId { get; } = teamId;

    public string KeyId { get; } = keyId;

    public bool Revoked
    {
        get => Volatile.Read(ref _revoked);
        set => Volatile.Write(ref _revoked, value);
    }

    public string PrivateKeyPem() => key.ExportPkcs8PrivateKeyPem();

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        // ECDsa promises nothing about concurrent use, and each token is verified once.
        lock (_lock)
        {
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256);
        }
    }

    public void Dispose() => key.Dispose();
}
