using PushGateway.Core.Providers;
using PushGateway.Core.Removals;

namespace PushGateway.Dispatch.Removals;

/// <summary>Watches how many of an app's devices one provider calls dead, and says when that looks like a mistake. Safe for concurrent use.</summary>
/// <remarks>
/// A page is counted before its removals are decided about, so the page that shows the mistake is held as a whole, and what was
/// removed before it is less than <see cref="RemovalGuardOptions.MinRemovals"/> or below the share that would have been noticed.
/// </remarks>
internal sealed class RemovalGuard(RemovalGuardOptions options)
{
    /// <summary>Steps the window moves in.</summary>
    private const int Steps = 20;

    /// <summary>The usual share is that of about so many windows.</summary>
    private const int UsualWindows = 100;

    /// <summary>However bad a provider's tokens usually are, more than this is a mistake.</summary>
    private const double HighestShare = 0.9;

    private readonly Lock _gate = new();
    private readonly Queue<(long Judged, long Removed)> _steps = new();
    private (long Judged, long Removed) _newest;
    private (long Judged, long Removed) _window;
    private (double Judged, double Removed) _usual;
    private bool _isHeld;

    /// <summary>Counts a page and says whether its removals are to be held.</summary>
    /// <param name="judged">Devices of the page that the provider took or refused for good.</param>
    /// <param name="removed">Those of them that are to be removed.</param>
    /// <param name="isHeld">Removals are held as far as the store knows.</param>
    /// <param name="isAllowed">The operator said that they are to be applied, however many they are.</param>
    public RemovalRuling Judge(ProviderKind provider, int judged, int removed, bool isHeld, bool isAllowed)
    {
        lock (_gate)
        {
            // Not kept: the store's word may be a moment old, and only a release ends what is kept here.
            var held = isHeld || _isHeld;
            Count(judged, removed, learns: !held);
            if (held)
            {
                return new RemovalRuling(IsHeld: true, null);
            }

            if (isAllowed || removed == 0 || !LooksLikeAMistake())
            {
                return new RemovalRuling(IsHeld: false, null);
            }

            _isHeld = true;
            return new RemovalRuling(IsHeld: true, new RemovalHoldStart(provider, _window.Judged, _window.Removed));
        }
    }

    /// <summary>A hold has ended; the window begins anew.</summary>
    /// <param name="wasRight">The removals held were applied: so many is what the app has to do with.</param>
    public void Reset(bool wasRight)
    {
        lock (_gate)
        {
            if (wasRight)
            {
                Learn(_window);
            }

            _steps.Clear();
            (_newest, _window, _isHeld) = (default, default, false);
        }
    }

    /// <param name="learns">What leaves the window counts as usual; not what was held.</param>
    private void Count(int judged, int removed, bool learns)
    {
        if (judged == 0)
        {
            return;
        }

        _newest = (_newest.Judged + judged, _newest.Removed + removed);
        _window = (_window.Judged + judged, _window.Removed + removed);
        if (_newest.Judged >= Math.Max(1, options.Window / Steps))
        {
            _steps.Enqueue(_newest);
            _newest = default;
        }

        while (_steps.TryPeek(out var oldest) && _window.Judged - oldest.Judged >= options.Window)
        {
            _steps.Dequeue();
            _window = (_window.Judged - oldest.Judged, _window.Removed - oldest.Removed);
            if (learns)
            {
                Learn(oldest);
            }
        }
    }

    private bool LooksLikeAMistake()
    {
        var usualShare = _usual.Judged >= options.Window ? _usual.Removed / _usual.Judged : 0;
        var share = Math.Max(options.MinShare, Math.Min(HighestShare, options.UsualFactor * usualShare));
        return _window.Removed >= options.MinRemovals && _window.Removed >= share * _window.Judged;
    }

    private void Learn((long Judged, long Removed) step)
    {
        _usual = (_usual.Judged + step.Judged, _usual.Removed + step.Removed);
        if (_usual.Judged > (double)options.Window * UsualWindows)
        {
            _usual = (_usual.Judged / 2, _usual.Removed / 2);
        }
    }
}

/// <param name="IsHeld">The page's removals are to be held.</param>
/// <param name="Start">The hold begins with this page; <see langword="null"/> otherwise.</param>
internal readonly record struct RemovalRuling(bool IsHeld, RemovalHoldStart? Start);
