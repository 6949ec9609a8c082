using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using PushGateway.Admin.Actions;
using PushGateway.Admin.Live;
using PushGateway.Core.Apps;
using PushGateway.Core.Webhooks;

namespace PushGateway.Admin.Shared;

/// <summary>An app's webhooks: how they are doing, and all that can be done with them.</summary>
public partial class AppWebhooks
{
    private static readonly string[] s_names = WebhookNoticeNames.All.Split(", ");

    private IReadOnlyDictionary<long, WebhookBacklog> _backlogs = new Dictionary<long, WebhookBacklog>();
    private WebhookForm? _form;
    private (string Webhook, string Text)? _secret;
    private Answer? _answer;
    private Answer? _test;
    private string? _tested;

    [Parameter]
    [EditorRequired]
    public required App App { get; set; }

    [Inject]
    private IWebhookStore Webhooks { get; set; } = default!;

    [Inject]
    private IWebhookSender Sender { get; set; } = default!;

    [Inject]
    internal WebhookBacklogs Backlogs { get; set; } = default!;

    [Inject]
    private IGatewayActions Actions { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = default!;

    [Inject]
    private TimeProvider Clock { get; set; } = default!;

    protected override Task OnInitializedAsync() => CountAsync();

    protected override Task SampledAsync(LiveSnapshot snapshot) => CountAsync();

    private async Task CountAsync() => _backlogs = await Backlogs.CountAsync(App.Key);

    private void BeginNew() => (_form, _answer) = (_form is { IsNew: true } ? null : new WebhookForm { IsNew = true, Events = [.. s_names] }, null);

    private void BeginEdit(Webhook webhook) => (_form, _answer) = (
        new WebhookForm { Id = webhook.Id, Url = webhook.Url.OriginalString, Events = [.. WebhookNoticeNames.Of(webhook.Notices)] }, null);

    private void Leave() => (_form, _answer) = (null, null);

    private async Task SaveAsync(WebhookForm form)
    {
        var id = form.Id.Trim();
        // The form does not ask for it: somebody else may have disabled it since it was opened.
        var isEnabled = form.IsNew || Webhooks.Find(App.Key, id) is not { IsEnabled: false };
        _answer = await PutAsync(id, form.Url.Trim(), form.Events, isEnabled);
        if (_answer.Ok)
        {
            _form = null;
            TakeSecret(id);
            Snackbar.Add(form.IsNew ? "Created." : "Saved.", Severity.Success);
        }
    }

    private async Task SetEnabledAsync(Webhook webhook, bool isEnabled)
    {
        if (!isEnabled && !await Dialogs.ConfirmAsync(
            "Disable this webhook?", "What happens while it is disabled it will never be told. What waits for it stays.", "Disable it"))
        {
            return;
        }

        _answer = await PutAsync(webhook.Id, webhook.Url.OriginalString, WebhookNoticeNames.Of(webhook.Notices), isEnabled);
        // One whose secret could not be read any more has a new one now.
        TakeSecret(webhook.Id);
    }

    private async Task ResumeAsync(string id) => _answer = await Actions.ResumeWebhookAsync(App.Id, id, CancellationToken.None);

    private async Task RenewSecretAsync(string id)
    {
        if (await Dialogs.ConfirmAsync(
            "Make a new secret?",
            "From then on everything is signed with the new one, at once. What the receiver refuses until it knows it waits and is tried again.",
            "Make a new secret"))
        {
            _answer = await Actions.RenewWebhookSecretAsync(App.Id, id, CancellationToken.None);
            TakeSecret(id);
        }
    }

    private async Task TestAsync(string id)
    {
        (_test, _tested) = (null, id);
        _test = await Actions.TestWebhookAsync(App.Id, id, CancellationToken.None);
        _answer = _test.Ok ? null : _test;
    }

    private async Task DeleteAsync(string id)
    {
        if (await Dialogs.ConfirmAsync("Delete this webhook?", "What waits for it goes with it.", "Delete it", dangerous: true))
        {
            _answer = await Actions.DeleteWebhookAsync(App.Id, id, CancellationToken.None);
        }
    }

    private Task<Answer> PutAsync(string id, string url, IEnumerable<string> events, bool isEnabled) => Actions.PutWebhookAsync(
        App.Id, id,
        new JsonObject { ["url"] = url, ["events"] = new JsonArray([.. s_names.Intersect(events).Select(name => (JsonNode?)JsonValue.Create(name))]), ["enabled"] = isEnabled },
        CancellationToken.None);

    private void TakeSecret(string id) => _secret = _answer?.Body?["secret"]?.GetValue<string>() is { } secret ? (id, secret) : null;

    private sealed class WebhookForm
    {
        public bool IsNew { get; init; }

        public string Id { get; set; } = string.Empty;

        public string Url { get; set; } = string.Empty;

        public HashSet<string> Events { get; init; } = [];

        public void Toggle(string name)
        {
            if (!Events.Remove(name))
            {
                Events.Add(name);
            }
        }
    }
}
