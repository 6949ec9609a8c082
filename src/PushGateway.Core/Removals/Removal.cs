using PushGateway.Core.Providers;

namespace PushGateway.Core.Removals;

/// <summary>What became of a device whose token a provider refused. The numbers are stored.</summary>
public enum RemovalState : byte
{
    /// <summary>The device is gone. It can be brought back while the removal is kept.</summary>
    Removed = 0,

    /// <summary>The device is left out of audiences until it registers again or the app's credential changes.</summary>
    Quarantined = 1,

    /// <summary>It would have been removed, but removals are held; it is left out of audiences until somebody decides.</summary>
    Held = 2,

    /// <summary>Taken back: the device is as it was.</summary>
    Undone = 3,

    /// <summary>Was held, and when it was to be applied the device had registered anew, or the credential had changed: nothing was done to it.</summary>
    Overtaken = 4,
}

/// <summary>One removal, quarantine or held removal as recorded, with what may be shown of the device.</summary>
public sealed record Removal
{
    /// <summary>Grows with time; unique within the store.</summary>
    public required long Id { get; init; }

    public required string DeviceId { get; init; }

    public required string SubscriberId { get; init; }

    public required ProviderKind Provider { get; init; }

    /// <summary>As <see cref="Devices.DeviceToken.Mask"/> shows it; <see langword="null"/> once somebody has deleted the device, and its token with it.</summary>
    public string? MaskedToken { get; init; }

    public required RemovalState State { get; init; }

    /// <summary>The provider's word.</summary>
    public required string Reason { get; init; }

    /// <summary>When the answer was recorded.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The event whose notification was answered so.</summary>
    public string? EventId { get; init; }
}

/// <summary>Which removals are meant; what is <see langword="null"/> does not narrow.</summary>
public sealed record RemovalFilter
{
    public string? Reason { get; init; }

    public string? DeviceId { get; init; }

    public ProviderKind? Provider { get; init; }

    public RemovalState? State { get; init; }

    public string? EventId { get; init; }

    /// <summary>At this instant or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before this instant.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>One page of removals, newest first.</summary>
/// <param name="NextCursor">Asks for the next page; a page may be short, even empty, without being the last.</param>
public sealed record RemovalPage(IReadOnlyList<Removal> Items, string? NextCursor);

public static class RemovalStates
{
    public static IReadOnlyList<RemovalState> All { get; } = Enum.GetValues<RemovalState>();

    public static string Name(this RemovalState state) => state switch
    {
        RemovalState.Removed => "removed",
        RemovalState.Quarantined => "quarantined",
        RemovalState.Held => "held",
        RemovalState.Undone => "undone",
        RemovalState.Overtaken => "overtaken",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Unknown state of a removal."),
    };
}
