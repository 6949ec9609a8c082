namespace PushGateway.Http2.Frames;

/// <summary>RFC 9113, section 6. Types not named here are ignored (section 4.1).</summary>
internal enum FrameType : byte
{
    Data = 0x0,
    Headers = 0x1,
    Priority = 0x2,
    RstStream = 0x3,
    Settings = 0x4,
    PushPromise = 0x5,
    Ping = 0x6,
    GoAway = 0x7,
    WindowUpdate = 0x8,
    Continuation = 0x9,
}

#pragma warning disable CA1069 // A bit means one thing in one frame and another in another: that is the protocol.
/// <summary>Flags, whose meaning depends on the type of the frame; those without a meaning are ignored.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0x0,

    /// <summary>Of SETTINGS and PING.</summary>
    Ack = 0x1,

    /// <summary>Of DATA and HEADERS.</summary>
    EndStream = 0x1,

    /// <summary>Of HEADERS and CONTINUATION.</summary>
    EndHeaders = 0x4,

    /// <summary>Of DATA and HEADERS.</summary>
    Padded = 0x8,

    /// <summary>Of HEADERS.</summary>
    Priority = 0x20,
}
#pragma warning restore CA1069
