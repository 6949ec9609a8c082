namespace PushGateway.Http2.Hpack;

/// <summary>Takes the fields of a header block in their order.</summary>
internal interface IHeaderFieldSink
{
    /// <remarks>The spans are valid during the call only. Whether name and value are allowed in HTTP is not checked here.</remarks>
    void OnField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);
}
