using Microsoft.AspNetCore.Components;
using MudBlazor;
using PushGateway.Admin.Actions;
using PushGateway.Admin.Shared;
using PushGateway.Core.Apps;
using PushGateway.Core.Devices;
using PushGateway.Core.Events;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Pages;

/// <summary>One device or subscriber: found by what somebody has of it, with what became of everything it was sent.</summary>
public partial class DevicesPage
{
    private string? _app;
    private string _find = string.Empty;
    private string _channel = string.Empty;
    private bool _adding;
    private bool _searched;
    private string? _subscriber;
    private Device? _device;
    private IReadOnlyList<Device> _owned = [];
    private IReadOnlyList<string> _channels = [];
    private (App App, HistoryOwner Owner)? _history;
    private Answer? _answer;

    [Inject]
    private IAppStore Apps { get; set; } = default!;

    [Inject]
    private IDeviceStore Devices { get; set; } = default!;

    [Inject]
    private IDeviceLookup Lookup { get; set; } = default!;

    [Inject]
    private IEventStore Events { get; set; } = default!;

    [Inject]
    private IGatewayActions Actions { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "app")]
    private string? AppQuery { get; set; }

    [SupplyParameterFromQuery(Name = "find")]
    private string? FindQuery { get; set; }

    [SupplyParameterFromQuery(Name = "by")]
    private string? ByQuery { get; set; }

    [SupplyParameterFromQuery(Name = "add")]
    private bool AddQuery { get; set; }

    protected override async Task OnParametersSetAsync()
    {
        _app = Apps.Find(AppQuery ?? _app ?? string.Empty)?.Id ?? (Apps.List() is [var first, ..] ? first.Id : null);
        _adding |= AddQuery;
        if (FindQuery is { Length: > 0 } find)
        {
            _find = find;
            await FindAsync(ByQuery == "subscriber");
        }
    }

    private Task FindAsync() => FindAsync(false);

    private async Task FindAsync(bool onlySubscriber)
    {
        (_device, _owned, _channels, _history, _answer, _subscriber) = (null, [], [], null, null, null);
        var text = _find.Trim();
        _searched = text.Length > 0;
        if (!_searched || Apps.Find(_app ?? string.Empty) is not { } app)
        {
            return;
        }

        if (!onlySubscriber)
        {
            _device = PushGateway.Core.Identifier.IsValid(text) ? await Devices.FindAsync(app.Key, text, CancellationToken.None) : null;
            _device ??= await FindByTokenAsync(app, text);
        }

        if (_device is null && PushGateway.Core.Identifier.IsValid(text))
        {
            (_subscriber, _owned) = (text, await Devices.ListBySubscriberAsync(app.Key, text, CancellationToken.None));
            if (_owned is [var only] && !onlySubscriber)
            {
                _device = only;
            }
            else if (_owned.Count > 0)
            {
                _history = (app, HistoryOwner.Subscriber(text));
            }
        }

        if (_device is null && _owned.Count == 0 && PushGateway.Core.Identifier.IsValid(text) &&
            await Events.ReadHistoryAsync(app.Key, HistoryOwner.Device(text), 1, null, CancellationToken.None) is not null)
        {
            // Removed, but events that are kept may name it.
            _history = (app, HistoryOwner.Device(text));
        }

        if (_device is { } device)
        {
            _channels = await Devices.ListChannelsAsync(app.Key, device.Registration.SubscriberId, CancellationToken.None);
            _history = (app, HistoryOwner.Device(device.Registration.DeviceId));
        }
    }

    private async Task<Device?> FindByTokenAsync(App app, string text)
    {
        foreach (var provider in ProviderKinds.All)
        {
            if (DeviceToken.TryNormalize(provider, text, out var token, out _) &&
                await Lookup.FindByTokenAsync(app.Key, provider, token, CancellationToken.None) is { } id)
            {
                // What was typed is a token: it does not stay on the screen.
                _find = id;
                return await Devices.FindAsync(app.Key, id, CancellationToken.None);
            }
        }

        return null;
    }

    private async Task RegisteredAsync(string device)
    {
        (_adding, _find) = (false, device);
        await FindAsync();
    }

    private async Task RemoveAsync()
    {
        var id = _device!.Registration.DeviceId;
        if (!await Dialogs.ConfirmAsync("Remove this device?", "It gets nothing from then on, until its app registers it again. This cannot be undone here.", "Remove it", dangerous: true))
        {
            return;
        }

        _answer = await Actions.RemoveDeviceAsync(_app!, id, CancellationToken.None);
        if (_answer.Ok)
        {
            Snackbar.Add($"{id} is removed.", MudBlazor.Severity.Success);
            await FindAsync();
        }
    }

    private Task SubscribeAsync() => ChangeAsync(Actions.SubscribeAsync(_app!, _channel.Trim(), _device!.Registration.SubscriberId, CancellationToken.None));

    private Task UnsubscribeAsync(string channel) => ChangeAsync(Actions.UnsubscribeAsync(_app!, channel, _device!.Registration.SubscriberId, CancellationToken.None));

    private async Task ChangeAsync(Task<Answer> change)
    {
        _answer = await change;
        if (_answer.Ok)
        {
            _channel = string.Empty;
            _channels = await Devices.ListChannelsAsync(Apps.Find(_app!)!.Key, _device!.Registration.SubscriberId, CancellationToken.None);
        }
    }
}
