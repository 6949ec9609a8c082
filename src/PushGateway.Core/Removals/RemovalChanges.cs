namespace PushGateway.Core.Removals;

/// <summary>What came of undoing a removal, or of applying a held one.</summary>
public enum RemovalChange
{
    Done,

    /// <summary>It had been undone before.</summary>
    DoneBefore,

    /// <summary>There is no such removal, or it has been kept long enough.</summary>
    Unknown,

    /// <summary>Its token belongs to another device by now.</summary>
    TokenMoved,

    /// <summary>The device has registered since, or has been removed again.</summary>
    RegisteredAnew,

    /// <summary>The app's credential has been replaced since: the answer was about another one.</summary>
    CredentialChanged,

    /// <summary>Somebody asked for the device to be deleted since.</summary>
    DeviceDeleted,
}

/// <param name="Removal">As it stands now; <see langword="null"/> when it is unknown.</param>
public sealed record RemovalUndo(RemovalChange Change, Removal? Removal);

/// <summary>What came of changing many removals.</summary>
/// <param name="Done">How many were changed.</param>
/// <param name="Skipped">How many were left as they are, by why. Those that had been changed before are not counted.</param>
public sealed record RemovalSummary(long Done, IReadOnlyDictionary<RemovalChange, long> Skipped);
