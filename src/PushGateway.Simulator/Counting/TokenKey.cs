using System.Numerics;
using System.Runtime.InteropServices;

namespace PushGateway.Simulator.Counting;

/// <summary>A 64-bit fingerprint of a provider and a device token. Never zero. Two of a million tokens share one with a chance of about 1 in 37 million.</summary>
internal readonly record struct TokenKey(ulong Value)
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    /// <summary>APNs tokens are hex, so letter case is ignored for them.</summary>
    public static TokenKey Of(SimulatedProvider provider, ReadOnlySpan<char> token)
    {
        // Bit 0x20 is set in every digit and lower-case letter: or-ing it on folds hex to one case, four characters at a time.
        var fold = provider == SimulatedProvider.Apns ? 0x0020_0020_0020_0020UL : 0UL;
        var hash = Mix((ulong)provider + 1, (ulong)token.Length);
        var words = MemoryMarshal.Cast<char, ulong>(token);
        foreach (var word in words)
        {
            hash = Mix(hash, word | fold);
        }

        foreach (var character in token[(words.Length * 4)..])
        {
            hash = Mix(hash, character | (fold & 0xFFFF));
        }

        return new TokenKey(hash == 0 ? 1 : hash);
    }

    private static ulong Mix(ulong hash, ulong word)
    {
        var mixed = (BitOperations.RotateLeft(hash, 23) ^ word) * Multiplier;
        mixed ^= mixed >> 29;
        mixed *= 0xBF58476D1CE4E5B9;
        return mixed ^ (mixed >> 32);
    }
}
