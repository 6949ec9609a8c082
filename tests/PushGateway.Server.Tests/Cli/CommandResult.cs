namespace PushGateway.Server.Tests.Cli;

/// <summary>What a command said and how it ended.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error);
