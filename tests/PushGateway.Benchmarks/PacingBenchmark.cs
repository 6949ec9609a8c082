using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PushGateway.Benchmarks.Gateway;
using PushGateway.Benchmarks.Reporting;
using PushGateway.Client;
using PushGateway.Client.Events;

namespace PushGateway.Benchmarks;

/// <summary><c>pacing</c>: how much of an FCM project's quota is used, and how many messages are refused for being one too many.</summary>
internal sealed class PacingBenchmark(PacingSettings settings, Report report)
{
    private const string AppId = "bench";

    /// <summary>The gateway's ramp (<c>QuotaRampUp</c>), and a little.</summary>
    private static readonly TimeSpan s_ramp = TimeSpan.FromSeconds(65);

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromSeconds(1);

    public static Command CreateCommand()
    {
        var quota = CommonOptions.Number("--quota", "Messages a minute, enforced by the simulator in every 60 seconds there are", 600_000, 6_000, 3_000_000);
        var minutes = CommonOptions.Number("--minutes", "How long to measure, after the ramp", 3, 1, 600);
        var set = new Option<string[]>("--set") { Description = "A setting of the gateway; may be given several times", HelpName = "Section:Key=value" };
        var json = CommonOptions.Json();
        var command = new Command("pacing", "The share of an FCM project's quota that is used, and the messages refused with 429.") { quota, minutes, set, json };
        command.SetAction((parsed, cancellationToken) => new PacingBenchmark(
            new PacingSettings(parsed.GetValue(quota), parsed.GetValue(minutes), parsed.GetValue(set) ?? []), new Report(parsed.GetValue(json))).RunAsync(cancellationToken));
        return command;
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        // As many as are sent in ten seconds; the events follow one another.
        var devices = new Audience(settings.Quota / 6 * 2);
        using var store = BenchmarkStore.Open(new GatewaySettings(devices.Devices, null, settings.Settings));
        await using var fcm = await SimulatedFcm.StartAsync(settings.Quota, cancellationToken);
        await using var gateway = await GatewayProcess.StartAsync(store.Folder, settings.Settings, isProfiled: false, cancellationToken);
        await gateway.Client.PutAppAsync(AppId, "Benchmark", cancellationToken);
        var app = gateway.Client.App(AppId);
        await fcm.PutCredentialsAsync(app, settings.Quota, cancellationToken);
        Report.Progress($"Importing {devices.Devices:N0} devices, of which FCM has half");
        await devices.ImportAsync(app, cancellationToken);

        Report.Progress($"Sending for {s_ramp.TotalSeconds:N0} seconds of ramp and {settings.Minutes} minutes");
        var events = await PublishAsync(app, cancellationToken);
        var cpu = gateway.ProcessorTime;
        var samples = await SampleAsync(fcm, cancellationToken);
        cpu = gateway.ProcessorTime - cpu;
        foreach (var id in events)
        {
            await StopAsync(app, id, cancellationToken);
        }

        var result = PacingResult.Of(settings, samples, s_ramp, cpu);
        report.Write(Format(result), result);
        if (result.Throttled > 0)
        {
            throw new BenchmarkException($"{result.Throttled} messages were refused that need not have been sent.");
        }
    }

    /// <summary>All at once, more than can be sent: what is not sent in the end is cancelled.</summary>
    private async Task<List<string>> PublishAsync(PushGatewayAppClient app, CancellationToken cancellationToken)
    {
        var count = (int)Math.Ceiling((settings.Minutes + 2) * 6.0) + 1;
        List<string> events = [];
        for (var number = 0; number < count; number++)
        {
            var request = Broadcast.ToChannel(Audience.Channel) with { Filter = new EventFilter { Providers = ["fcm"] } };
            events.Add((await app.PublishAsync(request, null, cancellationToken)).Event.Id);
        }

        return events;
    }

    private async Task<List<PacingSample>> SampleAsync(SimulatedFcm fcm, CancellationToken cancellationToken)
    {
        List<PacingSample> samples = [];
        var started = Stopwatch.GetTimestamp();
        var end = s_ramp + TimeSpan.FromMinutes(settings.Minutes);
        while (true)
        {
            var (accepted, throttled) = await fcm.CountAsync(cancellationToken);
            samples.Add(new PacingSample(Stopwatch.GetElapsedTime(started), accepted, throttled));
            if (samples[^1].At >= end)
            {
                return samples;
            }

            await Task.Delay(s_pollInterval, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task StopAsync(PushGatewayAppClient app, string id, CancellationToken cancellationToken)
    {
        try
        {
            await app.CancelAsync(id, cancellationToken);
        }
        catch (PushGatewayApiException exception) when ((int)exception.Status == 409)
        {
            // It has ended.
        }
    }

    private static string Format(PacingResult result)
    {
        var table = new TextTable("After the ramp", "");
        table.Add("quota, messages a minute", Number(result.Settings.Quota, "N0"));
        table.Add("minutes", Number(result.Minutes, "N2"));
        table.Add("accepted a minute", Number(result.AcceptedPerMinute, "N0"));
        table.Add("share of the quota", result.Share.ToString("P2", CultureInfo.InvariantCulture));
        table.Add("refused with 429, ramp included", Number(result.Throttled, "N0"));
        table.Add("accepted during the ramp", Number(result.AcceptedInRamp, "N0"));
        table.Add("gateway CPU µs/message", Number(result.CpuMicroseconds, "N2"));
        return table.ToString();
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

internal sealed record PacingSettings(int Quota, int Minutes, IReadOnlyList<string> Settings);

/// <param name="At">Since the publish.</param>
internal readonly record struct PacingSample(TimeSpan At, long Accepted, long Throttled);

internal sealed record PacingResult
{
    public string Benchmark { get; } = "pacing";

    public MachineInfo Machine { get; } = Report.Machine;

    public required PacingSettings Settings { get; init; }

    /// <summary>Measured, after the ramp.</summary>
    public required double Minutes { get; init; }

    public required double AcceptedPerMinute { get; init; }

    /// <summary>Of the quota, 0 to 1.</summary>
    public required double Share { get; init; }

    /// <summary>From the first message on.</summary>
    public required long Throttled { get; init; }

    public required long AcceptedInRamp { get; init; }

    /// <summary>Of the gateway, over all messages.</summary>
    public required double CpuMicroseconds { get; init; }

    public static PacingResult Of(PacingSettings settings, IReadOnlyList<PacingSample> samples, TimeSpan ramp, TimeSpan cpu)
    {
        var (start, end) = (samples.First(sample => sample.At >= ramp), samples[^1]);
        var minutes = (end.At - start.At).TotalMinutes;
        var perMinute = (end.Accepted - start.Accepted) / minutes;
        return new PacingResult
        {
            Settings = settings,
            Minutes = minutes,
            AcceptedPerMinute = perMinute,
            Share = perMinute / settings.Quota,
            Throttled = end.Throttled,
            AcceptedInRamp = start.Accepted,
            CpuMicroseconds = cpu.TotalMicroseconds / end.Accepted,
        };
    }
}
