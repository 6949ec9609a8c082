using Spectre.Console;

namespace PushGateway.Server.Cli.Output;

/// <summary>Shows long work as a bar on a terminal, and as plain lines anywhere else.</summary>
internal static class ProgressDisplay
{
    /// <param name="title">What is being done, such as <c>Importing</c>.</param>
    public static Task<T> RunAsync<T>(Terminal terminal, string title, Func<IProgressLine, Task<T>> work) =>
        terminal.IsInteractive ? RunBarAsync(terminal, title, work) : RunLinesAsync(terminal, title, work);

    private static async Task<T> RunLinesAsync<T>(Terminal terminal, string title, Func<IProgressLine, Task<T>> work)
    {
        var lines = new PlainProgressLines(terminal.Output, terminal.Time, title);
        var result = await work(lines);
        lines.Finish();
        return result;
    }

    private static Task<T> RunBarAsync<T>(Terminal terminal, string title, Func<IProgressLine, Task<T>> work) =>
        terminal.Rich.Progress()
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                var bar = new ProgressBarLine(context.AddTask(Markup.Escape(title)), title);
                var result = await work(bar);
                bar.Finish();
                return result;
            });
}
