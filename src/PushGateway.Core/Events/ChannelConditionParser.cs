using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PushGateway.Core.Events;

/// <summary>Reads one condition, once: operators wait on a stack of their own until what they apply to is complete.</summary>
internal sealed class ChannelConditionParser(string text)
{
    private const string OperandExpected = "expected a channel in single quotes, ! or (";
    private const string OperatorExpected = "expected &&, || or the end";

    private readonly List<string> _channels = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<int> _program = [];
    private readonly Stack<(char Symbol, int Position)> _waiting = new();
    private int _at;
    private int _terms;
    private int _depth;
    private int _open;
    private ConditionProblem? _problem;

    public bool TryParse([NotNullWhen(true)] out ChannelCondition? condition, [NotNullWhen(false)] out ConditionProblem? problem)
    {
        if (text.Length > ChannelCondition.MaxLength)
        {
            Limit(ChannelCondition.MaxLength, $"a condition has at most {ChannelCondition.MaxLength} characters; this one has {text.Length}");
        }
        else
        {
            ReadAll();
        }

        problem = _problem;
        condition = problem is null ? new ChannelCondition(text, _channels, [.. _program]) : null;
        return condition is not null;
    }

    private void ReadAll()
    {
        while (ReadOperand() && ReadOperator())
        {
        }

        while (_problem is null && _waiting.TryPop(out var waiting))
        {
            if (waiting.Symbol == '(')
            {
                _problem = new ConditionProblem(waiting.Position + 1, "this ( is not closed");
            }
            else
            {
                Append(waiting.Symbol);
            }
        }
    }

    /// <summary>Everything up to and with the next channel.</summary>
    private bool ReadOperand()
    {
        while (true)
        {
            SkipSpace();
            switch (_at < text.Length ? text[_at] : '\0')
            {
                case '!' or '(' when ++_depth > ChannelCondition.MaxDepth:
                    return Limit(_at, $"at most {ChannelCondition.MaxDepth} parentheses and negations may be open at one place");
                case '(':
                    _open++;
                    _waiting.Push(('(', _at++));
                    break;
                case '!':
                    _waiting.Push(('!', _at++));
                    break;
                case '\'':
                    return ReadTerm();
                default:
                    return Fail(_at, OperandExpected);
            }
        }
    }

    private bool ReadTerm()
    {
        var start = _at;
        var end = text.IndexOf('\'', start + 1);
        if (end < 0)
        {
            return Fail(start, "the channel that begins here has no closing quote", showFound: false);
        }

        var id = text[(start + 1)..end];
        if (!Identifier.IsValid(id))
        {
            return Fail(start, $"a channel has {Identifier.Rule}", showFound: false);
        }

        if (++_terms > ChannelCondition.MaxTerms)
        {
            return Limit(start, $"a condition names at most {ChannelCondition.MaxTerms} channels; this is one more");
        }

        _at = end + 1;
        if (!ReadWord("in") || !ReadWord("channels"))
        {
            return false;
        }

        if (!_numbers.TryGetValue(id, out var number))
        {
            _numbers[id] = number = _channels.Count;
            _channels.Add(id);
        }

        _program.Add(number);
        ApplyNegations();
        return true;
    }

    private bool ReadWord(string word)
    {
        SkipSpace();
        var end = _at;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        if (!text.AsSpan(_at, end - _at).SequenceEqual(word))
        {
            return Fail(_at, $"expected {word}");
        }

        _at = end;
        return true;
    }

    /// <returns>Whether a channel has to follow.</returns>
    private bool ReadOperator()
    {
        while (true)
        {
            SkipSpace();
            if (_at == text.Length)
            {
                return false;
            }

            switch (text[_at])
            {
                case ')' when _open == 0:
                    return Fail(_at, "this ) closes nothing", showFound: false);
                case ')':
                    Close();
                    break;
                case '&' or '|' when _at + 1 < text.Length && text[_at + 1] == text[_at]:
                    Wait(text[_at]);
                    return true;
                case '&' or '|':
                    return Fail(_at, $"expected {text[_at]}{text[_at]}");
                default:
                    return Fail(_at, _open > 0 ? "expected &&, || or )" : OperatorExpected);
            }
        }
    }

    private void Close()
    {
        while (_waiting.Pop() is var waiting && waiting.Symbol != '(')
        {
            Append(waiting.Symbol);
        }

        _open--;
        _depth--;
        _at++;
        ApplyNegations();
    }

    /// <summary>What is complete goes before an operator that binds no tighter.</summary>
    private void Wait(char symbol)
    {
        while (_waiting.TryPeek(out var waiting) && (waiting.Symbol == '&' || waiting.Symbol == symbol))
        {
            Append(_waiting.Pop().Symbol);
        }

        _waiting.Push((symbol, _at));
        _at += 2;
    }

    private void ApplyNegations()
    {
        while (_waiting.TryPeek(out var waiting) && waiting.Symbol == '!')
        {
            Append(_waiting.Pop().Symbol);
            _depth--;
        }
    }

    private void Append(char symbol)
    {
        if (symbol == '!' && _program[^1] == ChannelCondition.Not)
        {
            // In postfix order it negates the same part: the two are nothing. Each step is done again for every subscriber that is looked at.
            _program.RemoveAt(_program.Count - 1);
            return;
        }

        _program.Add(symbol switch
        {
            '&' => ChannelCondition.And,
            '|' => ChannelCondition.Or,
            _ => ChannelCondition.Not,
        });
    }

    private void SkipSpace()
    {
        while (_at < text.Length && text[_at] is (' ' or '\t' or '\r' or '\n'))
        {
            _at++;
        }
    }

    private bool Fail(int at, string expected, bool showFound = true)
    {
        _problem = new ConditionProblem(at + 1, showFound ? $"{expected}, found {Found(at)}" : expected);
        return false;
    }

    private bool Limit(int at, string detail)
    {
        _problem = new ConditionProblem(at + 1, detail, IsLimit: true);
        return false;
    }

    private string Found(int at)
    {
        const int MaxShown = 20;
        if (at >= text.Length)
        {
            return "the end";
        }

        if (text[at] is < ' ' or > '~')
        {
            return string.Create(CultureInfo.InvariantCulture, $"U+{(int)text[at]:X4}");
        }

        var end = at + 1;
        while (char.IsAsciiLetterOrDigit(text[at]) && end < text.Length && end - at < MaxShown && char.IsAsciiLetterOrDigit(text[end]))
        {
            end++;
        }

        return text[at..end];
    }
}
