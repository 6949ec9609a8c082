using Spectre.Console;

namespace PushGateway.Server.Cli.Output;

/// <summary>Progress as one bar of a live display.</summary>
internal sealed class ProgressBarLine(ProgressTask task, string title) : IProgressLine
{
    public void Report(double? fraction, string detail)
    {
        task.IsIndeterminate = fraction is null;
        task.Value = Math.Clamp(fraction ?? 0, 0, 1) * task.MaxValue;
        task.Description = $"{Markup.Escape(title)} [grey]{Markup.Escape(detail)}[/]";
    }

    public void Finish()
    {
        task.IsIndeterminate = false;
        task.Value = task.MaxValue;
    }
}
