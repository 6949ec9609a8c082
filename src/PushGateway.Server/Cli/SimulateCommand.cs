using System.CommandLine;
using System.Text.Json;
using PushGateway.Simulator;

namespace PushGateway.Server.Cli;

/// <summary><c>simulate</c>: APNs, FCM and Google's token endpoint on this machine, until stopped.</summary>
internal static class SimulateCommand
{
    /// <summary>Hidden: the details as one line of JSON, and the end when standard input ends, which it does when the parent dies.</summary>
    public const string ChildOption = "--child";

    public static Command Create(Terminal terminal)
    {
        var defaults = new SimulatorOptions();
        var apnsPort = Port("--apns-port", "APNs");
        var fcmPort = Port("--fcm-port", "FCM");
        var oauthPort = Port("--oauth-port", "the OAuth token endpoint");
        var controlPort = Port("--control-port", "the control endpoint (faults, counters; plain HTTP)");
        var bundleId = new Option<string>("--bundle-id") { Description = "The app APNs knows", HelpName = "id", DefaultValueFactory = _ => defaults.BundleId };
        var projectId = new Option<string>("--project-id") { Description = "The project FCM knows", HelpName = "id", DefaultValueFactory = _ => defaults.ProjectId };
        var credentials = new Option<string?>("--credentials")
        {
            Description = "Write apns.json and fcm.json there, the bodies for PUT /v1/apps/{app}/providers/…; keeps the simulator's keys there too, so they survive a restart",
            HelpName = "dir",
        };
        var child = new Option<bool>(ChildOption) { Hidden = true };
        var command = new Command("simulate", "Run APNs, FCM and Google's token endpoint on loopback, over real TLS and HTTP/2.")
        {
            apnsPort, fcmPort, oauthPort, controlPort, bundleId, projectId, credentials, child,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var directory = parsed.GetValue(credentials);
            var options = new SimulatorOptions
            {
                ApnsPort = parsed.GetValue(apnsPort),
                FcmPort = parsed.GetValue(fcmPort),
                OAuthPort = parsed.GetValue(oauthPort),
                ControlPort = parsed.GetValue(controlPort),
                BundleId = parsed.GetRequiredValue(bundleId),
                ProjectId = parsed.GetRequiredValue(projectId),
                StateDirectory = directory is null ? null : Path.Combine(directory, "keys"),
            };
            return parsed.GetValue(child)
                ? RunAsChildAsync(terminal, options, cancellationToken)
                : RunAsync(terminal, options, directory, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, SimulatorOptions options, string? directory, CancellationToken cancellationToken)
    {
        await using var simulator = await ProviderSimulator.StartAsync(options, terminal.Time, cancellationToken);
        var details = SimulatorDetails.Of(simulator);
        if (directory is not null)
        {
            await WriteCredentialsAsync(directory, details, cancellationToken);
        }

        await terminal.Output.WriteLineAsync(
            $"""
            APNs     {simulator.ApnsEndpoint}
            FCM      {simulator.FcmEndpoint}
            OAuth    {simulator.TokenUri}
            control  {simulator.ControlEndpoint}
            {(directory is null ? "Give --credentials DIR to have the credentials written." : $"Credentials are in {directory}: apns.json and fcm.json.")}
            Ctrl-C ends it.
            """);
        await cancellationToken.WaitForCancellationAsync();
        return ExitCodes.Success;
    }

    private static async Task<int> RunAsChildAsync(Terminal terminal, SimulatorOptions options, CancellationToken cancellationToken)
    {
        terminal.Interruption.LeaveToParent();
        await using var simulator = await ProviderSimulator.StartAsync(options, terminal.Time, cancellationToken);
        await terminal.Output.WriteLineAsync(SimulatorDetails.Of(simulator).ToLine());
        await terminal.Output.FlushAsync(cancellationToken);
        await using var parent = terminal.OpenInput();
        await parent.CopyToAsync(Stream.Null, cancellationToken).WaitAsync(cancellationToken);
        return ExitCodes.Success;
    }

    private static async Task WriteCredentialsAsync(string directory, SimulatorDetails details, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        await WriteAsync("apns.json", JsonSerializer.SerializeToUtf8Bytes(details.ToApnsCredentials(), CredentialBodiesJson.Default.ApnsCredentials));
        await WriteAsync("fcm.json", JsonSerializer.SerializeToUtf8Bytes(details.ToFcmCredentials(null), CredentialBodiesJson.Default.FcmCredentials));

        async Task WriteAsync(string name, byte[] json)
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                // What they hold is worth nothing, but the habit is.
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            await using var file = new FileStream(Path.Combine(directory, name), options);
            await file.WriteAsync(json, cancellationToken);
        }
    }

    private static Option<int> Port(string name, string what)
    {
        var option = new Option<int>(name) { Description = $"Port of {what} (default: a free one)", HelpName = "port" };
        option.AcceptOnlyBetween(0, ushort.MaxValue);
        return option;
    }
}
