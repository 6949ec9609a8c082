namespace PushGateway.Benchmarks.Load;

/// <summary>The calls of a load as bytes of HTTP/1.1.</summary>
internal interface ILoadCalls
{
    /// <summary>Writes one call.</summary>
    /// <returns>Its bytes, valid until the next call of this method with the same buffer.</returns>
    ReadOnlyMemory<byte> Write(int call, ref byte[] buffer);

    /// <summary>Whether the whole answer to a call says that all of it was done.</summary>
    bool IsGood(ReadOnlySpan<byte> answer);
}
