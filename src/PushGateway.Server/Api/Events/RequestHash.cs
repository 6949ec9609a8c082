using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PushGateway.Server.Json;

namespace PushGateway.Server.Api.Events;

/// <summary>SHA-256 of what a publisher asked for: the same for all spellings of the same JSON, and whichever way it was posted.</summary>
internal static class RequestHash
{
    /// <param name="body">An object.</param>
    /// <param name="type">The event's type, wherever it was given.</param>
    /// <param name="without">A member of the body that is not part of what was asked for.</param>
    public static byte[] Of(JsonElement body, string? type, string? without = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(CanonicalJson.Write(body, new ArrayBufferWriter<byte>(), without));
        hash.AppendData(Encoding.UTF8.GetBytes($"\n{type}"));
        return hash.GetHashAndReset();
    }
}
