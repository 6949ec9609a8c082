namespace PushGateway.Benchmarks;

/// <summary>A run that measured nothing that could be reported; the message is the one line the user sees.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
