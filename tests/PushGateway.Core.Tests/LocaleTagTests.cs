using System.Text;
using CsCheck;
using PushGateway.Core.Events;

namespace PushGateway.Core.Tests;

public sealed class LocaleTagTests
{
    private static readonly string[] s_subtags = ["en", "us", "latn", "x1", "abc"];

    [Theory]
    [InlineData("en", "en")]
    [InlineData("es-MX", "es-mx")]
    [InlineData("zh_Hant_TW", "zh-hant-tw")]
    [InlineData("de-CH-1996", "de-ch-1996")]
    public void TryNormalize_LanguageTag_IsLowerCaseWithHyphens(string text, string expected)
    {
        Assert.True(LocaleTag.TryNormalize(text, out var tag));
        Assert.Equal(expected, tag);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("e")]
    [InlineData("en-")]
    [InlineData("-en")]
    [InlineData("en--us")]
    [InlineData("1n")]
    [InlineData("e n")]
    [InlineData("englishlanguage")]
    [InlineData("en-abcdefghi")]
    [InlineData("en-us-x-a-very-long-private-use-tag-that-never-ends")]
    public void TryNormalize_NoLanguageTag_IsRefused(string? text) => Assert.False(LocaleTag.TryNormalize(text, out _));

    [Theory]
    [InlineData("en-us", "en", true)]
    [InlineData("en", "en", true)]
    [InlineData("en", "en-us", false)]
    [InlineData("eng", "en", false)]
    public void Matches_BasicFiltering_CutsAtSubtags(string tag, string range, bool expected) =>
        Assert.Equal(expected, LocaleTag.Matches(Encoding.UTF8.GetBytes(tag), Encoding.UTF8.GetBytes(range)));

    [Theory]
    [InlineData("es-mx", 2)]
    [InlineData("es-ar", 1)]
    [InlineData("es", 1)]
    [InlineData("zh-hant-tw", 3)]
    [InlineData("zh", 0)]
    [InlineData("", 0)]
    public void Resolve_Locale_FallsBackToTheNextBroaderTag(string locale, int expected) =>
        Assert.Equal(expected, new LocaleVariants(["es", "es-mx", "zh-hant"]).Resolve(Encoding.UTF8.GetBytes(locale)));

    [Fact]
    public void Resolve_AnyLocale_AgreesWithCuttingSubtagsOffAString()
    {
        var subtag = Gen.Int[0, 4].Select(index => s_subtags[index]);
        var tags = subtag.Array[1, 4].Select(parts => string.Join('-', parts));
        Gen.Select(tags.Array[0, 6].Select(list => list.Distinct().ToArray()), tags).Sample((known, locale) =>
        {
            var expected = 0;
            for (var cut = locale; cut.Length > 0 && expected == 0; cut = cut.Contains('-') ? cut[..cut.LastIndexOf('-')] : string.Empty)
            {
                expected = Array.IndexOf(known, cut) + 1;
            }

            return new LocaleVariants(known).Resolve(Encoding.UTF8.GetBytes(locale)) == expected;
        });
    }
}
