namespace PushGateway.Server.Api.Import;

/// <summary>What an import did. A bad line never costs a good one.</summary>
/// <param name="Received">Lines with content: the sum of the others.</param>
/// <param name="Errors">The first 100 rejected lines.</param>
internal sealed record ImportResponse(
    long Received, long Created, long Updated, long Unchanged, long Rejected, IReadOnlyList<ImportError> Errors);

/// <summary>Why a line was rejected.</summary>
/// <param name="Line">Counted from 1, empty lines included.</param>
internal sealed record ImportError(long Line, string Code, string Detail);

/// <summary>One device, in imports and exports: a line of its own.</summary>
internal sealed record DeviceLine
{
    public string? Device { get; init; }

    public string? Provider { get; init; }

    public string? Token { get; init; }

    public string? Subscriber { get; init; }

    /// <summary>Channels the subscriber is subscribed to; an import adds these and takes none away.</summary>
    public IReadOnlyList<string>? Channels { get; init; }

    public string? Environment { get; init; }

    public string? Locale { get; init; }

    public string? TimeZone { get; init; }

    public string? AppVersion { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}
