using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Core.Apps;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;

namespace PushGateway.Dispatch.Removals;

/// <summary>The guards of all apps in use, one per app and provider, made when first asked for.</summary>
internal sealed class RemovalGuards : IDisposable
{
    private readonly ConcurrentDictionary<(int AppKey, ProviderKind Provider), RemovalGuard> _guards = new();
    private readonly IRemovalStore _removals;
    private readonly IAppStore _apps;
    private readonly RemovalGuardOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<RemovalGuards> _logger;

    public RemovalGuards(
        IRemovalStore removals, IAppStore apps, IOptions<RemovalGuardOptions> options, TimeProvider timeProvider, ILogger<RemovalGuards> logger)
    {
        (_removals, _apps, _options, _timeProvider, _logger) = (removals, apps, options.Value, timeProvider, logger);
        _removals.Released += OnReleased;
        _apps.Changed += OnAppChanged;
    }

    /// <summary>Counts a page and says whether its removals are to be held.</summary>
    /// <inheritdoc cref="RemovalGuard.Judge" path="/param"/>
    public RemovalRuling Judge(App app, ProviderKind provider, int judged, int removed)
    {
        var hold = _removals.FindHold(app.Key, provider);
        var guard = _guards.GetOrAdd((app.Key, provider), static (_, options) => new RemovalGuard(options), _options);
        var ruling = guard.Judge(
            provider, judged, removed, hold is { IsHeld: true }, hold?.AllowedUntil is { } until && _timeProvider.GetUtcNow() < until);
        if (ruling.Start is { } start)
        {
            DispatchLog.RemovalsHeld(_logger, provider.Name(), app.Id, start.Removed, start.Judged);
        }

        return ruling;
    }

    public void Dispose()
    {
        _removals.Released -= OnReleased;
        _apps.Changed -= OnAppChanged;
    }

    private void OnReleased(int appKey, ProviderKind provider, bool applied)
    {
        if (_guards.TryGetValue((appKey, provider), out var guard))
        {
            guard.Reset(wasRight: applied);
        }

        var (name, appId) = (provider.Name(), _apps.Find(appKey)?.Id ?? string.Empty);
        DispatchLog.RemovalsReleased(_logger, name, appId, applied ? "applied" : "discarded");
    }

    private void OnAppChanged(int appKey)
    {
        if (_apps.Find(appKey) is null)
        {
            foreach (var provider in ProviderKinds.All)
            {
                _guards.TryRemove((appKey, provider), out _);
            }
        }
    }
}
