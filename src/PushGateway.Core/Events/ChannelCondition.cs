using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace PushGateway.Core.Events;

/// <summary>Which subscribers are meant, by the channels they are in and not in: <c>'news' in channels &amp;&amp; !('vip' in channels)</c>.</summary>
/// <remarks>
/// <c>!</c> binds tighter than <c>&amp;&amp;</c>, and that tighter than <c>||</c>; parentheses say otherwise. Kept as a program in postfix form, so
/// that nothing about it recurses, whatever was written. Immutable; safe for concurrent use.
/// </remarks>
[JsonConverter(typeof(ChannelConditionJson))]
public sealed class ChannelCondition
{
    /// <summary>Characters a condition may have.</summary>
    public const int MaxLength = 65_536;

    /// <summary>How often channels may be named in one, the same one again included.</summary>
    public const int MaxTerms = Audience.MaxIds;

    /// <summary>How many parentheses and negations may be open at one place.</summary>
    public const int MaxDepth = 50;

    internal const int And = -1;
    internal const int Or = -2;
    internal const int Not = -3;

    private readonly int[] _program;
    private readonly int _depth;

    /// <param name="program">In postfix order: the number of a channel, or one of the operators.</param>
    internal ChannelCondition(string text, IReadOnlyList<string> channels, int[] program)
    {
        (Text, Channels, _program) = (text, channels, program);
        var height = 0;
        foreach (var step in program)
        {
            height += step >= 0 ? 1 : step == Not ? 0 : -1;
            _depth = Math.Max(_depth, height);
        }
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The channels it names, each once, in order; there is at least one. Other members number them by this list.</summary>
    public IReadOnlyList<string> Channels { get; }

    /// <returns><see langword="false"/> with a problem when the text is no condition, or goes beyond a limit; never throws.</returns>
    public static bool TryParse(
        string? text, [NotNullWhen(true)] out ChannelCondition? condition, [NotNullWhen(false)] out ConditionProblem? problem) =>
        new ChannelConditionParser(text ?? string.Empty).TryParse(out condition, out problem);

    /// <summary>Whether it holds for somebody who is in these channels.</summary>
    /// <param name="isMember">By number of the channel.</param>
    public bool Holds(ReadOnlySpan<bool> isMember)
    {
        Span<bool> stack = stackalloc bool[_depth];
        var top = -1;
        foreach (var step in _program)
        {
            switch (step)
            {
                case Not:
                    stack[top] = !stack[top];
                    break;
                case And:
                    top--;
                    stack[top] &= stack[top + 1];
                    break;
                case Or:
                    top--;
                    stack[top] |= stack[top + 1];
                    break;
                default:
                    stack[++top] = isMember[step];
                    break;
            }
        }

        return stack[0];
    }

    /// <summary>
    /// The channels to look through for everybody it may hold for: it holds for nobody who is in none of them. Of the possible choices
    /// one with few members.
    /// </summary>
    /// <param name="members">How many are in each channel, by its number.</param>
    /// <param name="everybody">How many there are in all.</param>
    /// <returns>Numbers of channels, each once, none when it holds for nobody; <see langword="null"/> when everybody has to be looked at.</returns>
    public IReadOnlyList<int>? Guard(ReadOnlySpan<long> members, long everybody)
    {
        // Of each part, those to look through when it is to hold, and when it is not to.
        var stack = new Stack<(Candidates Yes, Candidates No)>();
        foreach (var step in _program)
        {
            if (step >= 0)
            {
                stack.Push((new Candidates([step], members[step]), new Candidates(null, everybody)));
                continue;
            }

            var last = stack.Pop();
            if (step == Not)
            {
                stack.Push((last.No, last.Yes));
                continue;
            }

            var first = stack.Pop();
            stack.Push(step == And
                ? (Candidates.Fewer(first.Yes, last.Yes), Candidates.Both(first.No, last.No))
                : (Candidates.Both(first.Yes, last.Yes), Candidates.Fewer(first.No, last.No)));
        }

        return stack.Pop().Yes.Channels?.Distinct().ToList();
    }

    public override string ToString() => Text;

    /// <param name="Channels"><see langword="null"/> for everybody.</param>
    private readonly record struct Candidates(List<int>? Channels, long Members)
    {
        public static Candidates Fewer(Candidates one, Candidates other) =>
            other.Channels is null || (one.Channels is not null && one.Members <= other.Members) ? one : other;

        // Neither is used again, so that the lists of a long chain are not copied for each of its links.
        public static Candidates Both(Candidates one, Candidates other)
        {
            if (one.Channels is null || other.Channels is null)
            {
                return one.Channels is null ? one : other;
            }

            var (more, fewer) = one.Channels.Count >= other.Channels.Count ? (one.Channels, other.Channels) : (other.Channels, one.Channels);
            more.AddRange(fewer);
            return new Candidates(more, one.Members + other.Members);
        }
    }
}

/// <summary>Why a text is no condition.</summary>
/// <param name="Position">The character it is about, from 1; one after the last for the end.</param>
/// <param name="Detail">What was expected there, in words.</param>
/// <param name="IsLimit">The text is well formed so far as it was read, but goes beyond a limit.</param>
public sealed record ConditionProblem(int Position, string Detail, bool IsLimit = false);
