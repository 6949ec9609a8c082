using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Nodes;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Live;

/// <summary>What the overview shows, at one instant; made once for all who look.</summary>
public sealed record LiveSnapshot
{
    public required DateTimeOffset At { get; init; }

    /// <summary>Not final and begun, newest first, at most twenty.</summary>
    public required IReadOnlyList<LiveEvent> InFlight { get; init; }

    /// <summary>Whether there are more than are shown.</summary>
    public required bool HasMoreInFlight { get; init; }

    /// <summary>Waiting for their time, soonest first, at most ten.</summary>
    public required IReadOnlyList<LiveEvent> Scheduled { get; init; }

    public required int ScheduledCount { get; init; }

    /// <summary>Final, the last to become so first, at most six.</summary>
    public required IReadOnlyList<LiveEvent> Recent { get; init; }

    /// <summary>By provider, since this process started.</summary>
    public required IReadOnlyDictionary<ProviderKind, OutcomeCounts> Totals { get; init; }

    /// <summary>Accepted a second, oldest first, at most 120.</summary>
    public required IReadOnlyList<RateSample> Rates { get; init; }

    /// <summary>Of apps with a credential, those with trouble first, at most eight.</summary>
    public required IReadOnlyList<LiveProvider> Providers { get; init; }

    /// <summary>How many there are.</summary>
    public int ProviderCount { get; init; }

    public required IReadOnlyList<Trouble> Troubles { get; init; }

    public required StoreReport Store { get; init; }

    /// <summary>The gateways that share the store, in the order in which they came.</summary>
    public IReadOnlyList<GatewayNode> Nodes { get; init; } = [];

    public required int Apps { get; init; }
}

/// <param name="Apns">Accepted by APNs a second.</param>
/// <param name="Fcm">Accepted by FCM a second.</param>
public sealed record RateSample(DateTimeOffset At, double Apns, double Fcm)
{
    public double Total => Apns + Fcm;
}

/// <param name="Record">The event, with its account at that instant.</param>
/// <param name="AppId">The app's id.</param>
/// <param name="PerSecond">Accepted a second lately; 0 when it is not sending.</param>
public sealed record LiveEvent(EventRecord Record, string AppId, double PerSecond)
{
    public string Id => Record.Event.Id;

    public string Title => Record.Event.Notification.Title ?? (Record.Event.Options.Silent ? "Silent notification" : Record.Event.Type);

    public OutcomeCounts Counts => Record.Account.Counts;

    /// <summary>What has to be reached in the end, as far as is known: what was found, or what was estimated while the audience is still being read.</summary>
    public long Expected => Record.State.IsFinal() ? Counts.Targeted : Math.Max(Counts.Targeted, Record.EstimatedAudience);
}

public sealed record LiveProvider(string AppId, string AppName, ProviderHealth Health);

public enum TroubleKind
{
    Warning,
    Error,
}

/// <summary>Something that somebody has to know about.</summary>
/// <param name="What">What is wrong.</param>
/// <param name="Todo">What to do about it.</param>
/// <param name="Link">Where to do it; <see langword="null"/> when that is outside.</param>
public sealed record Trouble(TroubleKind Kind, string What, string Todo, string? Link, string? LinkText);
