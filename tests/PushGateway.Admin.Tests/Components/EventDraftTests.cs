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
            Title = " New ",
            Body = "Text",
            Data = "videoId = abc\nempty",
            MaxRate = 100,
        };
        draft.Filter.Provider = "apns";
        (draft.Schedule.When, draft.Schedule.SendAt) = (DraftWhen.Later, new DateTime(2027, 1, 2, 3, 4, 0));
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
        draft.TakeOver(Samples.Event(EventState.Completed).Event with { Audience = Audience.All, Filter = new AudienceFilter { SeenBefore = DateTimeOffset.UnixEpoch } });
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
        Assert.Equal((DraftAudience.All, "fcm", 3_600L, "score"), (draft.Kind, draft.Filter.Provider, draft.TtlSeconds, draft.CollapseId));
        Assert.Equal((DraftWhen.LocalTime, new TimeOnly(18, 0)), (draft.Schedule.When, draft.Schedule.LocalTime));
        Assert.Equal(["what was said for APNs or FCM alone"], draft.LeftOut);
    }

    [Fact]
    public void TakeOver_OfAFilterThatTheFormCanSay_SaysTheSame()
    {
        var draft = new EventDraft();
        draft.TakeOver(Samples.Event(EventState.Completed).Event with
        {
            Audience = Audience.All,
            Filter = new AudienceFilter
            {
                Locales = ["es", "pt-br"],
                TimeZones = ["Europe/Madrid"],
                AppVersions = new AppVersionRange("2.1", null),
                Tags = new Dictionary<string, TagMatch>
                {
                    ["beta"] = TagMatch.Present,
                    ["old"] = TagMatch.Absent,
                    ["plan"] = TagMatch.Is("pro, yearly"),
                    ["tier"] = TagMatch.AnyOf(["a", "b"]),
                },
            },
        });
        Assert.False(draft.NamesNobody);
        Assert.Equal(
            """{"audience":{"all":true},"filter":{"locales":["es","pt-br"],"timeZones":["Europe/Madrid"],"appVersion":{"from":"2.1"},"tags":{"beta":true,"old":false,"plan":"pro, yearly","tier":["a","b"]}}}""",
            draft.ToCountBody().ToJsonString());
    }

    [Theory]
    [InlineData("UTC", "2027-07-01T18:00", "2027-07-01T18:00:00Z", false)]
    [InlineData("Europe/Madrid", "2027-07-01T18:00", "2027-07-01T16:00:00Z", false)]
    [InlineData("America/St_Johns", "2027-01-01T09:00", "2027-01-01T12:30:00Z", false)]
    [InlineData("Europe/Madrid", "2027-10-31T02:30", "2027-10-31T00:30:00Z", true)]
    [InlineData("Europe/Madrid", "2027-03-28T02:30", "2027-03-28T01:30:00Z", true)]
    public void SendAt_OfAWallClock_IsItsInstant(string zone, string wall, string expected, bool isOdd)
    {
        var draft = new EventDraft { Title = "t" };
        (draft.Schedule.When, draft.Schedule.Zone) = (DraftWhen.Later, zone);
        draft.Schedule.SendAt = DateTime.Parse(wall, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(expected, draft.ToBody()["options"]!["sendAt"]!.GetValue<string>());
        Assert.Equal(isOdd, draft.Schedule.Oddity is not null);
    }

    [Theory]
    [InlineData("America/New_York", "9999-12-31T23:00", "9999-12-31T23:59:59Z")]
    [InlineData("Asia/Tokyo", "0001-01-01T00:00", "0001-01-01T00:00:00Z")]
    public void SendAt_AtTheEndOfTheCalendar_IsTheLastInstantThereIs(string zone, string wall, string expected)
    {
        var draft = new EventDraft { Title = "t" };
        (draft.Schedule.When, draft.Schedule.Zone) = (DraftWhen.Later, zone);
        draft.Schedule.SendAt = DateTime.Parse(wall, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(expected, draft.ToBody()["options"]!["sendAt"]!.GetValue<string>());
        Assert.NotNull(PushGateway.Admin.Words.Times.Absolute(draft.Schedule.Instant));
    }

    [Fact]
    public void RepeatedTag_OfTwoRowsWithOneName_IsNamed()
    {
        var filter = new DraftFilter();
        filter.Tags.AddRange([new DraftTag { Name = "plan" }, new DraftTag { Name = "Plan" }, new DraftTag(), new DraftTag()]);
        Assert.Null(filter.RepeatedTag);
        filter.Tags.Add(new DraftTag { Name = " plan " });
        Assert.Equal("plan", filter.RepeatedTag);
    }

    [Theory]
    [InlineData("", "", false, "", true)]
    [InlineData("t", "", false, "", false)]
    [InlineData("", "", true, "a=b", false)]
    public void IsEmpty_WithNothingToSay_IsTrue(string title, string body, bool silent, string data, bool expected) =>
        Assert.Equal(expected, new EventDraft { Title = title, Body = body, Silent = silent, Data = data }.IsEmpty);
}
