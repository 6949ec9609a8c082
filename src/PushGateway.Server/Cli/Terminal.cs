using Spectre.Console;

namespace PushGateway.Server.Cli;

/// <summary>What a command reads from and writes to; the process's own streams, or a test's.</summary>
internal sealed class Terminal
{
    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Somebody is looking: bars and colours instead of plain lines.</summary>
    public required bool IsInteractive { get; init; }

    /// <summary>The environment variable's value, or <see langword="null"/> when it is unset or empty.</summary>
    public required Func<string, string?> Environment { get; init; }

    public required Interruption Interruption { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Tables and bars go here.</summary>
    public IAnsiConsole Rich => field ??= CreateRich();

    public static Terminal OfProcess(Interruption interruption) => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        OpenInput = Console.OpenStandardInput,
        IsInteractive = !Console.IsOutputRedirected,
        Environment = static name => System.Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
        Interruption = interruption,
    };

    private IAnsiConsole CreateRich()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Output),
            Ansi = IsInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = IsInteractive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = IsInteractive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!IsInteractive)
        {
            // A file has no width; wrapping at an assumed 80 columns would break lines that programs read.
            console.Profile.Width = 200;
        }

        return console;
    }
}
