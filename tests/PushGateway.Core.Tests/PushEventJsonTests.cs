using System.Text.Json.Nodes;
using CsCheck;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Core.Tests;

public sealed class PushEventJsonTests
{
    private static readonly Gen<string> s_text = Gen.String[Gen.Char[' ', '\ud7ff'], 0, 30];

    private static readonly Gen<NotificationContent> s_content = Gen.Select(
        s_text.Null(), s_text.Null(), Gen.Int[0, 99].Nullable(), (title, body, badge) =>
            new NotificationContent { Title = title, Body = body, Badge = badge });

    private static readonly Gen<PushEvent> s_event = Gen.Select(
        s_content, s_content, s_text, Gen.Enum<AudienceKind>(), Gen.Int[0, 2_419_200], Gen.Bool,
        (notification, localization, text, kind, ttl, silent) => new PushEvent
        {
            Id = "01990d7e3f0a7c51b2c4000000000000",
            AppId = "app",
            Type = "video.published",
            Audience = new Audience(kind, kind == AudienceKind.All ? [] : ["a", "b"]),
            Filter = new AudienceFilter { Providers = ProviderSet.Fcm, Locales = ["en"], Tags = new Dictionary<string, string> { ["plan"] = text } },
            Notification = notification,
            Localizations = new Dictionary<string, NotificationContent> { ["es"] = localization },
            Data = new Dictionary<string, string> { ["k"] = text },
            Options = new EventOptions { Ttl = TimeSpan.FromSeconds(ttl), Silent = silent, Priority = EventPriority.Bulk, MaxRatePerSecond = 5 },
            Apns = new ApnsOverrides
            {
                Headers = new Dictionary<string, string> { ["apns-priority"] = "5" },
                Payload = new JsonObject { ["aps"] = new JsonObject { ["badge"] = 3 }, ["custom"] = text },
            },
            Fcm = new JsonObject { ["android"] = new JsonObject { ["ttl"] = "3s" } },
            CreatedAt = DateTimeOffset.UnixEpoch.AddSeconds(ttl),
        });

    [Fact]
    public void Serialize_AnyEvent_DeserializesToTheSame() => s_event.Sample(pushEvent =>
    {
        var bytes = PushEventJson.Serialize(pushEvent);
        var read = PushEventJson.Deserialize(bytes);

        Assert.Equal(pushEvent.Notification, read.Notification);
        Assert.Equal(pushEvent.Localizations["es"], read.Localizations["es"]);
        Assert.Equal(pushEvent.Options, read.Options);
        Assert.Equal(pushEvent.Audience.Ids, read.Audience.Ids);
        Assert.Equal(pushEvent.Data, read.Data);
        Assert.True(JsonNode.DeepEquals(pushEvent.Apns!.Payload, read.Apns!.Payload));
        Assert.Equal(pushEvent.Expiration, read.Expiration);
        Assert.Equal(bytes, PushEventJson.Serialize(read));
    });

    [Fact]
    public void CollapseId_NoneChosen_IsTheEventsOwnAndFitsApns()
        => s_event.Sample(pushEvent => pushEvent.CollapseId == pushEvent.Id && pushEvent.CollapseId.Length <= 64);
}
