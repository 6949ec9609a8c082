using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PushGateway.Simulator.Tests;

/// <summary>Makes JWTs, right ones and wrong ones.</summary>
internal static class ProviderTokens
{
    public static string Es256(string privateKeyPem, string keyId, string teamId, DateTimeOffset issuedAt) =>
        Es256(privateKeyPem, $$"""{"alg":"ES256","kid":"{{keyId}}"}""", $$"""{"iss":"{{teamId}}","iat":{{issuedAt.ToUnixTimeSeconds()}}}""");

    public static string Es256(string privateKeyPem, string header, string claims)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(privateKeyPem);
        var signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    public static string Rs256(string privateKeyPem, string header, string claims)
    {
        using var key = RSA.Create();
        key.ImportFromPem(privateKeyPem);
        var signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
