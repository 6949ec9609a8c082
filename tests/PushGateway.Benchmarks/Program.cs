using System.CommandLine;
using PushGateway.Benchmarks;
using PushGateway.Benchmarks.Clients;
using PushGateway.Benchmarks.Sink;
using PushGateway.Client;

var root = new RootCommand("Benchmarks of PushGateway. Each prints a table or, with --json, one JSON object. Compare figures of one run only.");
root.Subcommands.Add(WireBenchmark.CreateCommand());
root.Subcommands.Add(EndToEndBenchmark.CreateCommand());
root.Subcommands.Add(LatencyBenchmark.CreateCommand());
root.Subcommands.Add(TransactionalBenchmark.CreateCommand());
root.Subcommands.Add(LanesBenchmark.CreateCommand());
root.Subcommands.Add(RttBenchmark.CreateCommand());
root.Subcommands.Add(PacingBenchmark.CreateCommand());
root.Subcommands.Add(FaultedBenchmark.CreateCommand());
root.Subcommands.Add(NodesBenchmark.CreateCommand());
root.Subcommands.Add(AudienceBenchmark.CreateCommand());
root.Subcommands.Add(LiveBenchmark.CreateCommand());
root.Subcommands.Add(ViewersBenchmark.CreateCommand());
root.Subcommands.Add(SinkCommand.Create());
root.Subcommands.Add(ClientCommand.Create());

// Room for a gateway that was started to drain and stop.
var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(60) };
try
{
    return await root.Parse(args).InvokeAsync(configuration);
}
catch (Exception exception) when (exception is BenchmarkException or PushGatewayApiException or HttpRequestException)
{
    await Console.Error.WriteLineAsync($"error: {exception.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("Interrupted.");
    return 130;
}
