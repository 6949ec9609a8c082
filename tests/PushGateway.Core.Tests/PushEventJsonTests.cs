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

    private static readonly ChannelCondition s_condition =
        ChannelCondition.TryParse("'a' in channels && !('b' in channels)", out var condition, out _) ? condition : throw new InvalidOperationException();

    private static readonly Gen<PushEvent> s_event = Gen.Select(
        s_content, s_content, s_text, Gen.Enum<AudienceKind>(), Gen.Int[0, 2_419_200], Gen.Bool,
        (notification, localization, text, kind, ttl, silent) => new PushEvent
        {
            Id = "01990d7e3f0a7c51b2c4000000000000",
            AppId = "app",
            Type = "video.published",
            Audience = kind switch
            {
                AudienceKind.All => Audience.All,
                AudienceKind.Condition => Audience.Where(s_condition),
                _ => new Audience(kind, ["a", "b"]),
            },
            Filter = new AudienceFilter
            {
                Providers = ProviderSet.Fcm,
                Locales = ["en"],
                Tags = new Dictionary<string, TagMatch>
                {
                    ["is"] = TagMatch.Is(text),
                    ["any"] = TagMatch.AnyOf([text, "other"]),
                    ["none"] = TagMatch.AnyOf([]),
                    ["there"] = TagMatch.Present,
                    ["not"] = TagMatch.Absent,
                },
                SeenFrom = DateTimeOffset.UnixEpoch.AddSeconds(ttl),
            }.And(new AudienceFilter { AppVersions = new AppVersionRange("1.0", null), TimeZones = ["Europe/Madrid"], SeenBefore = DateTimeOffset.UnixEpoch }),
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
        Assert.Equal(pushEvent.Audience.Condition?.Text, read.Audience.Condition?.Text);
        Assert.Equal(pushEvent.Filter.Tags["any"].Values, read.Filter.Tags["any"].Values);
        Assert.Equal(pushEvent.Filter.SeenFrom, read.Filter.SeenFrom);
        Assert.Equal(pushEvent.Filter.Also!.AppVersions, read.Filter.Also!.AppVersions);
        Assert.Equal(pushEvent.Filter.Also!.TimeZones, read.Filter.Also!.TimeZones);
        Assert.Equal(pushEvent.Data, read.Data);
        Assert.True(JsonNode.DeepEquals(pushEvent.Apns!.Payload, read.Apns!.Payload));
        Assert.Equal(pushEvent.Expiration, read.Expiration);
        Assert.Equal(bytes, PushEventJson.Serialize(read));
    });

    [Fact]
    public void Deserialize_OfAnEventStoredBeforeThereWereConditions_IsTheSame()
    {
        var read = PushEventJson.Deserialize(
            """
            {"id":"01990d7e3f0a7c51b2c4000000000000","appId":"app","type":"t","audience":{"kind":0,"ids":["a","b"]},
             "filter":{"providers":2,"locales":["en"],"tags":{"plan":"pro"}},"notification":{"title":"T"},"localizations":{},"data":{},
             "options":{"priority":1,"ttl":"28.00:00:00","silent":false,"forbidsResend":false},"createdAt":"2026-01-02T03:04:05.678+00:00"}
            """u8);

        Assert.Equal(["a", "b"], read.Audience.Ids);
        Assert.Null(read.Audience.Condition);
        Assert.Equal(["pro"], read.Filter.Tags["plan"].Values);
        Assert.Equal((ProviderSet.Fcm, 0, null, null), (read.Filter.Providers, read.Filter.TimeZones.Count, read.Filter.AppVersions, read.Filter.Also));
    }

    [Fact]
    public void Deserialize_OfADefinition_GivesWhatWasStored()
    {
        var definition = new AudienceDefinition { Audience = Audience.Where(s_condition), Filter = new AudienceFilter { Locales = ["es"] }, SeenWithinDays = 30 };
        var read = PushEventJson.DeserializeDefinition(PushEventJson.Serialize(definition));
        Assert.Equal((30, "es", s_condition.Text), (read.SeenWithinDays, read.Filter.Locales[0], read.Audience.Condition!.Text));
    }

    [Fact]
    public void FilterAt_WithinDays_CountsFromTheInstantUnlessALaterOneIsNamed()
    {
        var (now, named) = (DateTimeOffset.Parse("2026-03-31T12:00:00Z"), DateTimeOffset.Parse("2026-03-20T00:00:00Z"));
        var definition = new AudienceDefinition { Audience = Audience.All, SeenWithinDays = 30 };
        Assert.Equal(DateTimeOffset.Parse("2026-03-01T12:00:00Z"), definition.FilterAt(now).SeenFrom);
        Assert.Equal(named, (definition with { Filter = new AudienceFilter { SeenFrom = named } }).FilterAt(now).SeenFrom);
        Assert.Same(AudienceFilter.None, (definition with { SeenWithinDays = null }).FilterAt(now));
    }

    [Fact]
    public void CollapseId_NoneChosen_IsTheEventsOwnAndFitsApns()
        => s_event.Sample(pushEvent => pushEvent.CollapseId == pushEvent.Id && pushEvent.CollapseId.Length <= 64);
}
