using System.CommandLine;

namespace PushGateway.Server.Cli;

internal static class AppOption
{
    public static Option<string> Create() => new("--app") { Description = "The app's id", HelpName = "app", Required = true };
}
