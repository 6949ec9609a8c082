using Microsoft.AspNetCore.Components;
using MudBlazor;
using PushGateway.Admin.Actions;
using PushGateway.Admin.Live;
using PushGateway.Admin.Shared;
using PushGateway.Admin.Words;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Pages;

/// <summary>One event: followed live while it is not final.</summary>
public partial class EventPage : IDisposable
{
    private IDisposable? _viewer;
    private EventTrail? _trail;
    private EventRecord? _record;
    private Answer? _answer;
    private bool _isUnknown;
    private bool _busy;
    private bool _isGone;
    private int _drawn;

    [Parameter]
    public string AppId { get; set; } = string.Empty;

    [Parameter]
    public string EventId { get; set; } = string.Empty;

    [Inject]
    private IAppStore Apps { get; set; } = default!;

    [Inject]
    private IEventStore Events { get; set; } = default!;

    [Inject]
    private IGatewayActions Actions { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = default!;

    [Inject]
    internal LiveFeed Feed { get; set; } = default!;

    private LiveEvent? Entry => _record is null ? null : new LiveEvent(_record, AppId, 0);

    public void Dispose()
    {
        _isGone = true;
        Feed.Sampled -= Take;
        _viewer?.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_trail is not null && _trail.EventId == EventId)
        {
            return;
        }

        _viewer?.Dispose();
        Feed.Sampled -= Take;
        (_viewer, _trail, _record, _answer) = (null, null, null, null);
        var (app, id) = (AppId, EventId);
        await ReadAsync();
        // The page may have been left, or be another event's, by now: then nothing would let go of what is taken here.
        if (_record is { } record && !_isGone && _viewer is null && (app, id) == (AppId, EventId))
        {
            (_viewer, _trail) = Feed.Watch(record.AppKey, EventId);
            Feed.Sampled += Take;
        }
    }

    private async Task ReadAsync()
    {
        var (appId, id) = (AppId, EventId);
        var record = Apps.Find(appId) is { } app ? await Events.FindAsync(app.Key, id, CancellationToken.None) : null;
        if ((appId, id) != (AppId, EventId))
        {
            return;
        }

        _isUnknown = record is null;
        _record = record is null ? null : Feed.Current(record);
    }

    private void Take(LiveSnapshot snapshot) => _ = InvokeAsync(() =>
    {
        if (_trail is { Record: { } record } trail && (_record?.State.IsFinal() != true || record.Opened != _record.Opened || trail.Points.Count != _drawn))
        {
            (_record, _drawn) = (record, trail.Points.Count);
            StateHasChanged();
        }
    });

    private Task PauseAsync() => ControlAsync(EventControl.Pause, "Paused. Devices wait.");

    private Task ResumeAsync() => ControlAsync(EventControl.Run, "Going on.");

    private async Task CancelAsync()
    {
        var left = Entry!.Expected - (Entry.Counts.Targeted - Entry.Counts.Pending);
        if (await Dialogs.ConfirmAsync(
            "Cancel this event?",
            $"About {Numbers.Of(left, "device")} without an outcome will not get it. What was accepted stays accepted. This cannot be taken back.",
            "Cancel the event", dangerous: true))
        {
            await ControlAsync(EventControl.Cancel, "Cancelled.");
        }
    }

    private async Task ResendAsync()
    {
        if (!await Dialogs.ConfirmAsync(
            "Send it again?",
            $"No provider had taken the notification for {Numbers.Of(Entry!.Counts.Expired, "device")} when its time, or its attempts, had run out. A new event with the same text is sent to these now. Nobody who got it gets it twice.",
            "Send again"))
        {
            return;
        }

        _busy = true;
        StateHasChanged();
        _answer = await Actions.ResendAsync(AppId, EventId, CancellationToken.None);
        _busy = false;
        if (_answer is { Ok: true, Body: { } body })
        {
            Navigation.NavigateTo($"/admin/events/{AppId}/{body["id"]!.GetValue<string>()}");
        }
    }

    private async Task ControlAsync(EventControl control, string done)
    {
        _busy = true;
        StateHasChanged();
        _answer = await Actions.ControlAsync(AppId, EventId, control, CancellationToken.None);
        _busy = false;
        await ReadAsync();
        if (_answer.Ok)
        {
            Snackbar.Add(done, MudBlazor.Severity.Success);
        }
    }

    private string After(DateTimeOffset? at) => at is { } instant && _record is { } record
        ? Times.Span(instant - (record.Event.StartsAt > record.Timings.CreatedAt ? record.Event.StartsAt : record.Timings.CreatedAt))
        : "–";

    private static string Mark(EventCourse course, int percent) => course.When(percent) is { } after ? Times.Span(after) : "–";

    /// <summary>Who had it live has it: that stands with the outcomes.</summary>
    private static bool NeedsExplaining(string reason) => reason != GatewayReasons.ConfirmedLive;

    private static IEnumerable<(string Name, string Value)> Facts(PushEvent pushEvent)
    {
        var notification = pushEvent.Notification;
        yield return ("Audience", AudienceWords.Describe(pushEvent.Audience));
        if (FilterWords.Describe(pushEvent.Filter) is { Length: > 0 } filter)
        {
            yield return ("Narrowed to", filter);
        }

        if (notification.Title is { } title)
        {
            yield return ("Title", title);
        }

        if (notification.Body is { } body)
        {
            yield return ("Text", body);
        }

        if (pushEvent.Localizations.Count > 0)
        {
            yield return ("Languages", string.Join(", ", pushEvent.Localizations.Keys.Order(StringComparer.Ordinal)));
        }

        if (pushEvent.Data.Count > 0)
        {
            yield return ("Data", string.Join(", ", pushEvent.Data.Select(entry => $"{entry.Key} = {entry.Value}")));
        }

        yield return ("Priority", pushEvent.Options.Priority.ToString().ToLowerInvariant());
        yield return ("Time to live", Times.Span(pushEvent.Options.Ttl));
        if (pushEvent.Options.MaxRatePerSecond is { } rate)
        {
            yield return ("At most", $"{Numbers.Count(rate)} a second");
        }

        if (pushEvent.Options.LocalTime is { } localTime)
        {
            yield return ("At", $"{localTime:HH\\:mm} on each device's clock");
        }

        yield return ("Event id", pushEvent.Id);
    }
}
