namespace PushGateway.Client.Events;

/// <summary>What became of a report of notifications that were opened.</summary>
public sealed record OpenedResult
{
    public int Counted { get; init; }

    /// <summary>How many had been counted before.</summary>
    public int Repeated { get; init; }

    /// <summary>The others; nothing is gained by sending them again.</summary>
    public IReadOnlyList<OpenedError> Errors { get => field ?? []; init; }
}

/// <param name="Index">Its place in the report, from 0.</param>
/// <param name="Code"><c>event.unknown</c> or <c>device.unknown</c>.</param>
public sealed record OpenedError(int Index, string Code, string Detail);
