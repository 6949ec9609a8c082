using Microsoft.Extensions.Options;

namespace PushGateway.Dispatch;

/// <summary>
/// How much of what is sent may be repetition: a share of the first attempts of the last while for each app and provider, and a small
/// number a second for all together, so that small events can be repeated too. It makes retry storms impossible: with every answer a
/// failure, a provider gets little more than the first attempts.
/// </summary>
/// <remarks>
/// The share is each app's and provider's own, so that one that fails does not use up what the others need; added up, it is a bound on the
/// whole gateway. What the budget does not allow waits in the store, it is neither lost nor given up.
/// </remarks>
internal sealed class RetryBudget(IOptions<DispatchOptions> options, TimeProvider timeProvider)
{
    private readonly TokenBucket _floor = new(
        options.Value.RetryBudgetFloor, Math.Max(1, options.Value.RetryBudgetFloor), timeProvider.GetUtcNow());

    /// <summary>A new app's or provider's share.</summary>
    public RetryShare CreateShare() => new(this, options.Value, timeProvider);

    /// <summary>From what all have in common.</summary>
    /// <returns>0 to <paramref name="wanted"/>.</returns>
    public int TakeFromFloor(int wanted) => _floor.TakeUpTo(wanted, timeProvider.GetUtcNow());
}
