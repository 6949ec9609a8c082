using System.Text;
using CsCheck;
using PushGateway.Core.FanOut;

namespace PushGateway.Core.Tests;

public sealed class AudiencePageTests
{
    [Fact]
    public void Add_ManyTokensOfAnyLength_KeepsEachWithItsRow() => Gen.String[Gen.Char.AlphaNumeric, 0, 300].Array[1, 200].Sample(tokens =>
    {
        var page = new AudiencePage(1) { Capacity = tokens.Length };
        for (var round = 0; round < 2; round++)
        {
            page.Clear();
            for (var index = 0; index < tokens.Length; index++)
            {
                page.Add(new AudienceRow { DeviceKey = index + 1 }, Encoding.UTF8.GetBytes(tokens[index]));
            }
        }

        Assert.True(page.IsFull);
        Assert.All(tokens, (token, index) =>
        {
            Assert.Equal(token, Encoding.UTF8.GetString(page.Token(index)));
            Assert.Equal(index + 1, page[index].DeviceKey);
        });
    });

    [Fact]
    public void Add_FullPage_Throws()
    {
        var page = new AudiencePage(1);
        page.Add(default, "t"u8);

        Assert.Throws<InvalidOperationException>(() => page.Add(default, "u"u8));
    }

    [Fact]
    public void Indexer_BeyondCount_Throws()
    {
        var page = new AudiencePage(4);
        page.Add(default, "t"u8);

        Assert.Throws<ArgumentOutOfRangeException>(() => page[1].DeviceKey);
    }
}
