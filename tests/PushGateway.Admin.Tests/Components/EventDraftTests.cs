using PushGateway.Admin.Pages;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Tests.Components;

public sealed class EventDraftTests
{
    [Fact]
    public void ToBody_OfAWholeDraft_IsTheApisBody()
    {
        var draft = new EventDraft
        {
            Kind = DraftAudience.Channel,
            Ids = "news, sport",
            Provider = "apns",
            Title = " New ",
            Body = "Text",
            Data = "videoId = abc\nempty",
            IsScheduled = true,
            SendAt = new DateTime(2027, 1, 2, 3, 4, 0, DateTimeKind.Utc),
            MaxRate = 100,
        };
        draft.Languages.Add(new DraftText { Tag = "es", Title = "Nuevo" });
        Assert.Equal(
            """{"type":"message.composed","audience":{"channels":["news","sport"]},"filter":{"providers":["apns"]},"notification":{"title":"New","body":"Text"},"localizations":{"es":{"title":"Nuevo"}},"data":{"videoId":"abc","empty":""},"options":{"priority":"normal","ttlSeconds":86400,"sendAt":"2027-01-02T03:04:00Z","maxRatePerSecond":100}}""",
            draft.ToBody().ToJsonString());
        Assert.Equal(
            """{"type":"message.composed","audience":{"devices":["d1"]},"notification":{"title":"New","body":"Text"},"localizations":{"es":{"title":"Nuevo"}},"data":{"videoId":"abc","empty":""},"options":{"priority":"normal","ttlSeconds":86400,"maxRatePerSecond":100}}""",
            draft.ToTestBody("d1").ToJsonString());
    }

    [Fact]
    public void TakeOver_OfAnAudienceThatTheFormCannotSay_LeavesItToBeChosen()
    {
        Assert.True(ChannelCondition.TryParse("'news' in channels", out var condition, out _));
        foreach (var audience in new[] { Audience.Where(condition), Audience.ExpiredOf("e1") })
        {
            var draft = new EventDraft();
            draft.TakeOver(Samples.Event(EventState.Completed).Event with { Audience = audience });
            Assert.True(draft.NamesNobody);
        }
    }

    /// <summary>A draft must never be for more people than the event that it was made from.</summary>
    [Fact]
    public void TakeOver_OfAFilterThatTheFormCannotSay_LeavesTheAudienceToBeChosenAndSaysSo()
    {
        var draft = new EventDraft();
        draft.TakeOver(Samples.Event(EventState.Completed).Event with { Audience = Audience.All, Filter = new AudienceFilter { Locales = ["es"] } });
        Assert.True(draft.NamesNobody);
        Assert.Contains("whom it was for", draft.LeftOut);

        draft = new EventDraft();
        draft.TakeOver(Samples.Event(EventState.Completed).Event with
        {
            Audience = Audience.All,
            Filter = new AudienceFilter { Providers = ProviderKind.Fcm.AsSet() },
            Options = new EventOptions { Ttl = TimeSpan.FromHours(1), CollapseId = "score", LocalTime = new TimeOnly(18, 0) },
            Apns = new ApnsOverrides(),
        });
        Assert.Equal((DraftAudience.All, "fcm", 3_600L, "score"), (draft.Kind, draft.Provider, draft.TtlSeconds, draft.CollapseId));
        Assert.Equal(["the time of day on the phones", "what was said for APNs or FCM alone"], draft.LeftOut);
    }

    [Theory]
    [InlineData("", "", false, "", true)]
    [InlineData("t", "", false, "", false)]
    [InlineData("", "", true, "a=b", false)]
    public void IsEmpty_WithNothingToSay_IsTrue(string title, string body, bool silent, string data, bool expected) =>
        Assert.Equal(expected, new EventDraft { Title = title, Body = body, Silent = silent, Data = data }.IsEmpty);
}
