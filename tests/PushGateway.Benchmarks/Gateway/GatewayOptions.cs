using System.CommandLine;
using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks.Gateway;

/// <summary>The options of every benchmark that runs a gateway.</summary>
internal sealed class GatewayOptions(int defaultDevices = 1_000_000)
{
    private readonly Option<int> _devices = CommonOptions.Number("--devices", "Devices, half APNs, half FCM", defaultDevices, 1_000, 100_000_000);
    private readonly Option<string?> _keep = new("--keep") { Description = "Folder for the store, kept and used again by the next run", HelpName = "dir" };
    private readonly Option<string[]> _settings = new("--set") { Description = "A setting of the gateway; may be given several times", HelpName = "Section:Key=value" };

    public void AddTo(Command command)
    {
        command.Options.Add(_devices);
        command.Options.Add(_keep);
        command.Options.Add(_settings);
    }

    public GatewaySettings Read(ParseResult parsed) => new(parsed.GetValue(_devices), parsed.GetValue(_keep), parsed.GetValue(_settings) ?? []);
}

/// <param name="Keep">Folder of the store; <see langword="null"/> for a temporary one.</param>
/// <param name="Settings">Of the gateway, as <c>Section:Key=value</c>.</param>
internal sealed record GatewaySettings(int Devices, string? Keep, IReadOnlyList<string> Settings);
