namespace PushGateway.Benchmarks.Sink;

/// <summary>How to reach a sink.</summary>
/// <param name="TokenUri">Only of a sink that was asked to have a token endpoint.</param>
/// <param name="Certificate">PEM of the authority to trust.</param>
internal sealed record SinkAddress(Uri Endpoint, Uri? TokenUri, string Certificate);
