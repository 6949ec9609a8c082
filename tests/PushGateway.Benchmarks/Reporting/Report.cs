using System.Runtime.InteropServices;

namespace PushGateway.Benchmarks.Reporting;

/// <summary>Where a benchmark tells: progress on standard error, the result on standard output, as tables or as one JSON object.</summary>
internal sealed class Report(bool isJson)
{
    public static MachineInfo Machine { get; } = new(Environment.ProcessorCount, RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription);

    /// <summary>What is being done now; never part of the result.</summary>
    public static void Progress(string text) => Console.Error.WriteLine(text);

    /// <param name="tables">For people.</param>
    /// <param name="result">For programs.</param>
    public void Write<T>(string tables, T result) =>
        Console.Out.WriteLine(isJson ? BenchmarkJson.Write(result) : $"{tables}\n{Machine.Processors} processors, {Machine.OperatingSystem}, {Machine.Runtime}");
}

internal sealed record MachineInfo(int Processors, string OperatingSystem, string Runtime);
