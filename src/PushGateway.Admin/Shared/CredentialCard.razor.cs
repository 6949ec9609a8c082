using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using MudBlazor;
using PushGateway.Admin.Actions;
using PushGateway.Admin.Words;
using PushGateway.Core.Administration;
using PushGateway.Core.Apps;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;

namespace PushGateway.Admin.Shared;

/// <summary>One provider of an app: its credential without secrets, how it is doing, and putting another one.</summary>
public partial class CredentialCard
{
    private const int MaxFileBytes = 64 * 1024;
    private const int AuditLookedAt = 500;

    private bool _editing;
    private bool _busy;
    private bool _keepsEndpoint;
    private string? _file;
    private string? _content;
    private string? _problem;
    private string _keyId = string.Empty;
    private string _teamId = string.Empty;
    private string _bundleId = string.Empty;
    private string _environment = "production";
    private int? _quota;
    private Answer? _answer;
    private Answer? _check;
    private Answer? _restored;
    private Answer? _simulated;
    private bool _proved;
    private string? _by;

    [Parameter, EditorRequired]
    public required App App { get; set; }

    [Parameter, EditorRequired]
    public required ProviderKind Provider { get; set; }

    [Parameter]
    public EventCallback Changed { get; set; }

    [Inject]
    private IAppStore Apps { get; set; } = default!;

    [Inject]
    private IGatewayActions Actions { get; set; } = default!;

    [Inject]
    private IFanOutDispatcher Dispatcher { get; set; } = default!;

    [Inject]
    private IAuditLog Audit { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private TimeProvider Clock { get; set; } = default!;

    private ProviderCredential? Credential => Apps.Find(App.Id)?.CredentialFor(Provider);

    private CredentialHistory? History => Apps.Find(App.Id)?.HistoryOf(Provider);

    private PreviousCredential? Previous => Apps.Find(App.Id)?.PreviousFor(Provider, Clock.GetUtcNow());

    /// <summary>The provider could not be asked: the operator may know better.</summary>
    private bool IsInconclusive => _answer is { Ok: false } && CredentialCheck.IsInconclusive(_answer.Code);

    private string KeyWord => Provider == ProviderKind.Apns ? "key" : "service account's key";

    private ProviderHealth? Health => Dispatcher.GetHealth(App.Key).FirstOrDefault(health => health.Provider == Provider);

    protected override async Task OnInitializedAsync()
    {
        switch (Credential)
        {
            case ApnsCredential apns:
                (_keyId, _teamId, _bundleId) = (apns.KeyId, apns.TeamId, apns.BundleId);
                _environment = apns.Environment == DeviceEnvironment.Sandbox ? "sandbox" : "production";
                break;
            case FcmCredential fcm:
                _quota = fcm.MessagesPerMinute == FcmCredential.DefaultMessagesPerMinute ? null : fcm.MessagesPerMinute;
                break;
        }

        // A proxy stays when the key is replaced; whoever comes with a key of Apple's or Google's has done with the simulator on this machine.
        _keepsEndpoint = Credential?.Endpoint is { IsLoopback: false };
        var put = (await Audit.ListAsync(null, AuditLookedAt, CancellationToken.None))
            .FirstOrDefault(entry => entry.Action is "credential.put" or "credential.restore" && entry.Target == App.Id && entry.Detail == Provider.Name());
        _by = put?.Actor;
    }

    /// <summary>Of the ids of this card's inputs: there are two cards on the page.</summary>
    private string Prefix => Provider.Name();

    private static IEnumerable<(string Name, string Value)> Facts(ProviderCredential credential)
    {
        switch (credential)
        {
            case ApnsCredential apns:
                yield return ("Key id", apns.KeyId);
                yield return ("Team id", apns.TeamId);
                yield return ("Bundle id", apns.BundleId);
                yield return ("Environment", apns.Environment == DeviceEnvironment.Sandbox ? "sandbox" : "production");
                break;
            case FcmCredential fcm:
                yield return ("Project", fcm.ProjectId);
                yield return ("Service account", fcm.ClientEmail);
                yield return ("Quota", $"{Numbers.Count(fcm.MessagesPerMinute)} messages a minute");
                break;
        }

        if (credential.Endpoint is { } endpoint)
        {
            yield return ("Instead of the provider's own host", endpoint.GetLeftPart(UriPartial.Authority));
        }
    }

    private async Task TakeFileAsync(InputFileChangeEventArgs change)
    {
        (_problem, _answer) = (null, null);
        if (change.File.Size > MaxFileBytes)
        {
            _problem = "This file is too large to be a key.";
            return;
        }

        using var reader = new StreamReader(change.File.OpenReadStream(MaxFileBytes), Encoding.UTF8);
        (_content, _file) = (await reader.ReadToEndAsync(), change.File.Name);

        // Apple names the file for its key: AuthKey_ABC123DEFG.p8.
        if (Provider == ProviderKind.Apns && _keyId.Length == 0 && Path.GetFileNameWithoutExtension(_file).Split('_') is [.., { Length: 10 } id])
        {
            _keyId = id;
        }
    }

    private static string NameOf(ProviderCredential credential) => credential switch
    {
        ApnsCredential apns => apns.KeyId,
        FcmCredential fcm => fcm.ClientEmail,
        _ => credential.Provider.Name(),
    };

    private void OpenEditor()
    {
        Forget();
        _editing = true;
    }

    private void CloseEditor()
    {
        Forget();
        (_editing, _content, _file) = (false, null, null);
    }

    /// <summary>What was said about an attempt before.</summary>
    private void Forget() => (_problem, _check, _answer, _restored, _simulated, _proved) = (null, null, null, null, null, false);

    private async Task RestoreAsync()
    {
        if (Previous is not { } previous || !await Dialogs.ConfirmAsync(
            "Use the previous one again?",
            $"{NameOf(previous.Credential)} takes the place of {(Credential is { } current ? NameOf(current) : "what is in use")} at once, which is kept in turn: this can be undone.",
            "Use it again"))
        {
            return;
        }

        Forget();
        _busy = true;
        StateHasChanged();
        _restored = await Actions.RestoreCredentialAsync(App.Id, Provider, CancellationToken.None);
        if (_restored.Ok)
        {
            await CheckAsync();
            await OnInitializedAsync();
        }

        _busy = false;
    }

    private async Task SaveAsync(bool check)
    {
        Forget();
        if (ToBody() is not { } body)
        {
            return;
        }

        if (_keepsEndpoint && Credential is { Endpoint: { } endpoint } credential)
        {
            body["endpoint"] = endpoint.GetLeftPart(UriPartial.Authority);
            body["trustedCertificates"] = credential.TrustedCertificates;
        }

        _busy = true;
        StateHasChanged();
        _answer = await Actions.PutCredentialAsync(App.Id, Provider, body, check, CancellationToken.None);
        if (_answer.Ok)
        {
            (_content, _file, _editing, _proved) = (null, null, false, check);
            await OnInitializedAsync();
        }

        _busy = false;
    }

    private JsonObject? ToBody()
    {
        if (Provider == ProviderKind.Apns)
        {
            return new JsonObject
            {
                ["teamId"] = _teamId.Trim(),
                ["keyId"] = _keyId.Trim(),
                ["privateKey"] = _content,
                ["bundleId"] = _bundleId.Trim(),
                ["environment"] = _environment,
            };
        }

        try
        {
            var body = new JsonObject { ["serviceAccount"] = _content is null ? null : JsonNode.Parse(_content) as JsonObject ?? throw new JsonException() };
            if (_quota is { } quota)
            {
                body["messagesPerMinute"] = quota;
            }

            return body;
        }
        catch (JsonException)
        {
            _problem = "This is not the key file: it holds no JSON object. Download it again from the Firebase console.";
            return null;
        }
    }

    private async Task CheckAsync()
    {
        _busy = true;
        (_proved, _restored) = (false, null);
        StateHasChanged();
        _check = await Actions.CheckCredentialAsync(App.Id, Provider, CancellationToken.None);
        _busy = false;
    }

    private async Task SimulateAsync()
    {
        if (Credential is { } current && !await Dialogs.ConfirmAsync(
            "Use the simulator again?",
            $"Simulated phones get what is sent from then on, and no others. It takes the place of {NameOf(current)}, which is kept for a while: this can be undone.",
            "Use the simulator"))
        {
            return;
        }

        _busy = true;
        Forget();
        _simulated = await Actions.UseSimulatorAsync(App.Id, Provider, CancellationToken.None);
        _busy = false;
        await Changed.InvokeAsync();
    }
}
