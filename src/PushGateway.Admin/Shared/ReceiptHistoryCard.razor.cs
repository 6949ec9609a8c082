using Microsoft.AspNetCore.Components;
using PushGateway.Core;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;

namespace PushGateway.Admin.Shared;

/// <summary>What a device, or a subscriber's devices, were sent and what came of it, a page at a time as far back as events are kept.</summary>
public partial class ReceiptHistoryCard
{
    private const int Items = 20;

    private ReceiptHistoryPage? _page;
    private HistoryOwner? _owner;
    private int _read;
    private bool _isNewest = true;
    private bool _busy;
    private bool _failed;

    [Parameter, EditorRequired]
    public required App App { get; set; }

    [Parameter, EditorRequired]
    public required HistoryOwner Owner { get; set; }

    [Inject]
    private IEventStore Events { get; set; } = default!;

    protected override async Task OnParametersSetAsync()
    {
        if (_owner != Owner)
        {
            (_owner, _page) = (Owner, null);
            await ReadAsync(null);
        }
    }

    private async Task ReadAsync(string? cursor)
    {
        var read = ++_read;
        (_busy, _failed) = (true, false);
        StateHasChanged();
        ReceiptHistoryPage? page = null;
        try
        {
            page = await Events.ReadHistoryAsync(App.Key, Owner, Items, cursor, CancellationToken.None) ?? new ReceiptHistoryPage([], null, null);
        }
        catch (StoreUnavailableException)
        {
            // Said below: what was read before stays.
        }

        // Not when something else has been asked for meanwhile, of somebody else perhaps.
        if (read == _read)
        {
            (_busy, _failed) = (false, page is null);
            (_page, _isNewest) = page is null ? (_page, _isNewest) : (page, cursor is null);
        }
    }
}
