using Microsoft.Extensions.Time.Testing;
using PushGateway.Server.Cli.Output;

namespace PushGateway.Server.Tests.Cli;

public sealed class PlainProgressLinesTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Report_ManyTimes_WritesTheFirstAndALineForEachTenth()
    {
        var lines = new PlainProgressLines(_output, _time, "Work");

        for (var done = 0; done <= 1000; done++)
        {
            lines.Report(done / 1000.0, $"{done} done");
        }

        lines.Finish();
        Assert.Equal(11, Lines().Length);
        Assert.Equal("Work: 0 %, 0 done", Lines()[0]);
        Assert.Equal("Work: 10 %, 100 done", Lines()[1]);
        Assert.Equal("Work: 100 %, 1000 done", Lines()[^1]);
    }

    [Fact]
    public void Report_NothingNewForTenSeconds_WritesALineAllTheSame()
    {
        var lines = new PlainProgressLines(_output, _time, "Work");
        lines.Report(0.01, "first");
        lines.Report(0.01, "too soon");

        _time.Advance(TimeSpan.FromSeconds(10));
        lines.Report(0.01, "still");

        Assert.Equal(["Work: 1 %, first", "Work: 1 %, still"], Lines());
    }

    [Fact]
    public void Finish_LastReportUnwritten_WritesIt()
    {
        var lines = new PlainProgressLines(_output, _time, "Work");
        lines.Report(null, "1 MB");
        lines.Report(null, "12 MB");

        lines.Finish();
        lines.Finish();

        Assert.Equal(["Work: 1 MB", "Work: 12 MB"], Lines());
    }

    private string[] Lines() => _output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
}
