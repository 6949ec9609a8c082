namespace PushGateway.Http2.Tests.Doubles;

/// <summary>RFC 9113, section 6.5.2.</summary>
internal enum WireSetting
{
    HeaderTableSize = 0x1,
    EnablePush = 0x2,
    MaxConcurrentStreams = 0x3,
    InitialWindowSize = 0x4,
    MaxFrameSize = 0x5,
    MaxHeaderListSize = 0x6,
}
