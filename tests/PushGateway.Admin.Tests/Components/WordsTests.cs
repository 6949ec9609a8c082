using System.Text.RegularExpressions;
using PushGateway.Admin.Words;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Tests.Components;

public sealed partial class WordsTests
{
    /// <summary>What a change is called where it is made: at the API's endpoints, in the dashboard's actions, and about its users.</summary>
    [GeneratedRegex("""\.Audited(AsItWas)?\(\s*"(?<action>[^"]+)"|AdminRole\.\w+,\s*"(?<action>[^"]+)"|=> "(?<action>event\.[a-z]+)"|"(?<action>user\.[a-z]+)["]""")]
    private static partial Regex Action();

    [Theory]
    [InlineData(0, 10, "0 %")]
    [InlineData(10, 10, "100 %")]
    [InlineData(999_999, 1_000_000, "> 99.9 %")]
    [InlineData(1, 1_000_000, "< 0.1 %")]
    [InlineData(1, 0, "–")]
    public void Percent_OfAlmostAllOrNothing_IsNeverRoundedToIt(long part, long whole, string expected) => Assert.Equal(expected, Numbers.Percent(part, whole));

    [Theory]
    [InlineData(1, "1 device")]
    [InlineData(1234, "1,234 devices")]
    public void Devices_OneAndMany_AreWordedSo(long count, string expected) => Assert.Equal(expected, Numbers.Of(count, "device"));

    [Theory]
    [InlineData(0.0421, "42 ms")]
    [InlineData(12.34, "12.3 s")]
    [InlineData(252, "4 min 12 s")]
    [InlineData(11_100, "3 h 5 min")]
    public void Span_OfAnyLength_IsShort(double seconds, string expected) => Assert.Equal(expected, Times.Span(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Relative_PastAndFuture_AreTold()
    {
        var now = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal("3 min ago", Times.Relative(now.AddMinutes(-3), now));
        Assert.Equal("in 2 h", Times.Relative(now.AddHours(2), now));
        Assert.Equal("just now", Times.Relative(now, now));
    }

    [Fact]
    public void AuditWords_OfEveryActionThereIs_AreWordsOfAKind()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "PushGateway.sln")))
        {
            root = root.Parent!;
        }

        string[] places = ["PushGateway.Server/Api", "PushGateway.Server/Administration", "PushGateway.Admin/SignIn"];
        var actions = places.SelectMany(place => Directory.EnumerateFiles(Path.Combine(root.FullName, "src", place), "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => Action().Matches(File.ReadAllText(file))).Select(match => match.Groups["action"].Value).ToHashSet();

        Assert.True(actions.Count > 25, string.Join(", ", actions));
        Assert.All(actions, action => Assert.NotEqual(action, AuditWords.Describe(action)));
        Assert.All(actions, action => Assert.Contains(AuditWords.Kinds, kind => action.StartsWith(kind.Prefix, StringComparison.Ordinal)));
    }

    [Fact]
    public void Reasons_KnownOnes_AreSentencesAndUnknownOnesAreNamed()
    {
        foreach (var provider in ProviderKinds.All)
        {
            Assert.All(Reasons.Known(provider), reason =>
            {
                Assert.EndsWith(".", Reasons.Explain(provider, reason), StringComparison.Ordinal);
                Assert.DoesNotContain("delivered", Reasons.Explain(provider, reason), StringComparison.OrdinalIgnoreCase);
            });
        }

        Assert.Contains("Brand_New", Reasons.Explain(ProviderKind.Fcm, "Brand_New"), StringComparison.Ordinal);
    }
}
