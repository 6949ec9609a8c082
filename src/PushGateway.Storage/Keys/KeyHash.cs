using System.Runtime.InteropServices;

namespace PushGateway.Storage.Keys;

/// <summary>A SHA-256 as a dictionary key, so that looking a key up allocates nothing.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct KeyHash(ulong First, ulong Second, ulong Third, ulong Fourth)
{
    public const int Length = 32;

    public static bool TryRead(ReadOnlySpan<byte> hash, out KeyHash key)
    {
        key = default;
        if (hash.Length != Length)
        {
            return false;
        }

        key = MemoryMarshal.Read<KeyHash>(hash);
        return true;
    }

    /// <exception cref="ArgumentException">It has not 32 bytes.</exception>
    public static KeyHash Read(ReadOnlySpan<byte> hash) =>
        TryRead(hash, out var key) ? key : throw new ArgumentException($"A SHA-256 has {Length} bytes.", nameof(hash));
}
