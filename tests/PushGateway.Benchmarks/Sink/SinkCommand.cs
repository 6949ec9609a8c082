using System.CommandLine;
using PushGateway.Benchmarks.Reporting;

namespace PushGateway.Benchmarks.Sink;

/// <summary><c>sink</c>: the sink by itself, until standard input ends. Takes one command a line and answers it with one line of JSON.</summary>
internal static class SinkCommand
{
    public const string Stats = "stats";
    public const string Reset = "reset";

    /// <summary>Waits for the first request since the last reset, then answers as <see cref="Stats"/> does.</summary>
    public const string First = "first";

    /// <summary>Followed by a file's path: writes the arrivals there, then answers as <see cref="Stats"/> does.</summary>
    public const string Arrivals = "arrivals ";

    public static readonly TimeSpan FirstLimit = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var streams = CommonOptions.Number("--streams", "Streams at once on a connection, as announced", 1_000, 1, 60_000);
        var delay = CommonOptions.Number("--delay", "Milliseconds from a request to its answer", 0, 0, 10_000);
        var apnsId = new Option<bool>("--apns-id") { Description = "Answer with an apns-id, as APNs does" };
        var faults = new Option<FaultKind>("--faults") { Description = "Mix this provider's refusals into the answers, and send GOAWAYs", DefaultValueFactory = _ => FaultKind.None };
        var tokens = new Option<bool>("--token-endpoint") { Description = "Serve an OAuth token endpoint beside it" };
        var arrivals = CommonOptions.Number("--arrivals", "Numbered events to note the arrival of", 0, 0, 100_000_000);
        var json = new Option<bool>("--json") { Description = "The address as one line of JSON" };
        var command = new Command("sink", "Run the frame-level sink until standard input ends. Commands, one a line: stats, first, reset.")
        {
            streams, delay, apnsId, faults, tokens, arrivals, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new SinkOptions
            {
                Streams = parsed.GetValue(streams),
                Delay = TimeSpan.FromMilliseconds(parsed.GetValue(delay)),
                HasApnsId = parsed.GetValue(apnsId),
                Arrivals = parsed.GetValue(arrivals),
                Faults = parsed.GetValue(faults),
            },
            parsed.GetValue(tokens), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task RunAsync(SinkOptions options, bool hasTokenEndpoint, bool isJson, CancellationToken cancellationToken)
    {
        using var certificate = SinkCertificate.Create();
        using var server = new SinkServer(options, certificate.Server);
        await using var tokens = hasTokenEndpoint ? await SinkTokenEndpoint.StartAsync(certificate.Server, cancellationToken) : null;
        server.Start();
        var address = new SinkAddress(server.Endpoint, tokens?.Uri, certificate.AuthorityPem);
        await Console.Out.WriteLineAsync(isJson ? BenchmarkJson.Write(address) : $"{address.Endpoint}\n{address.TokenUri}\n{address.Certificate}");
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            Obey(server, line.Trim());
            await Console.Out.WriteLineAsync(BenchmarkJson.Write(server.ReadStats()));
        }
    }

    private static void Obey(SinkServer server, string command)
    {
        switch (command)
        {
            case Reset:
                server.Reset();
                break;
            case First:
                server.WaitForFirst(FirstLimit);
                break;
            case Stats:
                break;
            case var _ when command.StartsWith(Arrivals, StringComparison.Ordinal):
                server.WriteArrivals(command[Arrivals.Length..]);
                break;
            default:
                Report.Progress($"The sink knows {Stats}, {First} and {Reset}, not '{command}'.");
                break;
        }
    }
}
