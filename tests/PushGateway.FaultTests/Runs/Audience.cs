using System.Text;
using PushGateway.Simulator;

namespace PushGateway.FaultTests.Runs;

/// <summary>What a device's token makes the provider answer, and so what the gateway has to say of it in the end.</summary>
internal enum DeviceNature
{
    Good,
    GoodAtSecondAttempt,
    Dead,
    Bad,
}

/// <summary>One device of a run: everything about it follows from its number.</summary>
internal readonly record struct PlannedDevice(int Number, DeviceNature Nature)
{
    /// <summary>What the tokens of good devices begin with, and no others.</summary>
    public const string GoodApnsPrefix = "fff";

    /// <inheritdoc cref="GoodApnsPrefix"/>
    public const string GoodFcmPrefix = "fcm-";

    public string Id => $"d{Number}";

    public bool IsApns => Number % 2 == 0;

    public SimulatedProvider Provider => IsApns ? SimulatedProvider.Apns : SimulatedProvider.Fcm;

    public string ProviderName => IsApns ? "apns" : "fcm";

    public string Token => IsApns
        ? Prefix + $"{Number:x8}".PadLeft(64 - Prefix.Length, 'f')
        : Prefix + $"{GoodFcmPrefix}{Number}:APA91b".PadRight(140, 'x');

    /// <summary>Its outcome, unless the event is cancelled first.</summary>
    public string Outcome => Nature switch
    {
        DeviceNature.Dead => "unregistered",
        DeviceNature.Bad => "rejected",
        _ => "accepted",
    };

    private string Prefix => (Nature, IsApns) switch
    {
        (DeviceNature.GoodAtSecondAttempt, true) => Number % 4 == 0 ? "5030" : "4290",
        (DeviceNature.GoodAtSecondAttempt, false) => Number % 4 == 1 ? "unavailable:" : "quota:",
        (DeviceNature.Dead, true) => "dead",
        (DeviceNature.Dead, false) => "dead:",
        (DeviceNature.Bad, true) => "bad0",
        (DeviceNature.Bad, false) => "bad:",
        _ => string.Empty,
    };
}

/// <summary>The devices of one channel, which belong to it alone: so what the provider counts for a token, it counts for one event.</summary>
internal sealed record Audience(string Channel, IReadOnlyList<PlannedDevice> Devices)
{
    public static Audience Plan(Random random, string channel, int firstNumber, int count, double secondAttempts) => new(
        channel,
        [.. Enumerable.Range(firstNumber, count).Select(number => new PlannedDevice(number, random.NextDouble() switch
        {
            < 0.02 => DeviceNature.Dead,
            < 0.03 => DeviceNature.Bad,
            var drawn when drawn < 0.03 + secondAttempts => DeviceNature.GoodAtSecondAttempt,
            _ => DeviceNature.Good,
        }))]);

    public byte[] ToNdjson(int from, int count)
    {
        var lines = new StringBuilder();
        foreach (var device in Devices.Skip(from).Take(count))
        {
            lines.Append(
                $"{{\"device\":\"{device.Id}\",\"provider\":\"{device.ProviderName}\",\"token\":\"{device.Token}\"," +
                $"\"subscriber\":\"s{device.Number}\",\"channels\":[\"{Channel}\"]}}\n");
        }

        return Encoding.UTF8.GetBytes(lines.ToString());
    }
}
