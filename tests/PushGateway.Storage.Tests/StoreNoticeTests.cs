using System.Text;
using CsCheck;
using PushGateway.Storage.Engine;

namespace PushGateway.Storage.Tests;

public sealed class StoreNoticeTests
{
    private static readonly Gen<StoreNotice> s_notice = Gen.Select(
        Gen.Enum<StoreTopic>(), Gen.Long[0, long.MaxValue], Gen.String[Gen.Char['!', 'ÿ'], 0, 200],
        (topic, key, detail) => new StoreNotice(topic, key, detail));

    [Fact]
    public void Read_WhatWasWritten_IsTheSameInTextsThatTheDatabaseTakes() => s_notice.List[0, 200].Sample(notices =>
    {
        var texts = StoreNotice.Write("sender", notices).ToList();

        Assert.All(texts, text => Assert.InRange(Encoding.UTF8.GetByteCount(text), 1, 7_999));
        Assert.All(texts, text => Assert.Equal("sender", StoreNotice.Read(text).Sender));
        Assert.Equal(notices, texts.SelectMany(text => StoreNotice.Read(text).Notices));
    });

    [Theory]
    [InlineData("sender\nz12 x")]
    [InlineData("sender\ne x")]
    [InlineData("sender\nexx y")]
    [InlineData("sender\ne12")]
    [InlineData("sender\n\n")]
    [InlineData("")]
    public void Read_LineOfALaterVersion_IsLeftOut(string text) => Assert.Empty(StoreNotice.Read(text).Notices);
}
