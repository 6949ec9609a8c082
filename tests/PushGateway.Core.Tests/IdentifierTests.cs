using CsCheck;

namespace PushGateway.Core.Tests;

public sealed class IdentifierTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("A-Z.a_z:0~9", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("é", false)]
    [InlineData("a\0", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("...", true)]
    [InlineData(".a", true)]
    public void IsValid_Text_FollowsTheRule(string? text, bool expected) => Assert.Equal(expected, Identifier.IsValid(text));

    [Fact]
    public void IsValid_Length_Is1To128()
    {
        Assert.True(Identifier.IsValid(new string('x', 128)));
        Assert.False(Identifier.IsValid(new string('x', 129)));
    }

    [Fact]
    public void ShardOf_ManySubscribers_SpreadEvenly()
    {
        var sizes = new int[Shard.Count];
        for (var subscriber = 0; subscriber < 64_000; subscriber++)
        {
            sizes[Shard.Of($"user-{subscriber}")]++;
        }

        Assert.All(sizes, size => Assert.InRange(size, 850, 1_150));
    }

    [Theory]
    [InlineData("alice", 48)]
    [InlineData("user-1", 9)]
    public void ShardOf_KnownSubscriber_NeverChanges(string subscriber, int expected) => Assert.Equal(expected, Shard.Of(subscriber));

    [Fact]
    public void ShardOf_AnySubscriber_IsInRange() => Gen.String[1, 128].Sample(id => Shard.Of(id) is >= 0 and < Shard.Count);
}
