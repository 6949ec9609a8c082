using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Core.FanOut;

/// <summary>The running fan-outs of this process, as the API sees them.</summary>
public interface IFanOutDispatcher
{
    /// <summary>Hands over an event that was just committed. Returns at once.</summary>
    void Submit(EventRecord record, FanOutPlan plan);

    /// <summary>The account at this instant, devices under way counted as pending; <see langword="null"/> when the event is not running here.</summary>
    FanOutProgress? FindProgress(long eventKey);

    /// <summary>
    /// Events of this process that could have come further since before the instant and have not: no device of theirs has come to its outcome. Not those that are
    /// paused, have not begun, or wait for a time that devices or repeats are due at. A closed provider and a pace are no excuse.
    /// </summary>
    /// <param name="limit">At most so many, those that have stood longest.</param>
    IReadOnlyList<StandingEvent> ListStanding(DateTimeOffset before, int limit);

    /// <summary>
    /// Acts on a change of <see cref="EventRecord.Control"/> that the store has committed. Sending stops within a second.
    /// Completes when nothing is under way here any more and, after a cancel, the event is final; other gateways of the store follow a pause within a second.
    /// </summary>
    Task ApplyControlAsync(EventRecord record, CancellationToken cancellationToken);

    /// <summary>How the providers of an app are doing; a provider never used since the start is running.</summary>
    IReadOnlyList<ProviderHealth> GetHealth(int appKey);

    /// <summary>Lets a stopped or backing-off provider try again now: the operator has proved the credential.</summary>
    void ResumeProvider(int appKey, ProviderKind provider);
}

/// <summary>A running event at one instant.</summary>
public sealed record FanOutProgress(EventState State, EventAccount Account, DateTimeOffset? StartedAt, DateTimeOffset? FirstAcceptedAt);

/// <param name="Record">The event, with the account it was taken up with.</param>
/// <param name="Since">When it last came further.</param>
public sealed record StandingEvent(EventRecord Record, DateTimeOffset Since);

public enum ProviderState : byte
{
    Running = 0,

    /// <summary>The provider is failing; nothing is sent until the time given, then little by little.</summary>
    BackingOff = 1,

    /// <summary>The credential was refused, or the answers look like a wrong environment. The operator has to act.</summary>
    Stopped = 2,
}

/// <param name="Reason">The provider's word or one of <see cref="GatewayReasons"/>; <see langword="null"/> while running.</param>
/// <param name="Message">What is wrong and what to do, in words; <see langword="null"/> while running.</param>
/// <param name="Since">When this state began.</param>
/// <param name="RetryAt">When it is tried again by itself.</param>
public sealed record ProviderHealth(
    ProviderKind Provider, ProviderState State, string? Reason, string? Message, DateTimeOffset? Since, DateTimeOffset? RetryAt);
