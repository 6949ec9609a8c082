using Microsoft.AspNetCore.Components;
using PushGateway.Admin.Live;
using PushGateway.Core.Events;

namespace PushGateway.Admin.Pages;

/// <summary>The list of events. A search by text looks through a bounded number of events at a time.</summary>
public partial class EventsPage : IDisposable
{
    private const int PageSize = 25;
    private const int LookedAt = 500;

    private readonly CancellationTokenSource _gone = new();
    private string _text = string.Empty;
    private string? _app;
    private string _state = string.Empty;
    private List<LiveEvent>? _found;
    private long? _next;
    private bool _busy;
    private int _search;

    [Inject]
    private IEventSearch Search { get; set; } = default!;

    [Inject]
    private IEventStore Events { get; set; } = default!;

    [Inject]
    internal LiveFeed Feed { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "app")]
    private string? AppQuery { get; set; }

    private bool IsFiltered => _text.Length > 0 || !string.IsNullOrEmpty(_app) || _state.Length > 0;

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override Task OnInitializedAsync()
    {
        _app = AppQuery;
        return SearchAsync();
    }

    private Task AppChangedAsync(string? app)
    {
        _app = app;
        return SearchAsync();
    }

    private async Task SearchAsync()
    {
        var search = ++_search;
        var (found, next) = await ReadAsync(null);

        // Another letter was typed meanwhile: its search has the last word.
        if (search == _search)
        {
            (_found, _next) = (found, next);
        }
    }

    private async Task MoreAsync()
    {
        var search = _search;
        _busy = true;
        var (found, next) = await ReadAsync(_next);
        _busy = false;

        // What has been searched for meanwhile has no use for what came before it.
        if (search == _search)
        {
            _found!.AddRange(found);
            _next = next;
        }
    }

    private async Task<(List<LiveEvent> Found, long? Next)> ReadAsync(long? before)
    {
        var byKey = Apps.List().ToDictionary(app => app.Key);
        int? appKey = string.IsNullOrEmpty(_app) ? null : Apps.Find(_app)?.Key ?? 0;
        EventState? state = Enum.TryParse<EventState>(_state, out var parsed) ? parsed : null;
        var text = _text.Trim();
        var found = new List<LiveEvent>();
        for (var looked = 0; looked < LookedAt; looked += PageSize * 2)
        {
            var hits = await Search.ListAsync(new EventQuery { AppKey = appKey, State = state, Before = before, Limit = PageSize * 2 }, _gone.Token);
            foreach (var hit in hits)
            {
                before = hit.Key;
                if (byKey.TryGetValue(hit.AppKey, out var app) && await Events.FindAsync(hit.AppKey, hit.EventId, _gone.Token) is { } record && Fits(record, text))
                {
                    found.Add(new LiveEvent(Feed.Current(record), app.Id, 0));
                    if (found.Count == PageSize)
                    {
                        return (found, before);
                    }
                }
            }

            if (hits.Count < PageSize * 2)
            {
                return (found, null);
            }
        }

        return (found, before);
    }

    private static bool Fits(EventRecord record, string text) =>
        text.Length == 0 ||
        record.Event.Id.StartsWith(text, StringComparison.OrdinalIgnoreCase) ||
        record.Event.Type.Contains(text, StringComparison.OrdinalIgnoreCase) ||
        record.Event.Notification.Title?.Contains(text, StringComparison.OrdinalIgnoreCase) == true ||
        record.Event.Notification.Body?.Contains(text, StringComparison.OrdinalIgnoreCase) == true;
}
