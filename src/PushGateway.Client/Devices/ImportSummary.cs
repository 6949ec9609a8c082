namespace PushGateway.Client.Devices;

/// <summary>What an import did. A bad line never costs a good one.</summary>
public sealed record ImportSummary
{
    public long Received { get; init; }

    public long Created { get; init; }

    public long Updated { get; init; }

    public long Unchanged { get; init; }

    public long Rejected { get; init; }

    /// <summary>The first 100 of the rejected lines.</summary>
    public IReadOnlyList<ImportLineError> Errors { get => field ?? []; init; }
}

/// <summary>Why a line was rejected.</summary>
/// <param name="Line">Counted from 1.</param>
public sealed record ImportLineError(long Line, string Code, string Detail);
