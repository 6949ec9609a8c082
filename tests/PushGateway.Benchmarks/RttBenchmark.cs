using System.CommandLine;

namespace PushGateway.Benchmarks;

internal static class RttBenchmark
{
    public static Command CreateCommand() => new("rtt", "");
}
