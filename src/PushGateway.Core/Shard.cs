using System.IO.Hashing;
using System.Text;

namespace PushGateway.Core;

/// <summary>Which fixed share of all subscribers a subscriber belongs to: the unit that one dispatcher owns.</summary>
public static class Shard
{
    /// <summary>How many shards there are. Stored data depends on it: changing it needs a migration.</summary>
    public const int Count = 64;

    /// <returns>0 to <see cref="Count"/> - 1, the same on every machine and in every version.</returns>
    public static int Of(string subscriberId)
    {
        ArgumentNullException.ThrowIfNull(subscriberId);
        Span<byte> utf8 = stackalloc byte[Identifier.MaxLength * 3];
        var length = Encoding.UTF8.GetBytes(subscriberId, utf8);
        return (int)(XxHash3.HashToUInt64(utf8[..length]) % Count);
    }
}
