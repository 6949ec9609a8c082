using System.Collections.Frozen;

namespace PushGateway.Providers.Apns.Rendering;

/// <summary>A value of <c>apns-push-type</c> that token authentication can use, and what Apple ties to it.</summary>
/// <param name="TopicSuffix">What follows the bundle id in <c>apns-topic</c>.</param>
/// <param name="LimitBytes">Largest payload.</param>
internal sealed record ApnsPushType(string Name, string TopicSuffix, int LimitBytes = ApnsPushType.UsualLimitBytes)
{
    public const int UsualLimitBytes = 4096;
    public const int VoipLimitBytes = 5120;

    public static readonly ApnsPushType Alert = new("alert", "");
    public static readonly ApnsPushType Background = new("background", "");

    // mdm is not here: its topic comes from a push certificate, and it goes with that certificate only.
    private static readonly FrozenDictionary<string, ApnsPushType> s_all = new ApnsPushType[]
    {
        Alert,
        Background,
        new("voip", ".voip", VoipLimitBytes),
        new("complication", ".complication"),
        new("fileprovider", ".pushkit.fileprovider"),
        new("location", ".location-query"),
        new("liveactivity", ".push-type.liveactivity"),
        new("pushtotalk", ".voip-ptt"),
        new("widgets", ".push-type.widgets"),
        new("controls", ".push-type.controls"),
    }.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    public static IReadOnlyList<string> Names { get; } = [.. s_all.Keys.Order(StringComparer.Ordinal)];

    public static ApnsPushType? Find(string name) => s_all.GetValueOrDefault(name);
}
