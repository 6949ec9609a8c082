using System.CommandLine;

namespace PushGateway.Benchmarks;

internal static class EndToEndBenchmark
{
    public static Command CreateCommand() => new("endtoend", "");
}
