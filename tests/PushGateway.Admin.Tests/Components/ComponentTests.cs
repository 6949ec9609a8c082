using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Admin.Actions;
using PushGateway.Admin.Live;
using PushGateway.Admin.Shared;
using PushGateway.Admin.Words;
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
        var chart = Render<CurveChart>(parameters => parameters.Add(component => component.Course, EventCourse.Of(new LiveEvent(record, "shop", 0), [])));
        Assert.Equal(["Half after 5.0 s", "90 % after 9.0 s", "99 % after 10.0 s"], chart.FindAll(".pg-plot-mark").Select(mark => mark.GetAttribute("title")));
        Assert.Equal(["0", "2 s", "4 s", "6 s", "8 s", "10 s"], chart.FindAll(".pg-plot-x span").Select(tick => tick.TextContent));
        Assert.Equal(["0", "50", "100"], chart.FindAll(".pg-plot-y span:not(.pg-plot-room)").Select(tick => tick.TextContent));
    }

    [Fact]
    public void EventCourse_OfAnEventThatIsBeingSent_HasTheMarksThatWereReached()
    {
        var record = Samples.Event(EventState.Dispatching) with
        {
            EstimatedAudience = 1_000,
            Account = Samples.Account(950),
            Timings = new EventTimings { CreatedAt = s_start, StartedAt = s_start },
        };
        var course = EventCourse.Of(
            new LiveEvent(record, "shop", 0),
            [new CoursePoint(s_start.AddSeconds(2), 400), new CoursePoint(s_start.AddSeconds(4), 600), new CoursePoint(s_start.AddSeconds(9), 950)]);
        Assert.Equal(1_000, course.Whole);
        Assert.Equal((TimeSpan.FromSeconds(3), 90, 2), (course.When(50), course.Marks[^1].Percent, course.Marks.Count));
        Assert.InRange(course.When(90)!.Value.TotalSeconds, 8, 9);
        Assert.Null(course.When(99));
    }

    [Fact]
    public void EventTrail_ThatBeginsInTheMiddle_HasWhatWasBefore()
    {
        var trail = new EventTrail(1, "e1");
        var running = Samples.Event(EventState.Dispatching) with { Account = Samples.Account(60) };
        Assert.True(trail.LacksCourse(running));
        trail.TakeCourse([new CoursePoint(s_start, 10), new CoursePoint(s_start.AddSeconds(1), 70)], running);
        Assert.False(trail.LacksCourse(running));
        trail.Add(s_start.AddSeconds(2), running);
        Assert.Equal([10, 70, 70], trail.Points.Select(point => point.Accepted));

        var final = running with { State = EventState.Completed, Account = Samples.Account(100) };
        Assert.True(trail.LacksCourse(final));
        trail.TakeCourse([new CoursePoint(s_start, 10), new CoursePoint(s_start.AddSeconds(1.5), 100)], final);
        trail.Add(s_start.AddSeconds(3), final);
        Assert.Equal([10, 100], trail.Points.Select(point => point.Accepted));
    }

    [Theory]
    [InlineData(0, "0 1")]
    [InlineData(3, "0 1 2 3")]
    [InlineData(100, "0 50 100")]
    [InlineData(400, "0 100 200 300 400")]
    [InlineData(1_000_000, "0 500 k 1 M")]
    [InlineData(1_234_567, "0 500 k 1 M 1.5 M")]
    public void Axis_OfCounts_EndsAtOrAboveTheHighest(double max, string expected) =>
        Assert.Equal(expected, string.Join(' ', Axis.Counts(max).Select(tick => tick.Text)));

    [Theory]
    [InlineData(.02, "0 5 ms 10 ms 15 ms 20 ms")]
    [InlineData(9.5, "0 2 s 4 s 6 s 8 s")]
    [InlineData(200, "0 1 min 2 min 3 min")]
    [InlineData(100_000, "0 6 h 12 h 18 h 24 h")]
    public void Axis_OfSpans_HasOneUnit(double end, string expected) => Assert.Equal(expected, string.Join(' ', Axis.Spans(end).Select(tick => tick.Text)));

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
        Assert.Equal("Accepted a second: now 1,350, highest 1,350", chart.Find(".pg-plot").GetAttribute("aria-label"));
    }
}
