using System.Collections.Concurrent;

namespace PushGateway.Core.Providers;

/// <summary>The words a provider is known to give as a reason, and a bounded number of words nobody had heard of.</summary>
/// <remarks>
/// Reasons are keys in counts, so a provider that answers with free text, or with something new each time, must not make them grow.
/// Safe for concurrent use.
/// </remarks>
public sealed class ReasonVocabulary
{
    /// <summary>Longest unknown word that is kept as it is.</summary>
    public const int MaxWordLength = 64;

    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _known;
    private readonly ConcurrentDictionary<string, string> _unknown = new(StringComparer.Ordinal);
    private readonly int _maxUnknown;

    /// <param name="known">Words that always pass, compared by ordinal.</param>
    /// <param name="maxUnknown">Different unknown words that are kept, 0 or more; later ones become <see cref="GatewayReasons.UnknownReason"/>. Default 32.</param>
    public ReasonVocabulary(IEnumerable<string> known, int maxUnknown = 32)
    {
        ArgumentNullException.ThrowIfNull(known);
        ArgumentOutOfRangeException.ThrowIfNegative(maxUnknown);
        _known = new HashSet<string>(known, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _maxUnknown = maxUnknown;
    }

    /// <summary>The one string for a word; <see cref="GatewayReasons.UnknownReason"/> when it is no word, or one too many.</summary>
    /// <param name="word">A known word, or 1 to <see cref="MaxWordLength"/> ASCII letters, digits and underscores.</param>
    public string Resolve(ReadOnlySpan<char> word)
    {
        if (_known.TryGetValue(word, out var known))
        {
            return known;
        }

        if (!IsWord(word))
        {
            return GatewayReasons.UnknownReason;
        }

        var text = word.ToString();
        if (_unknown.TryGetValue(text, out var kept))
        {
            return kept;
        }

        // Racing callers may overshoot by as many as race: the bound is there against growth, not to be exact.
        return _unknown.Count < _maxUnknown ? _unknown.GetOrAdd(text, text) : GatewayReasons.UnknownReason;
    }

    private static bool IsWord(ReadOnlySpan<char> word)
    {
        if (word.Length is 0 or > MaxWordLength)
        {
            return false;
        }

        foreach (var character in word)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '_')
            {
                return false;
            }
        }

        return true;
    }
}
