using System.Collections.Frozen;

namespace PushGateway.Simulator.Apns;

/// <summary>A value of <c>apns-push-type</c> and what it asks of the other parts of a push.</summary>
internal sealed record ApnsPushType(string Name, string TopicSuffix)
{
    private const int UsualPayloadLimit = 4096;
    private const int VoipPayloadLimit = 5120;

    public static readonly ApnsPushType Alert = new("alert", string.Empty);
    public static readonly ApnsPushType Background = new("background", string.Empty);
    public static readonly ApnsPushType Voip = new("voip", ".voip");
    public static readonly ApnsPushType Mdm = new("mdm", string.Empty);

    public static readonly IReadOnlyList<ApnsPushType> All =
    [
        Alert,
        Background,
        Voip,
        new("complication", ".complication"),
        new("fileprovider", ".pushkit.fileprovider"),
        Mdm,
        new("location", ".location-query"),
        new("liveactivity", ".push-type.liveactivity"),
        new("pushtotalk", ".voip-ptt"),
        new("widgets", ".push-type.widgets"),
        new("controls", ".push-type.controls"),
    ];

    private static readonly FrozenDictionary<string, ApnsPushType> s_byName = All.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    public int PayloadLimit => this == Voip ? VoipPayloadLimit : UsualPayloadLimit;

    public static ApnsPushType? Find(string name) => s_byName.GetValueOrDefault(name);
}
