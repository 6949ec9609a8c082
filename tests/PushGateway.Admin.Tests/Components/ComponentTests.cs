using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Admin.Actions;
using PushGateway.Admin.Live;
using PushGateway.Admin.Shared;
using PushGateway.Core.Events;

namespace PushGateway.Admin.Tests.Components;

public sealed class ComponentTests : BunitContext
{
    private static readonly DateTimeOffset s_start = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void OutcomeBar_WhileRunning_ShowsSharesOfWhatIsExpected()
    {
        var bar = Render<OutcomeBar>(parameters => parameters
            .Add(component => component.Counts, new OutcomeCounts(50, 25, 0, 0, 0, 10))
            .Add(component => component.Expected, 200));
        Assert.Equal("37", bar.Find("[role=progressbar]").GetAttribute("aria-valuenow"));
        Assert.Equal(["width:25%", "width:12.5%"], bar.FindAll("span").Select(part => part.GetAttribute("style")!.Split(';')[0]));
    }

    [Fact]
    public void CurveChart_OfAFinalEvent_ShowsWhenMostWereAccepted()
    {
        var record = Samples.Event(EventState.Completed) with
        {
            Account = Samples.Account(100),
            Timings = new EventTimings
            {
                CreatedAt = s_start,
                StartedAt = s_start,
                FirstAcceptedAt = s_start.AddSeconds(1),
                Accepted50At = s_start.AddSeconds(5),
                Accepted90At = s_start.AddSeconds(9),
                Accepted99At = s_start.AddSeconds(10),
                CompletedAt = s_start.AddSeconds(10),
            },
        };
        var chart = Render<CurveChart>(parameters => parameters.Add(component => component.Record, record));
        Assert.Equal(["Half after 5.0 s", "90 % after 9.0 s", "99 % after 10.0 s"], chart.FindAll("circle title").Select(title => title.TextContent));
    }

    [Fact]
    public void Refusal_WithSeveralErrors_NamesEachField()
    {
        Services.AddMudBlazorParts();
        var shown = Render<Refusal>(parameters => parameters.Add(component => component.Answer, Answer.Refused(
            "name.missing", "2 fields are wrong", [new AnswerError("name", "field.missing", "Must be given."), new AnswerError("scopes", "scopes.missing", "Name one.")])));
        Assert.Equal(["name", "scopes"], shown.FindAll("code").Select(code => code.TextContent));
        Assert.Equal("alert", shown.Find(".pg-notice").GetAttribute("role"));
    }

    [Fact]
    public void When_SomeTimeAgo_TellsTheWholeTimeOnHover()
    {
        Services.AddSingleton<TimeProvider>(new FakeTimeProvider(s_start));
        var time = Render<When>(parameters => parameters.Add(component => component.At, s_start.AddMinutes(-3))).Find("time");
        Assert.Equal("3 min ago", time.TextContent);
        Assert.Equal("Fri 1 May 2026, 11:57:00 UTC", time.GetAttribute("title"));
    }

    [Fact]
    public void PhonePreview_OfASilentEvent_ShowsNothingToRead()
    {
        var preview = Render<PhonePreview>(parameters => parameters.Add(component => component.Silent, true).Add(component => component.Title, "Secret"));
        Assert.Equal(2, preview.FindAll(".pg-silent").Count);
        Assert.DoesNotContain("Secret", preview.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void RateChart_WithSamples_NamesTheHighest()
    {
        var samples = Enumerable.Range(0, 10).Select(index => new RateSample(s_start.AddSeconds(index), index * 100, index * 50)).ToList();
        var chart = Render<RateChart>(parameters => parameters.Add(component => component.Samples, samples));
        Assert.Equal("Accepted a second: now 1,350, highest 1,350", chart.Find("svg").GetAttribute("aria-label"));
    }
}
