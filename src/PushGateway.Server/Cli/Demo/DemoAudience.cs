using System.Buffers;
using System.Text;

namespace PushGateway.Server.Cli.Demo;

/// <summary>
/// The demo's devices: half APNs, half FCM, all subscribed to one channel; of every 200, the last four are two dead ones and two
/// that their provider turns away at the first attempt. The same for the same number, on every run.
/// </summary>
/// <remarks>Which tokens are dead or turned away is the simulator's convention: <see cref="Simulator.WellKnownTokens"/>.</remarks>
internal sealed class DemoAudience(long count, string channel)
{
    private const int Period = 200;
    private const int FcmTailLength = 134;

    private static readonly string[] s_locales = ["en-US", "es-MX", "de", "pt-BR", "hi"];

    public long Count { get; } = count;

    /// <summary>Devices whose token is dead.</summary>
    public long Unregistered { get; } = CountOf(count, DemoDeviceKind.Unregistered);

    /// <summary>Devices that are turned away at their first attempt and accepted later.</summary>
    public long TurnedAway { get; } = CountOf(count, DemoDeviceKind.TurnedAway);

    /// <summary>Devices a provider must accept, each exactly once.</summary>
    public long Good => Count - Unregistered;

    /// <summary>Writes the line of one device, with its line feed, as the import takes it.</summary>
    public void WriteLine(IBufferWriter<byte> writer, long index)
    {
        var provider = index % 2 == 0 ? "apns" : "fcm";
        var locale = s_locales[index % s_locales.Length];
        var line = $$"""{"device":"d{{index}}","provider":"{{provider}}","token":"{{TokenOf(index)}}","subscriber":"u{{index}}","locale":"{{locale}}","channels":["{{channel}}"]}""";
        Encoding.UTF8.GetBytes(line, writer);
        writer.Write("\n"u8);
    }

    internal static DemoDeviceKind KindOf(long index) => (index % Period) switch
    {
        Period - 1 or Period - 2 => DemoDeviceKind.Unregistered,
        Period - 3 or Period - 4 => DemoDeviceKind.TurnedAway,
        _ => DemoDeviceKind.Good,
    };

    internal static string TokenOf(long index) => index % 2 == 0 ? ApnsToken(index) : FcmToken(index);

    private static string ApnsToken(long index)
    {
        var prefix = KindOf(index) switch
        {
            DemoDeviceKind.Unregistered => Simulator.WellKnownTokens.ApnsUnregistered,
            DemoDeviceKind.TurnedAway => index / Period % 2 == 0 ? Simulator.WellKnownTokens.ApnsUnavailableOnce : Simulator.WellKnownTokens.ApnsThrottledOnce,
            // No well-known token begins so.
            _ => "ace0",
        };
        return string.Create(64, (prefix, index), static (token, state) =>
        {
            state.prefix.CopyTo(token);
            FillDigits(token[state.prefix.Length..], (ulong)state.index, "0123456789abcdef");
        });
    }

    private static string FcmToken(long index)
    {
        var prefix = KindOf(index) switch
        {
            DemoDeviceKind.Unregistered => Simulator.WellKnownTokens.FcmUnregistered,
            DemoDeviceKind.TurnedAway => index / Period % 2 == 0 ? Simulator.WellKnownTokens.FcmUnavailableOnce : Simulator.WellKnownTokens.FcmThrottledOnce,
            _ => "demo:",
        };
        var head = prefix + "APA91b";
        return string.Create(head.Length + FcmTailLength, (head, index), static (token, state) =>
        {
            state.head.CopyTo(token);
            FillDigits(token[state.head.Length..], (ulong)state.index, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
        });
    }

    /// <summary>Digits that look random and differ for every seed: SplitMix64, whose first output is a permutation of the seeds.</summary>
    /// <param name="alphabet">16 or 64 characters.</param>
    private static void FillDigits(Span<char> digits, ulong seed, string alphabet)
    {
        var bits = alphabet.Length == 16 ? 4 : 6;
        var perWord = 64 / bits;
        var state = seed;
        ulong word = 0;
        for (var index = 0; index < digits.Length; index++)
        {
            if (index % perWord == 0)
            {
                state += 0x9E3779B97F4A7C15;
                word = Mix(state);
            }

            digits[index] = alphabet[(int)(word & (uint)(alphabet.Length - 1))];
            word >>= bits;
        }
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private static long CountOf(long count, DemoDeviceKind kind)
    {
        var result = 0L;
        var perPeriod = 0L;
        for (var index = 0; index < Period; index++)
        {
            if (KindOf(index) == kind)
            {
                perPeriod++;
                result += index < count % Period ? 1 : 0;
            }
        }

        return result + (count / Period * perPeriod);
    }
}

internal enum DemoDeviceKind
{
    Good = 0,
    Unregistered = 1,
    TurnedAway = 2,
}
