using PushGateway.Admin.Pages;
using PushGateway.Core.Events;

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

    [Theory]
    [InlineData("", "", false, "", true)]
    [InlineData("t", "", false, "", false)]
    [InlineData("", "", true, "a=b", false)]
    public void IsEmpty_WithNothingToSay_IsTrue(string title, string body, bool silent, string data, bool expected) =>
        Assert.Equal(expected, new EventDraft { Title = title, Body = body, Silent = silent, Data = data }.IsEmpty);
}
