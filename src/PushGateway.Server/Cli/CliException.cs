namespace PushGateway.Server.Cli;

/// <summary>An expected failure of a command; the message is the one line the user sees.</summary>
internal sealed class CliException(string message, int exitCode = ExitCodes.Failure) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
