namespace PushGateway.Http2.Hpack;

/// <summary>What came of a header block.</summary>
internal enum HpackResult
{
    Ok,

    /// <summary>Not HPACK: the table's state is unknown, so the connection is lost with COMPRESSION_ERROR (RFC 9113, section 4.3).</summary>
    Malformed,

    /// <summary>The header list is above the bound: fields beyond it were not handed on. The table is right and the connection goes on.</summary>
    TooLarge,
}
