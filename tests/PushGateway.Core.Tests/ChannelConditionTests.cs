using CsCheck;
using PushGateway.Core.Events;

namespace PushGateway.Core.Tests;

public sealed class ChannelConditionTests
{
    private static readonly string[] s_names = ["a", "b", "news.sport", "c:1"];

    [Theory]
    [InlineData("'a' in channels", "a", true)]
    [InlineData("'a' in channels", "b", false)]
    [InlineData("!'a' in channels", "b", true)]
    [InlineData("!('a' in channels)", "a", false)]
    [InlineData("!!'a' in channels", "a", true)]
    [InlineData("!!!'a' in channels", "a", false)]
    [InlineData("!(!('a' in channels || !!'b' in channels))", "b", true)]
    [InlineData("!('a' in channels && !'b' in channels)", "a", false)]
    [InlineData("'a' in channels && !('b' in channels)", "a", true)]
    [InlineData("'a' in channels && !('b' in channels)", "a b", false)]
    [InlineData("'a' in channels||'b' in channels", "b", true)]
    [InlineData("'a' in channels || 'b' in channels && 'c' in channels", "a", true)]
    [InlineData("('a' in channels || 'b' in channels) && 'c' in channels", "a", false)]
    [InlineData("'b' in channels && 'c' in channels || 'a' in channels", "a", true)]
    [InlineData("!'a' in channels && 'b' in channels", "b", true)]
    [InlineData("!'a' in channels || 'b' in channels", "a b", true)]
    [InlineData("\t'a'\r\nin\n channels ", "a", true)]
    public void Holds_ForThoseChannels_FollowsTheOperators(string text, string channels, bool expected)
    {
        Assert.True(ChannelCondition.TryParse(text, out var condition, out _));
        var given = channels.Split(' ');
        Assert.Equal(expected, condition.Holds([.. condition.Channels.Select(given.Contains)]));
        Assert.Equal(text, condition.Text);
    }

    [Theory]
    [InlineData(null, 1, "expected a channel in single quotes, ! or (, found the end")]
    [InlineData("", 1, "found the end")]
    [InlineData("   ", 4, "found the end")]
    [InlineData("a in channels", 1, "found a")]
    [InlineData("\"a\" in channels", 1, "found \"")]
    [InlineData("‘a’ in channels", 1, "found U+2018")]
    [InlineData("'a in channels", 1, "no closing quote")]
    [InlineData("'' in channels", 1, "1 to 128 characters")]
    [InlineData("'..' in channels", 1, "1 to 128 characters")]
    [InlineData("'a b' in channels", 1, "1 to 128 characters")]
    [InlineData("'a'", 4, "expected in, found the end")]
    [InlineData("'a' IN channels", 5, "expected in, found IN")]
    [InlineData("'a' inchannels", 5, "expected in, found inchannels")]
    [InlineData("'a' in topics", 8, "expected channels, found topics")]
    [InlineData("'a' in channels2", 8, "expected channels, found channels2")]
    [InlineData("'a' in channels 'b' in channels", 17, "expected &&, || or the end, found '")]
    [InlineData("('a' in channels 'b' in channels)", 18, "expected &&, || or ), found '")]
    [InlineData("'a' in channels & 'b' in channels", 17, "expected &&, found &")]
    [InlineData("'a' in channels | 'b' in channels", 17, "expected ||, found |")]
    [InlineData("'a' in channels &", 17, "expected &&, found &")]
    [InlineData("'a' in channels &| 'b' in channels", 17, "expected &&, found &")]
    [InlineData("'a' in channels && ", 20, "expected a channel in single quotes, ! or (, found the end")]
    [InlineData("'a' in channels && && 'b' in channels", 20, "found &")]
    [InlineData("&& 'a' in channels", 1, "found &")]
    [InlineData("'a' in channels)", 16, "closes nothing")]
    [InlineData("('a' in channels", 1, "this ( is not closed")]
    [InlineData("'a' in channels && (('b' in channels)", 20, "this ( is not closed")]
    [InlineData("()", 2, "found )")]
    [InlineData("!", 2, "found the end")]
    [InlineData("'a' in channels !", 17, "expected &&, || or the end, found !")]
    [InlineData("'a' in channels \0", 17, "found U+0000")]
    public void TryParse_NoCondition_SaysWhereAndWhatWasExpected(string? text, int position, string detail)
    {
        Assert.False(ChannelCondition.TryParse(text, out var condition, out var problem));
        Assert.Null(condition);
        Assert.Equal(position, problem.Position);
        Assert.Contains(detail, problem.Detail, StringComparison.Ordinal);
        Assert.False(problem.IsLimit);
    }

    [Fact]
    public void TryParse_AtTheLimits_IsTakenAndBeyondThemRefused()
    {
        var terms = Enumerable.Range(0, ChannelCondition.MaxTerms).Select(number => $"'c{number}' in channels").ToArray();
        Assert.True(ChannelCondition.TryParse(string.Join(" || ", terms), out var most, out _));
        Assert.Equal(ChannelCondition.MaxTerms, most.Channels.Count);
        Assert.True(ChannelCondition.TryParse(Nested(ChannelCondition.MaxDepth, '('), out _, out _));
        Assert.True(ChannelCondition.TryParse(Nested(ChannelCondition.MaxDepth, '!'), out _, out _));
        Assert.True(ChannelCondition.TryParse("'a' in channels".PadRight(ChannelCondition.MaxLength), out _, out _));

        AssertLimit(string.Join("&&", terms.Append("'one-more' in channels")), string.Join("&&", terms).Length + 3);
        AssertLimit(string.Join(" || ", Enumerable.Repeat("'a' in channels", 10_000)), ChannelCondition.MaxLength + 1);
        AssertLimit(Nested(ChannelCondition.MaxDepth + 1, '('), ChannelCondition.MaxDepth + 1);
        AssertLimit(Nested(ChannelCondition.MaxDepth + 1, '!'), ChannelCondition.MaxDepth + 1);
        AssertLimit(new string('(', ChannelCondition.MaxLength), ChannelCondition.MaxDepth + 1);
        AssertLimit("'a' in channels".PadRight(ChannelCondition.MaxLength + 1), ChannelCondition.MaxLength + 1);
    }

    [Fact]
    public void TryParse_AnyText_AnswersWithoutThrowing() => ConditionTree.OneOf("'", "a", "in", "channels", "&&", "||", "!", "(", ")", " ", "'a' in channels", "é", "\ud800", "&")
        .Array[0, 40].Select(string.Concat).Sample(
            text =>
            {
                if (!ChannelCondition.TryParse(text, out _, out var problem))
                {
                    Assert.InRange(problem.Position, 1, text.Length + 1);
                }
            },
            iter: 5_000);

    [Fact]
    public void Holds_AnyCondition_IsWhatItsPartsSay() => Gen.Select(ConditionTree.Of(5, s_names), Gen.Bool.Array[s_names.Length]).Sample(
        (tree, isMember) =>
        {
            var given = s_names.Where((_, number) => isMember[number]).ToHashSet();
            Assert.True(ChannelCondition.TryParse(tree.Text, out var condition, out var problem), problem?.ToString());
            Assert.Equal(tree.Holds(given), condition.Holds([.. condition.Channels.Select(given.Contains)]));
        },
        iter: 2_000);

    [Fact]
    public void Guard_AnyCondition_MissesNobodyItHoldsFor() => Gen.Select(ConditionTree.Of(5, s_names), Gen.Long[0, 100].Array[s_names.Length], Gen.Long[0, 200]).Sample(
        (tree, sizes, everybody) =>
        {
            Assert.True(ChannelCondition.TryParse(tree.Text, out var condition, out _));
            var members = condition.Channels.Select(channel => sizes[Array.IndexOf(s_names, channel)]).ToArray();
            if (condition.Guard(members, everybody) is not { } guard)
            {
                return;
            }

            Assert.Equal(guard.Distinct(), guard);
            for (var combination = 0; combination < 1 << condition.Channels.Count; combination++)
            {
                var isMember = condition.Channels.Select((_, number) => (combination >> number & 1) != 0).ToArray();
                Assert.True(!condition.Holds(isMember) || guard.Any(number => isMember[number]), tree.Text);
            }
        },
        iter: 2_000);

    [Theory]
    [InlineData("'big' in channels && 'small' in channels", "small")]
    [InlineData("'big' in channels && !('small' in channels)", "big")]
    [InlineData("'big' in channels || 'small' in channels", "big small")]
    [InlineData("'big' in channels && ('small' in channels || 'none' in channels)", "none small")]
    [InlineData("!(!('small' in channels) || 'big' in channels)", "small")]
    [InlineData("'big' in channels && 'none' in channels && 'small' in channels", "none")]
    [InlineData("!('small' in channels)", null)]
    [InlineData("'small' in channels || !('big' in channels)", null)]
    public void Guard_OfACondition_HasTheFewestMembers(string text, string? expected)
    {
        Assert.True(ChannelCondition.TryParse(text, out var condition, out _));
        var members = condition.Channels.Select(channel => channel switch { "big" => 1_000L, "small" => 10, _ => 0 }).ToArray();
        var guard = condition.Guard(members, 5_000);
        Assert.Equal(expected, guard is null ? null : string.Join(' ', guard.Select(number => condition.Channels[number]).Order(StringComparer.Ordinal)
            .OrderBy(name => name == "small")));
    }

    private static void AssertLimit(string text, int position)
    {
        Assert.False(ChannelCondition.TryParse(text, out _, out var problem));
        Assert.True(problem.IsLimit);
        Assert.Equal(position, problem.Position);
        Assert.Contains("at most", problem.Detail, StringComparison.Ordinal);
    }

    private static string Nested(int depth, char symbol) =>
        new string(symbol, depth) + "'a' in channels" + (symbol == '(' ? new string(')', depth) : string.Empty);
}
