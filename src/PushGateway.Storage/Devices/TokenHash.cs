using System.Security.Cryptography;
using System.Text;
using PushGateway.Core.Providers;

namespace PushGateway.Storage.Devices;

/// <summary>The first 16 bytes of SHA-256 over provider and token: what the index on tokens holds in place of up to 4,096 characters.</summary>
internal static class TokenHash
{
    public const int Length = 16;

    public static void Compute(ProviderKind provider, string token, Span<byte> hash)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        var size = 1 + Encoding.UTF8.GetMaxByteCount(token.Length);
        Span<byte> input = size <= 1_024 ? stackalloc byte[1_024] : new byte[size];
        input[0] = (byte)provider;
        var length = 1 + Encoding.UTF8.GetBytes(token, input[1..]);
        SHA256.HashData(input[..length], digest);
        digest[..Length].CopyTo(hash);
    }
}
