namespace PushGateway.Simulator.Fcm;

/// <summary>What a field of a request holds, and which rule of its own it has.</summary>
internal enum FcmFieldKind
{
    Text,
    Bool,
    Int32,
    Number,
    Duration,
    Enum,
    TextMap,
    TextList,
    DurationList,

    /// <summary>Any JSON object (google.protobuf.Struct).</summary>
    Struct,

    /// <summary>An object with fields of its own.</summary>
    Message,

    /// <summary>The registration token, whose bytes do not count towards the size.</summary>
    Token,

    /// <summary>A Firebase installation ID, the newer way to name a device.</summary>
    InstallationId,

    Topic,
    Condition,

    /// <summary>A text map with reserved keys.</summary>
    Data,

    /// <summary>A duration from nothing to four weeks.</summary>
    TimeToLive,

    AnalyticsLabel,
}
