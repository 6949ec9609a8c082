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
    private Found? _found;
    private int _search;
    private bool _searching;
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
        var search = ++_search;
        (_found, _answer, _searching) = (null, null, false);
        var text = _find.Trim();
        if (text.Length == 0 || Apps.Find(_app ?? string.Empty) is not { } app)
        {
            return;
        }

        _searching = true;
        try
        {
            var found = await FindAsync(app, text, onlySubscriber);
            _found = search == _search ? found : _found;
        }
        finally
        {
            _searching &= search != _search;
        }
    }

    private async Task<Found> FindAsync(App app, string text, bool onlySubscriber)
    {
        var isId = PushGateway.Core.Identifier.IsValid(text);
        var device = onlySubscriber ? null
            : (isId ? await Devices.FindAsync(app.Key, text, CancellationToken.None) : null) ?? await FindByTokenAsync(app, text);
        if (device is null && isId)
        {
            var owned = await Devices.ListBySubscriberAsync(app.Key, text, CancellationToken.None);
            if (owned.Count > (onlySubscriber ? 0 : 1))
            {
                return new Found(app, text) { Owned = owned, History = HistoryOwner.Subscriber(text) };
            }

            device = owned.SingleOrDefault();
        }

        if (device is not null)
        {
            return new Found(app, device.Registration.DeviceId)
            {
                Device = device,
                Channels = await Devices.ListChannelsAsync(app.Key, device.Registration.SubscriberId, CancellationToken.None),
                History = HistoryOwner.Device(device.Registration.DeviceId),
            };
        }

        // Removed, but events that are kept may name it.
        var isNamed = isId && await Events.ReadHistoryAsync(app.Key, HistoryOwner.Device(text), 1, null, CancellationToken.None) is not null;
        return new Found(app, text) { History = isNamed ? HistoryOwner.Device(text) : null };
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

    private async Task RemoveAsync(Found found, Device device)
    {
        var id = device.Registration.DeviceId;
        if (!await Dialogs.ConfirmAsync("Remove this device?", "It gets nothing from then on, until its app registers it again. This cannot be undone here.", "Remove it", dangerous: true))
        {
            return;
        }

        _answer = await Actions.RemoveDeviceAsync(found.App.Id, id, CancellationToken.None);
        if (_answer.Ok)
        {
            Snackbar.Add($"{id} is removed.", MudBlazor.Severity.Success);
            await AgainAsync(found);
        }
    }

    /// <summary>Finds the same once more, in its own app, whichever is chosen by now.</summary>
    private Task AgainAsync(Found found)
    {
        (_app, _find) = (found.App.Id, found.Text);
        return FindAsync();
    }

    private Task SubscribeAsync(Found found, string subscriber) => ChangeAsync(found, subscriber, Actions.SubscribeAsync(found.App.Id, _channel.Trim(), subscriber, CancellationToken.None));

    private Task UnsubscribeAsync(Found found, string subscriber, string channel) =>
        ChangeAsync(found, subscriber, Actions.UnsubscribeAsync(found.App.Id, channel, subscriber, CancellationToken.None));

    private async Task ChangeAsync(Found found, string subscriber, Task<Answer> change)
    {
        _answer = await change;
        if (_answer.Ok)
        {
            _channel = string.Empty;
            var channels = await Devices.ListChannelsAsync(found.App.Key, subscriber, CancellationToken.None);
            _found = ReferenceEquals(_found, found) ? found with { Channels = channels } : _found;
        }
    }

    /// <summary>What was found, and where: what is done with it is done there, though another app has been chosen since.</summary>
    private sealed record Found(App App, string Text)
    {
        public Device? Device { get; init; }

        /// <summary>Devices of the subscriber <see cref="Text"/>, when that is what was found.</summary>
        public IReadOnlyList<Device> Owned { get; init; } = [];

        public IReadOnlyList<string> Channels { get; init; } = [];

        public HistoryOwner? History { get; init; }
    }
}
