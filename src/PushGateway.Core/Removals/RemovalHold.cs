using PushGateway.Core.Providers;

namespace PushGateway.Core.Removals;

/// <summary>Whether an app's removals for one provider are applied, held, or applied whatever their number.</summary>
/// <param name="HeldSince">Removals are held since then; <see langword="null"/> when they are applied.</param>
/// <param name="Judged">Devices the provider had judged last when the hold began.</param>
/// <param name="Removed">How many of those it had called dead.</param>
/// <param name="AllowedUntil">The operator said that removals are to be applied until then, however many they are.</param>
public sealed record RemovalHold(
    int AppKey, ProviderKind Provider, DateTimeOffset? HeldSince, long Judged, long Removed, DateTimeOffset? AllowedUntil)
{
    public bool IsHeld => HeldSince is not null;
}

/// <summary>Removals of one provider are to be held from now on.</summary>
/// <param name="Judged">Devices judged last.</param>
/// <param name="Removed">How many of them are called dead.</param>
public sealed record RemovalHoldStart(ProviderKind Provider, long Judged, long Removed);
