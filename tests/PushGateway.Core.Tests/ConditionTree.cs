using CsCheck;

namespace PushGateway.Core.Tests;

/// <summary>A condition as it is written, and what it means by the rules as they are written.</summary>
/// <param name="Binding">How tightly the outermost operator binds.</param>
internal sealed record ConditionTree(string Text, Func<IReadOnlySet<string>, bool> Holds, int Binding)
{
    /// <summary>Conditions on some of the channels, nested at most so deep.</summary>
    public static Gen<ConditionTree> Of(int depth, IReadOnlyList<string> channels)
    {
        var leaf = Gen.Select(OneOf([.. channels]), OneOf("", " "), (name, space) =>
            new ConditionTree($"'{name}'{space}in channels{space}", given => given.Contains(name), 4));
        if (depth == 0)
        {
            return leaf;
        }

        var child = Of(depth - 1, channels);
        return Gen.Frequency(
            (1, leaf),
            (1, child.Select(inner => new ConditionTree("!" + inner.Within(3), given => !inner.Holds(given), 3))),
            (1, child.Select(inner => new ConditionTree($"( {inner.Text})", inner.Holds, 4))),
            (2, Gen.Select(child, child, (left, right) =>
                new ConditionTree($"{left.Within(2)}&&{right.Within(2)}", given => left.Holds(given) && right.Holds(given), 2))),
            (2, Gen.Select(child, child, (left, right) =>
                new ConditionTree($"{left.Within(1)} || {right.Within(1)}", given => left.Holds(given) || right.Holds(given), 1))));
    }

    public static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private string Within(int binding) => Binding < binding ? $"({Text})" : Text;
}
