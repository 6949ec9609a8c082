namespace PushGateway.Core.Events;

/// <summary>The rule for comparing versions of an app: numbers between dots, each compared as a number, missing ones as 0.</summary>
/// <remarks>2.10 comes after 2.9, and 2.1 is 2.1.0. Numbers may be of any length. Allocates nothing.</remarks>
public static class AppVersion
{
    /// <summary>The longest version a device may have.</summary>
    public const int MaxLength = 64;

    public const string Rule = "numbers with dots between them, such as 2.10 or 3.0.1, at most 64 characters";

    /// <param name="version">UTF-8.</param>
    /// <returns>Whether it can be compared: nothing but digits, with single dots between them.</returns>
    public static bool IsValid(ReadOnlySpan<byte> version)
    {
        if (version.Length is 0 or > MaxLength)
        {
            return false;
        }

        var previous = (byte)'.';
        foreach (var character in version)
        {
            if (character is (byte)'.' ? previous is (byte)'.' : character is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            previous = character;
        }

        return previous != '.';
    }

    /// <param name="left">Valid.</param>
    /// <param name="right">Valid.</param>
    /// <returns>Less than, equal to, or greater than 0, as left is to right.</returns>
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        while (!left.IsEmpty || !right.IsEmpty)
        {
            var one = TakeNumber(ref left);
            var other = TakeNumber(ref right);
            var order = one.Length != other.Length ? one.Length - other.Length : one.SequenceCompareTo(other);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    /// <returns>The digits before the first dot without leading zeros, so that the longer of two is the greater.</returns>
    private static ReadOnlySpan<byte> TakeNumber(ref ReadOnlySpan<byte> rest)
    {
        var dot = rest.IndexOf((byte)'.');
        var number = dot < 0 ? rest : rest[..dot];
        rest = dot < 0 ? default : rest[(dot + 1)..];
        return number.TrimStart((byte)'0');
    }
}

/// <summary>Versions of an app.</summary>
/// <param name="From">The lowest; <see langword="null"/> for no lower bound.</param>
/// <param name="To">The first that is too high; <see langword="null"/> for no upper bound.</param>
public sealed record AppVersionRange(string? From, string? To);
