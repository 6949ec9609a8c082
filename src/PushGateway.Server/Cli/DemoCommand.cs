using System.CommandLine;
using PushGateway.Server.Cli.Demo;

namespace PushGateway.Server.Cli;

/// <summary><c>demo</c>: one event to many simulated phones, shown and proved.</summary>
internal static class DemoCommand
{
    public static Command Create(Terminal terminal)
    {
        var devices = new Option<long>("--devices") { Description = "How many devices", HelpName = "n", DefaultValueFactory = _ => DemoSettings.DefaultDevices };
        devices.AcceptOnlyBetween(1, long.MaxValue);
        var exit = new Option<bool>("--exit") { Description = "End after the report" };
        var port = new Option<int?>("--port") { Description = $"Port of the gateway (default {DemoSettings.DefaultPort}, or a free one when it is taken)", HelpName = "port" };
        port.AcceptOnlyBetween(0, ushort.MaxValue);
        var data = new Option<string?>("--data") { Description = "Folder for the store, which is kept (default: a temporary one)", HelpName = "dir" };
        var fcmQuota = new Option<int>("--fcm-quota")
        {
            Description = "FCM messages a minute; Google's default for a project is 600000",
            HelpName = "n",
            DefaultValueFactory = _ => DemoSettings.DefaultFcmQuota,
        };
        fcmQuota.AcceptOnlyBetween(1, int.MaxValue);
        var command = new Command("demo", "Send one event to many simulated phones, show it, and prove the account of it.")
        {
            devices, exit, port, data, fcmQuota,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var settings = new DemoSettings
            {
                Devices = parsed.GetValue(devices),
                Exit = parsed.GetValue(exit),
                Port = parsed.GetValue(port),
                DataDirectory = parsed.GetValue(data),
                FcmQuota = parsed.GetValue(fcmQuota),
            };
            return DemoRun.RunAsync(terminal, settings, cancellationToken);
        });
        return command;
    }
}
