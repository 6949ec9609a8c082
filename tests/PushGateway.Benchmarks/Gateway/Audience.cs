using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using PushGateway.Client;
using PushGateway.Client.Devices;

namespace PushGateway.Benchmarks.Gateway;

/// <summary>The devices of a broadcast: half APNs, half FCM, each of a subscriber of its own, all subscribed to one channel. The same on every run.</summary>
/// <remarks>The first of them are in a second channel too, to warm the gateway up with.</remarks>
internal sealed class Audience(int devices)
{
    public const string Channel = "everybody";
    public const string WarmUpChannel = "warm-up";

    private const int MaxWarmUpDevices = 50_000;
    private const int LinesAtATime = 500;
    private const int FcmTokenTail = 134;

    private static readonly string[] s_locales = ["en-US", "es-MX", "de", "pt-BR", "hi"];

    public int Devices => devices;

    /// <summary>When a tenth, two tenths and so on of the devices had been taken by whoever reads them, on the clock of <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long[] TenthWrittenAt { get; } = new long[10];

    public int WarmUpDevices => Math.Min(MaxWarmUpDevices, devices);

    /// <summary>Registers all of them through the API.</summary>
    /// <exception cref="BenchmarkException">Not every device was created.</exception>
    public async Task ImportAsync(PushGatewayAppClient app, CancellationToken cancellationToken)
    {
        var pipe = new Pipe();
        var writing = WriteAsync(pipe.Writer, cancellationToken);
        ImportSummary summary;
        await using (var lines = pipe.Reader.AsStream())
        {
            summary = await app.ImportAsync(lines, ImportFormat.Ndjson, cancellationToken);
        }

        await writing;
        if (summary.Created != devices)
        {
            throw new BenchmarkException($"Of {devices} devices {summary.Created} were created and {summary.Rejected} rejected.");
        }
    }

    private async Task WriteAsync(PipeWriter writer, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            for (var device = 0; device < devices; device++)
            {
                WriteLine(writer, device);
                if ((device + 1) % (devices / TenthWrittenAt.Length) == 0 && (device + 1) / (devices / TenthWrittenAt.Length) is <= 10 and var tenth)
                {
                    TenthWrittenAt[tenth - 1] = Stopwatch.GetTimestamp();
                }

                if (device % LinesAtATime == LinesAtATime - 1 && (await writer.FlushAsync(cancellationToken)).IsCompleted)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException exception)
        {
            failure = exception;
        }
        finally
        {
            await writer.CompleteAsync(failure);
        }
    }

    private void WriteLine(PipeWriter writer, int device)
    {
        var isApns = device % 2 == 0;
        var channels = device < WarmUpDevices ? $"\"{Channel}\",\"{WarmUpChannel}\"" : $"\"{Channel}\"";
        Encoding.ASCII.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"device":"d{{device}}","provider":"{{(isApns ? "apns" : "fcm")}}","token":"{{(isApns ? ApnsToken(device) : FcmToken(device))}}","subscriber":"u{{device}}","locale":"{{s_locales[device % s_locales.Length]}}","channels":[{{channels}}]}"""),
            writer);
        writer.Write("\n"u8);
    }

    private static string ApnsToken(int device) => new Random(device).GetHexString(64, lowercase: true);

    private static string FcmToken(int device) =>
        $"bench{device:x8}:APA91b" + new Random(device).GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", FcmTokenTail);
}
