using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PushGateway.Server.Security;

/// <summary>The API key as its holder has it.</summary>
internal static class ApiKeySecret
{
    /// <summary>A key chosen by the operator has at least this many characters.</summary>
    public const int MinLength = 32;

    public const int MaxLength = 512;

    private const int RandomBytes = 32;

    /// <summary><c>pk_</c> and 32 random bytes in base64url.</summary>
    public static string Generate() => "pk_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
