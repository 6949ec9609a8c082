using System.CommandLine;

namespace PushGateway.Benchmarks;

internal static class LatencyBenchmark
{
    public static Command CreateCommand() => new("latency", "");
}
