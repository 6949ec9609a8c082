using PushGateway.Client.Events;
using Spectre.Console;

namespace PushGateway.Server.Cli.Demo;

/// <summary>The figures and the checks, as tables.</summary>
internal static class DemoReport
{
    /// <param name="processorTime">Of this process, from before the publish until the event was final.</param>
    public static void Write(Terminal terminal, EventInfo info, TimeSpan processorTime)
    {
        var timings = info.Timings;
        var table = NewTable(terminal, "Measured", "Value");
        AddInstant("First accepted after", timings.FirstAcceptedAt);
        AddInstant("50 % accepted after", timings.Accepted50At);
        AddInstant("90 % accepted after", timings.Accepted90At);
        AddInstant("99 % accepted after", timings.Accepted99At);
        AddInstant("All final after", timings.CompletedAt);
        if (timings is { StartedAt: { } started, Accepted90At: { } most } && most > started)
        {
            table.AddRow("Accepted a second, until 90 %", $"{0.9 * info.Counts.Accepted / (most - started).TotalSeconds:N0}");
        }

        if (info.Attempts > 0)
        {
            table.AddRow("Processor time of the gateway per push", $"{processorTime.TotalMicroseconds / info.Attempts:N1} µs");
        }

        table.AddRow("Peak memory of the gateway", $"{ProcessUsage.PeakMemoryBytes() / 1e6:N0} MB");
        terminal.Rich.Write(table);

        void AddInstant(string name, DateTimeOffset? at) =>
            table.AddRow(name, at is { } instant ? $"{(instant - timings.CreatedAt).TotalSeconds:N3} s" : "never");
    }

    public static void Write(Terminal terminal, IReadOnlyList<DemoCheck> checks)
    {
        var table = NewTable(terminal, "Check", "Found", "Result");
        foreach (var check in checks)
        {
            table.AddRow(Markup.Escape(check.Name), Markup.Escape(check.Found), check.Passed ? "[green]passed[/]" : "[red]FAILED[/]");
        }

        terminal.Rich.Write(table);
        var passed = checks.Count(check => check.Passed);
        terminal.Output.WriteLine(passed == checks.Count ? $"All {passed} checks passed." : $"{checks.Count - passed} of {checks.Count} checks FAILED.");
    }

    private static Table NewTable(Terminal terminal, params string[] columns)
    {
        var table = new Table { Border = terminal.IsInteractive ? TableBorder.Rounded : TableBorder.Ascii };
        table.AddColumns(columns);
        return table;
    }
}
