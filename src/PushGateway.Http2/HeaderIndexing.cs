namespace PushGateway.Http2;

/// <summary>Whether a header may be kept in the compression table that both ends of a connection hold (RFC 7541).</summary>
public enum HeaderIndexing
{
    /// <summary>After a few uses it is kept in the table, and from then on it costs a byte or two.</summary>
    Allowed,

    /// <summary>Sent in full every time (RFC 7541, section 6.2.2). An intermediary may still index it on its own connections.</summary>
    Literal,

    /// <summary>Sent in full every time, and marked so that no intermediary may index it either (RFC 7541, sections 6.2.3 and 7.1.3).</summary>
    Never,
}
