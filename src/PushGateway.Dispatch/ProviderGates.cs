using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core.Apps;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Dispatch;

/// <summary>The gates of all apps in use, one per app and provider, made when first asked for.</summary>
internal sealed class ProviderGates(
    IEnumerable<IPushProvider> providers, IOptions<DispatchOptions> options, RetrySchedule retries, RetryBudget budget, QuotaPaces quotas,
    ProviderAlerts alerts,
    TimeProvider timeProvider, ILogger<ProviderGates> logger)
{
    private readonly ConcurrentDictionary<(int AppKey, ProviderKind Provider), ProviderGate> _gates = new();
    private readonly ConcurrentDictionary<int, AppPace> _paces = new();
    private double _share = 1;
    private readonly Dictionary<ProviderKind, IPushProvider> _providers = providers.ToDictionary(provider => provider.Kind);

    /// <summary>The app's gate with its credential as it stands, or <see langword="null"/> when it has none for the provider.</summary>
    public ProviderGate? Find(App app, ProviderKind provider)
    {
        if (app.CredentialFor(provider) is null || !_providers.TryGetValue(provider, out var pushProvider))
        {
            return null;
        }

        var gate = _gates.GetOrAdd(
            (app.Key, provider), _ => new ProviderGate(
                pushProvider, options.Value, retries, budget.CreateShare(), quotas, health => alerts.ProviderStopped(app.Key, health), timeProvider,
                logger));
        gate.Refresh(app, PaceOf(app));
        return gate;
    }

    /// <summary>Several gateways share what an app and a provider's project may send: this one keeps to its part.</summary>
    /// <param name="share">0 to 1.</param>
    public void SetShare(double share)
    {
        Volatile.Write(ref _share, share);
        quotas.SetShare(share);
    }

    private TokenBucket? PaceOf(App app)
    {
        if (app.Limits.MaxRatePerSecond is not { } limit)
        {
            return null;
        }

        // A gateway without a share sends nothing; its pace has to be one all the same.
        var perSecond = Math.Max(limit * Volatile.Read(ref _share), 0.01);

        if (_paces.TryGetValue(app.Key, out var pace) && pace.PerSecond == perSecond)
        {
            return pace.Bucket;
        }

        return _paces.AddOrUpdate(
            app.Key,
            _ => NewPace(perSecond),
            (_, current) => current.PerSecond == perSecond ? current : NewPace(perSecond)).Bucket;
    }

    // A quarter of a second at once, as for an event's own pace.
    private AppPace NewPace(double perSecond) =>
        new(perSecond, new TokenBucket(perSecond, Math.Max(1, perSecond / 4.0), timeProvider.GetUtcNow()));

    public IReadOnlyList<ProviderHealth> GetHealth(int appKey) =>
        [.. ProviderKinds.All.Select(provider => _gates.TryGetValue((appKey, provider), out var gate)
            ? gate.Health
            : new ProviderHealth(provider, ProviderState.Running, null, null, null, null))];

    /// <summary>Apps whose gate to the provider is in the state.</summary>
    public int Count(ProviderKind provider, ProviderState state) => _gates.Count(pair => pair.Key.Provider == provider && pair.Value.Health.State == state);

    public void Resume(int appKey, ProviderKind provider)
    {
        if (_gates.TryGetValue((appKey, provider), out var gate))
        {
            gate.Resume();
        }
    }

    /// <summary>The clock was set back: whoever waits for a span of time does not wait for the step as well.</summary>
    public void ClockSetBack(TimeSpan step)
    {
        foreach (var gate in _gates.Values)
        {
            gate.ClockSetBack(step);
        }
    }

    /// <summary>Closes the senders of an app that is gone.</summary>
    public void Remove(int appKey)
    {
        _paces.TryRemove(appKey, out _);
        foreach (var provider in ProviderKinds.All)
        {
            if (_gates.TryRemove((appKey, provider), out var gate))
            {
                gate.Dispose();
            }
        }
    }

    /// <summary>Closes every sender.</summary>
    public void Clear()
    {
        foreach (var (appKey, _) in _gates.Keys)
        {
            Remove(appKey);
        }
    }

    private sealed record AppPace(double PerSecond, TokenBucket Bucket);
}
