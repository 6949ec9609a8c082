using System.Text;
using PushGateway.Server.Cli;

namespace PushGateway.Server.Tests.Cli;

/// <summary>Runs a command in this process, on streams of its own, as if they were redirected.</summary>
internal sealed class CommandRun
{
    public Dictionary<string, string> Environment { get; } = [];

    public byte[] Input { get; init; } = [];

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Interruption Interruption { get; } = new();

    public async Task<CommandResult> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal
        {
            Output = output,
            Error = error,
            OpenInput = () => new MemoryStream(Input),
            IsInteractive = false,
            Environment = name => Environment.GetValueOrDefault(name),
            Interruption = Interruption,
            Time = Time,
        };
        var exitCode = await CommandLine.RunAsync(args, terminal);
        return new CommandResult(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>With the address and a key in the environment, as a user would have them.</summary>
    public static CommandRun Against(StubGateway gateway, string input = "", TimeProvider? time = null) => new()
    {
        Environment = { ["PUSHGATEWAY_URL"] = gateway.Url.ToString(), ["PUSHGATEWAY_KEY"] = StubGateway.Key },
        Input = Encoding.UTF8.GetBytes(input),
        Time = time ?? TimeProvider.System,
    };
}
