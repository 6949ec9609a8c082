using System.Buffers;
using System.Text;

namespace PushGateway.Core.Events;

/// <summary>The rule for locales: BCP 47 language tags, compared in lower case with hyphens.</summary>
public static class LocaleTag
{
    /// <summary>The longest tag BCP 47 (RFC 5646, section 4.4.1) expects to meet.</summary>
    public const int MaxLength = 35;

    public const string Rule = "a BCP 47 language tag such as en or es-MX, at most 35 characters";

    /// <summary>Lower case, underscores as hyphens.</summary>
    /// <returns><see langword="false"/> when it is no language tag: subtags of 1 to 8 letters and digits, the first of 2 to 8 letters.</returns>
    public static bool TryNormalize(string? text, out string tag)
    {
        tag = string.Empty;
        if (text is not { Length: >= 2 and <= MaxLength })
        {
            return false;
        }

        var candidate = text.Replace('_', '-').ToLowerInvariant();
        var first = true;
        foreach (var range in candidate.AsSpan().Split('-'))
        {
            var subtag = candidate.AsSpan(range);
            if (subtag.Length is < 1 or > 8 || (first && (subtag.Length < 2 || subtag.ContainsAnyExceptInRange('a', 'z'))) ||
                subtag.ContainsAnyExcept(s_subtagCharacters))
            {
                return false;
            }

            first = false;
        }

        tag = candidate;
        return true;
    }

    /// <summary>Whether <paramref name="tag"/> is <paramref name="range"/> or a narrower one of it (RFC 4647, basic filtering).</summary>
    public static bool Matches(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> range) =>
        tag.StartsWith(range) && (tag.Length == range.Length || tag[range.Length] == (byte)'-');

    private static readonly SearchValues<char> s_subtagCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789");
}

/// <summary>Finds the content variant for a device's locale: its own tag, else the same with subtags cut from the end (RFC 4647, lookup).</summary>
/// <remarks>Variant 0 is the event's own text; localization <c>i</c> of the list given is variant <c>i + 1</c>. Safe for concurrent use.</remarks>
public sealed class LocaleVariants
{
    private readonly byte[][] _tags;

    /// <param name="tags">Normalized tags, in the order that numbers the variants.</param>
    public LocaleVariants(IEnumerable<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        Tags = [.. tags];
        _tags = [.. Tags.Select(Encoding.UTF8.GetBytes)];
    }

    public static LocaleVariants None { get; } = new([]);

    public IReadOnlyList<string> Tags { get; }

    /// <param name="locale">Normalized UTF-8 tag of the device; empty when it has none.</param>
    public int Resolve(ReadOnlySpan<byte> locale)
    {
        if (_tags.Length == 0)
        {
            return 0;
        }

        while (!locale.IsEmpty)
        {
            for (var index = 0; index < _tags.Length; index++)
            {
                if (locale.SequenceEqual(_tags[index]))
                {
                    return index + 1;
                }
            }

            locale = locale[..Math.Max(0, locale.LastIndexOf((byte)'-'))];
        }

        return 0;
    }
}
