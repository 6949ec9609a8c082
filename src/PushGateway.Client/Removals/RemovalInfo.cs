namespace PushGateway.Client.Removals;

/// <summary>A device that was removed, set aside or held because of a provider's answer.</summary>
public sealed record RemovalInfo
{
    /// <summary>To undo it by.</summary>
    public required string Id { get; init; }

    public required string Device { get; init; }

    public string? Subscriber { get; init; }

    public string? Provider { get; init; }

    /// <summary>Its first characters; <see langword="null"/> once the device has been deleted on request.</summary>
    public string? Token { get; init; }

    /// <summary><c>removed</c>, <c>quarantined</c>, <c>held</c>, <c>undone</c> or <c>overtaken</c>.</summary>
    public string? State { get; init; }

    /// <summary>The provider's word.</summary>
    public string? Reason { get; init; }

    /// <summary>The event whose notification was answered so.</summary>
    public string? Event { get; init; }

    public DateTimeOffset? At { get; init; }

    /// <summary>Until then it can be undone.</summary>
    public DateTimeOffset? UndoUntil { get; init; }
}

/// <summary>Which removals are meant; what is <see langword="null"/> does not narrow.</summary>
public sealed record RemovalQuery
{
    public string? Reason { get; init; }

    public string? Device { get; init; }

    public string? Provider { get; init; }

    public string? State { get; init; }

    public string? Event { get; init; }
}

/// <summary>Which removals are to be undone: those of a time.</summary>
public sealed record RemovalUndo
{
    public required DateTimeOffset Since { get; init; }

    /// <summary>Not this instant itself.</summary>
    public required DateTimeOffset Until { get; init; }

    public string? Reason { get; init; }

    public string? Event { get; init; }

    public string? Provider { get; init; }
}

/// <summary>What came of undoing many.</summary>
public sealed record RemovalUndoResult
{
    public long Undone { get; init; }

    /// <summary>Devices left as they are, by why.</summary>
    public IReadOnlyDictionary<string, long> Skipped { get => field ?? new Dictionary<string, long>(); init; }
}

/// <summary>What came of deciding about held removals.</summary>
public sealed record RemovalReleaseResult
{
    /// <summary>Devices removed, or back in audiences.</summary>
    public long Changed { get; init; }

    /// <summary>Devices left as they are, by why.</summary>
    public IReadOnlyDictionary<string, long> Skipped { get => field ?? new Dictionary<string, long>(); init; }

    /// <summary>Until then removals are applied however many they are.</summary>
    public DateTimeOffset? AllowedUntil { get; init; }
}

internal sealed record RemovalRelease(string Provider, string Decision, int? AllowForSeconds);
