using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace PushGateway.Simulator.OAuth;

/// <summary>The one service account that exists.</summary>
internal sealed class ServiceAccount(string projectId, RSA key)
{
    private readonly Lock _lock = new();
    private bool _revoked;

    public string ClientEmail { get; } = $"simulator@{projectId}.iam.gserviceaccount.com";

    /// <summary>Fingerprint of the public key, so that it is the same whenever the key is.</summary>
    public string KeyId { get; } = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 20));

    /// <summary>The key was deleted: its signatures count as wrong.</summary>
    public bool Revoked
    {
        get => Volatile.Read(ref _revoked);
        set => Volatile.Write(ref _revoked, value);
    }

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        lock (_lock)
        {
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
    }

    /// <summary>The key file as Google's console hands it out.</summary>
    public string KeyFileJson(Uri tokenUri) => new JsonObject
    {
        ["type"] = "service_account",
        ["project_id"] = projectId,
        ["private_key_id"] = KeyId,
        ["private_key"] = key.ExportPkcs8PrivateKeyPem() + "\n",
        ["client_email"] = ClientEmail,
        ["client_id"] = "100000000000000000001",
        ["auth_uri"] = new Uri(tokenUri, "/o/oauth2/auth").ToString(),
        ["token_uri"] = tokenUri.ToString(),
        ["auth_provider_x509_cert_url"] = new Uri(tokenUri, "/oauth2/v1/certs").ToString(),
        ["client_x509_cert_url"] = new Uri(tokenUri, $"/robot/v1/metadata/x509/{Uri.EscapeDataString(ClientEmail)}").ToString(),
        ["universe_domain"] = "googleapis.com",
    }.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
