using Microsoft.AspNetCore.Components;
using PushGateway.Admin.Live;

namespace PushGateway.Admin.Shared;

/// <summary>A page that is drawn anew with each sample of the one stream.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private IDisposable? _viewer;
    private bool _isGone;

    [Inject]
    internal LiveFeed Feed { get; set; } = default!;

    /// <summary><see langword="null"/> until there is one.</summary>
    protected LiveSnapshot? Snapshot { get; private set; }

    protected override void OnInitialized()
    {
        // One of long ago would show what is over.
        Feed.Sampled += Take;
        _viewer = Feed.Watch();
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads what is shown beside the sample; before the page is drawn with it.</summary>
    protected virtual Task SampledAsync(LiveSnapshot snapshot) => Task.CompletedTask;

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _isGone = true;
            Feed.Sampled -= Take;
            _viewer?.Dispose();
        }
    }

    private void Take(LiveSnapshot snapshot) => _ = InvokeAsync(async () =>
    {
        if (_isGone)
        {
            return;
        }

        Snapshot = snapshot;
        await SampledAsync(snapshot);
        StateHasChanged();
    });
}
