using System.Numerics;
using System.Text;
using CsCheck;
using PushGateway.Core.Events;

namespace PushGateway.Core.Tests;

public sealed class AppVersionTests
{
    [Theory]
    [InlineData("2.10", "2.9", 1)]
    [InlineData("2.1", "2.1.0", 0)]
    [InlineData("2.01", "2.1", 0)]
    [InlineData("2.1.1", "2.1", 1)]
    [InlineData("10", "9.9.9", 1)]
    [InlineData("0", "0.0.0.1", -1)]
    [InlineData("1.99999999999999999999999999", "1.100000000000000000000000000", -1)]
    public void Compare_Versions_GoesByTheNumbers(string left, string right, int expected)
    {
        Assert.Equal(expected, Math.Sign(AppVersion.Compare(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right))));
        Assert.Equal(-expected, Math.Sign(AppVersion.Compare(Encoding.UTF8.GetBytes(right), Encoding.UTF8.GetBytes(left))));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("1.2.3.4.5", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("1.", false)]
    [InlineData(".1", false)]
    [InlineData("1..2", false)]
    [InlineData("v1", false)]
    [InlineData("1.2-beta", false)]
    [InlineData("1,2", false)]
    [InlineData("1 ", false)]
    [InlineData("١", false)]
    [InlineData("1111111111222222222233333333334444444444555555555566666666667777", true)]
    [InlineData("11111111112222222222333333333344444444445555555555666666666677778", false)]
    public void IsValid_OnlyNumbersBetweenDots(string text, bool expected) => Assert.Equal(expected, AppVersion.IsValid(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Compare_AnyVersions_IsTheOrderOfTheirNumbers()
    {
        var version = Gen.OneOf(Gen.Int[0, 12].Select(number => number.ToString()), Gen.String[Gen.Char['0', '9'], 1, 12]).Array[1, 4];
        Gen.Select(version, version).Sample(
            (left, right) => Assert.Equal(
                Reference(left, right),
                Math.Sign(AppVersion.Compare(Encoding.UTF8.GetBytes(string.Join('.', left)), Encoding.UTF8.GetBytes(string.Join('.', right))))),
            iter: 5_000);
    }

    private static int Reference(string[] left, string[] right)
    {
        for (var part = 0; part < Math.Max(left.Length, right.Length); part++)
        {
            var (one, other) = (Number(left, part), Number(right, part));
            if (one != other)
            {
                return one < other ? -1 : 1;
            }
        }

        return 0;
    }

    private static BigInteger Number(string[] parts, int part) => part < parts.Length ? BigInteger.Parse(parts[part]) : 0;
}
