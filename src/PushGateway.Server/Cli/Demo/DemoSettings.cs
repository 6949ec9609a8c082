namespace PushGateway.Server.Cli.Demo;

/// <summary>What the demo was asked to do.</summary>
internal sealed record DemoSettings
{
    public const long DefaultDevices = 100_000;
    public const int DefaultPort = 8080;

    /// <summary>Of gRPC; a free one when it is taken.</summary>
    public const int RpcPort = 8081;

    /// <summary>Far above what one machine sends, so that the demo shows the gateway and not Google's default quota of 600,000.</summary>
    public const int DefaultFcmQuota = 60_000_000;

    public required long Devices { get; init; }

    /// <summary>End after the report, instead of staying to be looked at.</summary>
    public required bool Exit { get; init; }

    /// <summary><see langword="null"/>: <see cref="DefaultPort"/>, or a free one when that is taken.</summary>
    public required int? Port { get; init; }

    /// <summary>Kept afterwards; <see langword="null"/> for a temporary folder.</summary>
    public required string? DataDirectory { get; init; }

    /// <summary>Messages a minute.</summary>
    public required int FcmQuota { get; init; }
}
