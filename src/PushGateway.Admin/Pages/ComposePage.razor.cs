using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using PushGateway.Admin.Actions;
using PushGateway.Admin.Shared;
using PushGateway.Admin.Words;
using PushGateway.Core.Apps;
using PushGateway.Core.Events;

namespace PushGateway.Admin.Pages;

/// <summary>Writes an event. What is checked, measured and counted is what the API would be sent.</summary>
public partial class ComposePage : IDisposable
{
    /// <summary>From so many devices on, their number has to be typed.</summary>
    private const long TypedFrom = 100;

    private const int MaxSaved = 200;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <summary>In seconds.</summary>
    private static readonly long[] s_timesToLive = [3_600, 21_600, 86_400, 604_800, 2_419_200];

    private readonly CancellationTokenSource _gone = new();
    private readonly EventDraft _draft = new();
    private IReadOnlyList<SavedAudience> _saved = [];
    private string? _browserZone;
    private string? _unknownZone;
    private long? _ownTimeToLive;
    private bool _narrows;
    private DraftText? _language;
    private Answer? _preview;
    private Answer? _count;
    private Answer? _sent;
    private string _testDevice = string.Empty;
    private string _testedDevice = string.Empty;
    private string? _tested;
    private string _key = string.Empty;
    private bool _busy;
    private int _change;

    [Inject]
    private IAppStore Apps { get; set; } = default!;

    [Inject]
    private IEventStore Events { get; set; } = default!;

    [Inject]
    private ISavedAudienceStore SavedAudiences { get; set; } = default!;

    [Inject]
    private IGatewayActions Actions { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private TimeProvider Clock { get; set; } = default!;

    [Inject]
    private IJSRuntime Script { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "app")]
    private string? AppQuery { get; set; }

    /// <summary>An event to begin from.</summary>
    [SupplyParameterFromQuery(Name = "from")]
    private string? FromQuery { get; set; }

    [SupplyParameterFromQuery(Name = "device")]
    private string? DeviceQuery { get; set; }

    private string IdsLabel => _draft.Kind switch
    {
        DraftAudience.Channel => "Channels",
        DraftAudience.Subscribers => "Subscribers",
        DraftAudience.Devices => "Devices",
        _ => "Condition",
    };

    private string IdsHint => _draft.Kind == DraftAudience.Condition ? "'news' in channels && !('vip' in channels)" : "one id, or several with commas between";

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override async Task OnInitializedAsync()
    {
        _draft.App = Apps.Find(AppQuery ?? string.Empty)?.Id ?? (Apps.List() is [var first, ..] ? first.Id : null);
        _draft.Schedule.SendAt = Clock.GetUtcNow().UtcDateTime.Date.AddDays(1).AddHours(9);
        if (FromQuery is { } from && Apps.Find(_draft.App ?? string.Empty) is { } app && await Events.FindAsync(app.Key, from, _gone.Token) is { } record)
        {
            _draft.TakeOver(record.Event);
            _narrows = _draft.Filter.IsDetailed;
            _ownTimeToLive = _draft.TtlSeconds;
        }

        if (DeviceQuery is { Length: > 0 } device)
        {
            (_draft.Kind, _draft.Ids, _testDevice) = (DraftAudience.Devices, device, device);
        }

        await ReadSavedAsync();
        NewKey();
        await RefreshAsync();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender || await Script.InvokeAsync<string?>("pushGateway.zone") is not { Length: > 0 } zone || zone == DraftSchedule.Utc)
        {
            return;
        }

        if (!DraftSchedule.Knows(zone))
        {
            _unknownZone = zone;
        }
        else
        {
            _browserZone = zone;
            if (_draft.Schedule.When == DraftWhen.Now)
            {
                _draft.Schedule.Zone = zone;
            }
        }

        StateHasChanged();
    }

    /// <summary>With that of the event that the draft was made from.</summary>
    private IEnumerable<long> TimesToLive => _ownTimeToLive is { } own ? s_timesToLive.Append(own).Distinct().Order() : s_timesToLive;

    private static string TimeToLive(long seconds) => seconds switch
    {
        0 => "One try, now or never",
        3_600 => "1 hour",
        86_400 => "1 day",
        _ when seconds % 86_400 == 0 => $"{seconds / 86_400} days",
        _ when seconds % 3_600 == 0 => $"{seconds / 3_600} hours",
        _ => Times.Span(TimeSpan.FromSeconds(seconds)),
    };

    private IEnumerable<string> Zones => new[] { _browserZone, DraftSchedule.Utc, _draft.Schedule.Zone }.OfType<string>().Distinct();

    private string ZoneName(string zone) => zone == DraftSchedule.Utc ? "UTC"
        : $"{zone} ({DraftSchedule.OffsetName(new DraftSchedule { Zone = zone, SendAt = _draft.Schedule.SendAt }.Offset)}){(zone == _browserZone ? ", your own" : null)}";

    private string WhenWords => _draft.Schedule.When switch
    {
        DraftWhen.Later => $" on {_draft.Schedule.SendAt:ddd d MMM yyyy, HH:mm} {_draft.Schedule.Zone}",
        DraftWhen.LocalTime => $", to each when its own clock shows {_draft.Schedule.LocalTime:HH\\:mm}",
        _ => " now",
    };

    private void AddTag() => _draft.Filter.Tags.Add(new DraftTag());

    private Task RemoveTagAsync(DraftTag tag)
    {
        _draft.Filter.Tags.Remove(tag);
        return ChangedAsync();
    }

    private static string Pressed(bool isPressed) => isPressed ? "true" : "false";

    private static long Devices(JsonNode counted) => (counted["devices"] ?? counted["estimate"])!.GetValue<long>();

    private string? Error(string field) => _preview?.ErrorOf(field);

    /// <summary>Of the audience and its filter, also before there is anything to send: they are counted all the same.</summary>
    private string? AudienceError(string field) => _preview?.ErrorOf(field) ?? _count?.ErrorOf(field);

    /// <summary>What the body that the API is sent could not say, and it could not refuse.</summary>
    private Answer? NotSaid => _draft.Filter.RepeatedTag is not { } tag ? null
        : Answer.Refused("tag.repeated", $"{tag} is asked for twice.", [new AnswerError($"filter.tags.{tag}", "tag.repeated", $"{tag} is asked for twice; is one of takes several values.")]);

    private async Task AppChangedAsync(string? app)
    {
        _draft.App = app;
        await ReadSavedAsync();
        await ChangedAsync();
    }

    private async Task ReadSavedAsync() =>
        _saved = Apps.Find(_draft.App ?? string.Empty) is { } app ? await SavedAudiences.ListAsync(app.Key, null, MaxSaved, _gone.Token) : [];

    private void AddLanguage()
    {
        _language = new DraftText();
        _draft.Languages.Add(_language);
    }

    private Task RemoveLanguageAsync(DraftText language)
    {
        _draft.Languages.Remove(language);
        _language = null;
        return ChangedAsync();
    }

    /// <summary>Asks a moment after the last letter, not with each.</summary>
    private async Task ChangedAsync()
    {
        NewKey();
        _sent = null;
        if (_draft.Kind == DraftAudience.Saved && _saved.All(saved => saved.Name != _draft.Ids))
        {
            _draft.Ids = _saved is [var first, ..] ? first.Name : string.Empty;
        }

        var change = ++_change;
        try
        {
            await Task.Delay(s_pause, Clock, _gone.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        if (change == _change)
        {
            await RefreshAsync();
        }
    }

    private async Task RefreshAsync()
    {
        if (_draft.App is not { } app)
        {
            return;
        }

        var change = _change;
        var preview = _draft.IsEmpty ? null : NotSaid ?? await Actions.ValidateAsync(app, _draft.ToBody(), _gone.Token);
        var count = _draft.NamesNobody ? null : NotSaid ?? await Actions.CountAudienceAsync(app, _draft.ToCountBody(), _gone.Token);
        if (change == _change)
        {
            (_preview, _count) = (preview, count);
        }
    }

    private async Task TestAsync()
    {
        _busy = true;
        var device = _testDevice.Trim();
        _sent = await Actions.PublishAsync(_draft.App!, _draft.ToTestBody(device), $"test-{Guid.CreateVersion7(Clock.GetUtcNow()):N}", _gone.Token);
        (_tested, _testedDevice, _busy) = (_sent.Ok ? _sent.Body!["id"]!.GetValue<string>() : null, device, false);
    }

    private async Task SendAsync()
    {
        _busy = true;
        StateHasChanged();
        _count = NotSaid ?? await Actions.CountAudienceAsync(_draft.App!, _draft.ToCountBody(), _gone.Token);
        _busy = false;
        if (!_count.Ok)
        {
            _sent = _count;
            return;
        }

        var devices = Devices(_count.Body!);
        if (!await Dialogs.ConfirmAsync(
            _draft.Schedule.IsScheduled ? "Schedule this notification?" : "Send this notification?",
            $"It goes to {Numbers.Of(devices, "device")}{WhenWords}. What a provider has accepted cannot be called back.",
            _draft.Schedule.IsScheduled ? "Schedule it" : "Send it", word: devices >= TypedFrom ? $"{devices}" : null))
        {
            return;
        }

        _busy = true;
        _sent = await Actions.PublishAsync(_draft.App!, _draft.ToBody(), _key, _gone.Token);
        _busy = false;
        if (_sent.Ok)
        {
            Navigation.NavigateTo($"/admin/events/{_draft.App}/{_sent.Body!["id"]!.GetValue<string>()}");
        }
    }

    /// <summary>Of this draft as it is: sending it twice sends it once.</summary>
    private void NewKey() => _key = $"compose-{Guid.CreateVersion7(Clock.GetUtcNow()):N}";
}
