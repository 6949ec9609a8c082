using Microsoft.AspNetCore.Components;
using PushGateway.Admin.Live;

namespace PushGateway.Admin.Shared;

/// <summary>A page that is drawn anew with each sample of the one stream.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private IDisposable? _viewer;

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

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Feed.Sampled -= Take;
            _viewer?.Dispose();
        }
    }

    private void Take(LiveSnapshot snapshot) => _ = InvokeAsync(() =>
    {
        Snapshot = snapshot;
        StateHasChanged();
    });
}
