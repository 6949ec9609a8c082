using PushGateway.Core.Providers;

namespace PushGateway.Core.FanOut;

/// <summary>Devices of one page that all wait for the same instant: together one row, not one each.</summary>
/// <param name="DueAt">When they may be sent to.</param>
/// <param name="StartsAt">Where their TTL counts from, when that is not the event's start: their local time.</param>
/// <param name="Devices">In the order of the page.</param>
public sealed record WaitingDevices(
    ProviderKind Provider, DateTimeOffset DueAt, DateTimeOffset? StartsAt, IReadOnlyList<AudienceCursor> Devices)
{
    /// <summary>Attempts made so far, when they wait to be tried again; <see langword="null"/> when their time has not come.</summary>
    public int? Attempts { get; init; }
}

/// <summary>A stored row of <see cref="WaitingDevices"/> from which a page was filled.</summary>
/// <param name="DueAtMs">With <paramref name="Number"/> where the row was, within its event and shard. It is brought nearer when the clock is set back.</param>
/// <param name="Last">Its last device. Those before it may have been taken and wait in another row again, the last is in no other while the row is there: this says which it is, wherever it has come to.</param>
/// <param name="Taken">How many of its devices, from the first on, wait no longer.</param>
/// <param name="IsEmpty">Those were all.</param>
public readonly record struct TakenWait(long DueAtMs, int Number, AudienceCursor Last, int Taken, bool IsEmpty);
