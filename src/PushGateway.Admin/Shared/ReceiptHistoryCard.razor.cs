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
    private HistoryOwner? _read;
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
        if (_read != Owner)
        {
            (_read, _page) = (Owner, null);
            await ReadAsync(null);
        }
    }

    private async Task ReadAsync(string? cursor)
    {
        (_busy, _failed) = (true, false);
        StateHasChanged();
        try
        {
            _page = await Events.ReadHistoryAsync(App.Key, Owner, Items, cursor, CancellationToken.None) ?? new ReceiptHistoryPage([], null, null);
            _isNewest = cursor is null;
        }
        catch (StoreUnavailableException)
        {
            _failed = true;
        }

        _busy = false;
    }
}
