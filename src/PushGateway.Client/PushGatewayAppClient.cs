using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using PushGateway.Client.Apps;
using PushGateway.Client.Audiences;
using PushGateway.Client.Devices;
using PushGateway.Client.Events;
using PushGateway.Client.Live;
using PushGateway.Client.Providers;
using PushGateway.Client.Removals;
using PushGateway.Client.Webhooks;

namespace PushGateway.Client;

/// <summary>What belongs to one app: provider credentials, devices, subscriptions, events. Safe for concurrent use.</summary>
/// <inheritdoc cref="PushGatewayClient" path="/remarks"/>
public sealed class PushGatewayAppClient
{
    private const string IdempotencyKeyHeader = "Idempotency-Key";
    private const string ReplayedHeader = "Idempotent-Replayed";

    private readonly GatewayHttp _http;
    private readonly string _app;

    internal PushGatewayAppClient(GatewayHttp http, string app) => (_http, _app) = (http, app);

    /// <summary>Uses the credential at once, whatever Apple says to it. The one that it replaces can be restored for a while.</summary>
    public Task PutApnsAsync(ApnsCredentials credentials, CancellationToken cancellationToken) =>
        _http.SendAsync(HttpMethod.Put, CredentialPath("apns", check: false), credentials, PushGatewayJson.Default.ApnsCredentials, cancellationToken);

    /// <summary>As <see cref="PutApnsAsync"/>, but only once Apple has accepted the credential.</summary>
    /// <exception cref="PushGatewayApiException">With the check's code and words when it is not accepted or Apple cannot be asked; nothing was changed then.</exception>
    public Task RotateApnsAsync(ApnsCredentials credentials, CancellationToken cancellationToken) =>
        _http.SendAsync(HttpMethod.Put, CredentialPath("apns", check: true), credentials, PushGatewayJson.Default.ApnsCredentials, cancellationToken);

    /// <summary>Uses the credential at once, whatever Google says to it. The one that it replaces can be restored for a while.</summary>
    public Task PutFcmAsync(FcmCredentials credentials, CancellationToken cancellationToken) =>
        _http.SendAsync(HttpMethod.Put, CredentialPath("fcm", check: false), credentials, PushGatewayJson.Default.FcmCredentials, cancellationToken);

    /// <summary>As <see cref="PutFcmAsync"/>, but only once Google has accepted the credential.</summary>
    /// <exception cref="PushGatewayApiException">With the check's code and words when it is not accepted or Google cannot be asked; nothing was changed then.</exception>
    public Task RotateFcmAsync(FcmCredentials credentials, CancellationToken cancellationToken) =>
        _http.SendAsync(HttpMethod.Put, CredentialPath("fcm", check: true), credentials, PushGatewayJson.Default.FcmCredentials, cancellationToken);

    /// <summary>Puts the previous credential back; the one that it replaces can be restored in turn.</summary>
    /// <param name="provider"><c>apns</c> or <c>fcm</c>.</param>
    /// <exception cref="PushGatewayApiException"><c>credential.noPrevious</c>: none was replaced, or it is not kept any more.</exception>
    public async Task<ProviderInfo> RestoreProviderAsync(string provider, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(HttpMethod.Post, Path("providers", provider, "restore"), null, cancellationToken);
        return await GatewayHttp.ReadAsync(response, PushGatewayJson.Default.ProviderInfo, cancellationToken);
    }

    /// <summary>What is stored of a credential, without its secrets, and how the provider is doing.</summary>
    /// <param name="provider"><c>apns</c> or <c>fcm</c>.</param>
    /// <returns><see langword="null"/> when there is none.</returns>
    public Task<ProviderInfo?> FindProviderAsync(string provider, CancellationToken cancellationToken) =>
        _http.FindAsync(Path("providers", provider), PushGatewayJson.Default.ProviderInfo, cancellationToken);

    /// <summary>Proves the stored credential against the provider without notifying any device.</summary>
    /// <param name="provider"><c>apns</c> or <c>fcm</c>.</param>
    public async Task<CredentialCheckResult> CheckProviderAsync(string provider, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(HttpMethod.Post, Path("providers", provider, "check"), null, cancellationToken);
        return await GatewayHttp.ReadAsync(response, PushGatewayJson.Default.CredentialCheckResult, cancellationToken);
    }

    /// <summary>Registers the device, or refreshes it; repeating it is harmless.</summary>
    public Task<RegistrationInfo> PutDeviceAsync(string device, DeviceSpec spec, CancellationToken cancellationToken) =>
        _http.SendAsync(
            HttpMethod.Put, Path("devices", device), spec, PushGatewayJson.Default.DeviceSpec, PushGatewayJson.Default.RegistrationInfo, cancellationToken);

    /// <returns><see langword="null"/> when there is none.</returns>
    public Task<DeviceInfo?> FindDeviceAsync(string device, CancellationToken cancellationToken) =>
        _http.FindAsync(Path("devices", device), PushGatewayJson.Default.DeviceInfo, cancellationToken);

    /// <returns><see langword="false"/> when there was none.</returns>
    public Task<bool> DeleteDeviceAsync(string device, CancellationToken cancellationToken) =>
        _http.DeleteAsync(Path("devices", device), cancellationToken);

    /// <summary>The first page of a subscriber's devices.</summary>
    public Task<PageOf<DeviceInfo>> ListDevicesAsync(string subscriber, CancellationToken cancellationToken) =>
        ListDevicesAsync(subscriber, null, cancellationToken);

    /// <param name="cursor">From the page before; <see langword="null"/> for the first.</param>
    public Task<PageOf<DeviceInfo>> ListDevicesAsync(string subscriber, string? cursor, CancellationToken cancellationToken) =>
        _http.GetAsync(
            Path("subscribers", subscriber, "devices") + ApiPath.Query(("cursor", cursor)), PushGatewayJson.Default.PageOfDeviceInfo, cancellationToken);

    /// <summary>The channels that a subscriber is subscribed to.</summary>
    /// <param name="cursor">From the page before; <see langword="null"/> for the first.</param>
    public Task<PageOf<string>> ListChannelsAsync(string subscriber, string? cursor, CancellationToken cancellationToken) =>
        _http.GetAsync(
            Path("subscribers", subscriber, "channels") + ApiPath.Query(("cursor", cursor)), PushGatewayJson.Default.PageOfString, cancellationToken);

    /// <summary>Repeating it changes nothing.</summary>
    public Task SubscribeAsync(string channel, string subscriber, CancellationToken cancellationToken) =>
        _http.SendAsync(HttpMethod.Put, Path("channels", channel, "subscribers", subscriber), cancellationToken);

    /// <summary>Repeating it changes nothing.</summary>
    public Task UnsubscribeAsync(string channel, string subscriber, CancellationToken cancellationToken) =>
        _http.SendAsync(HttpMethod.Delete, Path("channels", channel, "subscribers", subscriber), cancellationToken);

    /// <summary>
    /// Writes all that is kept of a subscriber as one JSON object: devices with their tokens, channels, devices removed before, what was sent to them and opened. The answer is streamed; it is
    /// never held in memory whole.
    /// </summary>
    /// <param name="destination">Written to, neither flushed nor disposed.</param>
    /// <returns><see langword="false"/> when there is no such subscriber; nothing is written then.</returns>
    /// <exception cref="HttpRequestException">The export broke off; what was written is not all.</exception>
    public async Task<bool> ExportSubscriberAsync(string subscriber, Stream destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        try
        {
            using var response = await _http.SendAsync(HttpMethod.Get, Path("subscribers", subscriber, "export"), null, cancellationToken);
            await response.Content.CopyToAsync(destination, cancellationToken);
            return true;
        }
        catch (PushGatewayApiException exception) when (exception.Code == "subscriber.unknown")
        {
            return false;
        }
    }

    /// <summary>Deletes a subscriber with everything of theirs, and ends their tokens. Returns when nothing is left; repeating it changes nothing.</summary>
    public Task DeleteSubscriberAsync(string subscriber, CancellationToken cancellationToken) =>
        _http.SendAsync(HttpMethod.Delete, Path("subscribers", subscriber), cancellationToken);

    /// <summary>Has the app take tokens (JWT) that its publisher signs for its subscribers, beside those of <see cref="CreateTokenAsync"/>.</summary>
    public Task PutIdentityAsync(AppIdentitySpec identity, CancellationToken cancellationToken) =>
        _http.SendAsync(HttpMethod.Put, Path("identity"), identity, PushGatewayJson.Default.AppIdentitySpec, cancellationToken);

    /// <returns><see langword="null"/> when the app takes the gateway's own tokens only.</returns>
    public Task<AppIdentitySpec?> FindIdentityAsync(CancellationToken cancellationToken) =>
        _http.FindAsync(Path("identity"), PushGatewayJson.Default.AppIdentitySpec, cancellationToken);

    /// <returns><see langword="false"/> when there was none.</returns>
    public Task<bool> DeleteIdentityAsync(CancellationToken cancellationToken) => _http.DeleteAsync(Path("identity"), cancellationToken);

    public Task<ChannelInfo> GetChannelAsync(string channel, CancellationToken cancellationToken) =>
        _http.GetAsync(Path("channels", channel), PushGatewayJson.Default.ChannelInfo, cancellationToken);

    /// <summary>Registers many devices, one a line. The body is streamed as it is read; it is never held in memory whole.</summary>
    /// <param name="lines">Read to its end, not disposed.</param>
    public Task<ImportSummary> ImportAsync(Stream lines, ImportFormat format, CancellationToken cancellationToken) =>
        ImportAsync(lines, format, 1, cancellationToken);

    /// <summary>The same, passing over lines before <paramref name="fromLine"/>: where an import that was broken off goes on.</summary>
    /// <param name="fromLine">Counted from 1. The header of a CSV is read all the same.</param>
    public async Task<ImportSummary> ImportAsync(Stream lines, ImportFormat format, long fromLine, CancellationToken cancellationToken)
    {
        using var response = await SendImportAsync(lines, format, fromLine, isListed: false, cancellationToken);
        return await GatewayHttp.ReadAsync(response, PushGatewayJson.Default.ImportSummary, cancellationToken);
    }

    /// <summary>The same, and tells every rejected line, up to 1,000,000, when the import has ended.</summary>
    /// <param name="rejected">Called for one after the other, in their order.</param>
    /// <returns>Its <see cref="ImportSummary.Errors"/> is empty.</returns>
    public async Task<ImportSummary> ImportAsync(
        Stream lines, ImportFormat format, long fromLine, Func<ImportLineError, ValueTask> rejected, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rejected);
        using var response = await SendImportAsync(lines, format, fromLine, isListed: true, cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        return await GatewayHttp.ReadLinesAsync(response, reader, PushGatewayJson.Default.ImportLineError, rejected, PushGatewayJson.Default.ImportSummary, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendImportAsync(Stream lines, ImportFormat format, long fromLine, bool isListed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentOutOfRangeException.ThrowIfLessThan(fromLine, 1);
        using var content = new UnownedStreamContent(lines);
        content.Headers.ContentType = new MediaTypeHeaderValue(format.MediaType());
        var path = fromLine == 1 ? Path("devices", "import") : string.Create(CultureInfo.InvariantCulture, $"{Path("devices", "import")}?fromLine={fromLine}");
        return await _http.SendAsync(
            HttpMethod.Post, path, content, cancellationToken,
            isListed ? static headers => headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/x-ndjson")) : null);
    }

    /// <summary>Writes all devices with their channels, one JSON object a line, as an import takes them. The answer is streamed; it is never held in memory whole.</summary>
    /// <param name="destination">Written to, neither flushed nor disposed.</param>
    /// <exception cref="HttpRequestException">The export broke off; what was written is not all.</exception>
    public async Task ExportAsync(Stream destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using var response = await _http.SendAsync(HttpMethod.Get, Path("devices", "export"), null, cancellationToken);
        await response.Content.CopyToAsync(destination, cancellationToken);
    }

    /// <summary>Says what publishing it would do, with the payloads as they would be sent. Nothing is.</summary>
    public Task<EventValidation> ValidateAsync(EventRequest request, CancellationToken cancellationToken) =>
        _http.SendAsync(
            HttpMethod.Post, Path("events", "validate"), request, PushGatewayJson.Default.EventRequest, PushGatewayJson.Default.EventValidation, cancellationToken);

    /// <param name="idempotencyKey">Makes repeating this call harmless; kept 7 days. <see langword="null"/> for none.</param>
    public async Task<PublishedEvent> PublishAsync(EventRequest request, string? idempotencyKey, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(request, PushGatewayJson.Default.EventRequest);
        return await PublishAsync(content, idempotencyKey, cancellationToken);
    }

    /// <summary>Publishes a body as it stands, with whatever members the contract has or will have.</summary>
    /// <param name="json">UTF-8.</param>
    /// <inheritdoc cref="PublishAsync(EventRequest, string?, CancellationToken)"/>
    public async Task<PublishedEvent> PublishAsync(ReadOnlyMemory<byte> json, string? idempotencyKey, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(json);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return await PublishAsync(content, idempotencyKey, cancellationToken);
    }

    /// <summary>Publishes 1 to 1,000 events with one durable commit. One that is refused costs the others nothing.</summary>
    /// <returns>What became of each, in the same order.</returns>
    public async Task<IReadOnlyList<BatchAnswer>> PublishBatchAsync(IEnumerable<BatchEvent> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        var result = await _http.SendAsync(
            HttpMethod.Post, Path("events", "batch"), BatchBody.Of(events), PushGatewayJson.Default.BatchBody, PushGatewayJson.Default.BatchResult,
            cancellationToken);
        return [.. result.Items.Select(item => item.ToAnswer())];
    }

    /// <summary>Says that the live message of an event (<see cref="LiveMessage.Confirm"/>) has arrived: devices that have not been sent the notification yet are not.</summary>
    /// <param name="devices">Ids of 1 to 100 devices; <see langword="null"/> for all of the subscriber's, when the client's key is a subscriber's token.</param>
    /// <exception cref="PushGatewayApiException"><c>event.unknown</c>, <c>device.unknown</c>, or <c>event.notFirst</c> of an event that does not wait for it.</exception>
    public Task ConfirmLiveAsync(string eventId, IReadOnlyList<string>? devices, CancellationToken cancellationToken) =>
        _http.SendAsync(HttpMethod.Post, Path("events", eventId, "confirm"), new ConfirmBody(devices), PushGatewayJson.Default.ConfirmBody, cancellationToken);

    /// <summary>Reports 1 to 1,000 notifications that were opened, of one event or of many. Each device counts once for an event, however often it is said.</summary>
    /// <remarks>The client's key may also be a subscriber's token: then only devices of that subscriber count.</remarks>
    public Task<OpenedResult> ReportOpenedAsync(IEnumerable<OpenedNotification> opened, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(opened);
        return _http.SendAsync(
            HttpMethod.Post, Path("events", "opened"), new OpenedBody([.. opened]), PushGatewayJson.Default.OpenedBody, PushGatewayJson.Default.OpenedResult, cancellationToken);
    }

    /// <returns><see langword="null"/> when there is none.</returns>
    public Task<EventInfo?> FindEventAsync(string eventId, CancellationToken cancellationToken) =>
        _http.FindAsync(Path("events", eventId), PushGatewayJson.Default.EventInfo, cancellationToken);

    /// <summary>Newest first.</summary>
    /// <param name="cursor">From the page before; <see langword="null"/> for the first.</param>
    public Task<PageOf<EventInfo>> ListEventsAsync(string? cursor, CancellationToken cancellationToken) =>
        _http.GetAsync(Path("events") + ApiPath.Query(("cursor", cursor)), PushGatewayJson.Default.PageOfEventInfo, cancellationToken);

    /// <summary>What was accepted before stays counted.</summary>
    public Task<EventInfo> CancelAsync(string eventId, CancellationToken cancellationToken) => ControlAsync(eventId, "cancel", cancellationToken);

    public Task<EventInfo> PauseAsync(string eventId, CancellationToken cancellationToken) => ControlAsync(eventId, "pause", cancellationToken);

    public Task<EventInfo> ResumeAsync(string eventId, CancellationToken cancellationToken) => ControlAsync(eventId, "resume", cancellationToken);

    /// <summary>Sends a final event again to the devices that it expired for: no provider had taken the notification when its time, or its attempts, had run out.</summary>
    /// <returns>A new event. An event is sent again once: a second call answers with the same, <see cref="PublishedEvent.Replayed"/>.</returns>
    public async Task<PublishedEvent> ResendAsync(string eventId, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(HttpMethod.Post, Path("events", eventId, "resend"), null, cancellationToken);
        return await ReadPublishedAsync(response, cancellationToken);
    }

    /// <summary>The event about every second until it is final; the last one given is final.</summary>
    /// <exception cref="IOException">The stream broke off before the event was final; calling again takes it up.</exception>
    public async IAsyncEnumerable<EventInfo> WatchAsync(string eventId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(
            HttpMethod.Get, Path("events", eventId, "progress"), null, cancellationToken,
            headers => headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream")));
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var parser = SseParser.Create(stream, static (type, data) => (type, JsonSerializer.Deserialize(data, PushGatewayJson.Default.EventInfo)));
        await foreach (var item in parser.EnumerateAsync(cancellationToken))
        {
            var (type, info) = item.Data;
            if (info is not null)
            {
                yield return info;
            }

            if (type == "end")
            {
                yield break;
            }
        }

        throw new IOException($"The progress of event {eventId} broke off before its end.");
    }

    /// <param name="outcome">Only receipts with it; <see langword="null"/> for all.</param>
    /// <param name="limit"><see langword="null"/> for the gateway's default.</param>
    /// <param name="cursor">From the page before; <see langword="null"/> for the first.</param>
    public Task<PageOf<ReceiptInfo>> ListReceiptsAsync(string eventId, string? outcome, int? limit, string? cursor, CancellationToken cancellationToken) =>
        _http.GetAsync(
            Path("events", eventId, "receipts") + ApiPath.Query(("outcome", outcome), ("limit", limit?.ToString()), ("cursor", cursor)),
            PushGatewayJson.Default.PageOfReceiptInfo, cancellationToken);

    /// <returns><see langword="null"/> when the event was not for the device, or has not reached it.</returns>
    public Task<ReceiptInfo?> FindReceiptAsync(string eventId, string device, CancellationToken cancellationToken) =>
        _http.FindAsync(Path("events", eventId, "receipts", device), PushGatewayJson.Default.ReceiptInfo, cancellationToken);

    /// <summary>What a device was sent and what came of it, for as long as events are kept; also of a device that has been removed.</summary>
    /// <param name="limit"><see langword="null"/> for the gateway's default.</param>
    /// <param name="cursor">From the part before; <see langword="null"/> for the newest.</param>
    /// <exception cref="PushGatewayApiException"><c>device.unknown</c>.</exception>
    public Task<ReceiptHistory> ListDeviceReceiptsAsync(string device, int? limit, string? cursor, CancellationToken cancellationToken) =>
        _http.GetAsync(
            Path("devices", device, "receipts") + ApiPath.Query(("limit", limit?.ToString()), ("cursor", cursor)), PushGatewayJson.Default.ReceiptHistory, cancellationToken);

    /// <summary>The same for all devices that a subscriber has now.</summary>
    /// <param name="limit"><see langword="null"/> for the gateway's default.</param>
    /// <param name="cursor">From the part before; <see langword="null"/> for the newest.</param>
    public Task<ReceiptHistory> ListSubscriberReceiptsAsync(string subscriber, int? limit, string? cursor, CancellationToken cancellationToken) =>
        _http.GetAsync(
            Path("subscribers", subscriber, "receipts") + ApiPath.Query(("limit", limit?.ToString()), ("cursor", cursor)), PushGatewayJson.Default.ReceiptHistory, cancellationToken);

    /// <summary>Devices removed, set aside or held because of a provider's answer, newest first. A page may be short, even empty, without being the last.</summary>
    /// <param name="limit"><see langword="null"/> for the gateway's default.</param>
    /// <param name="cursor">From the page before; <see langword="null"/> for the first.</param>
    public Task<PageOf<RemovalInfo>> ListRemovalsAsync(RemovalQuery query, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _http.GetAsync(
            Path("removals") + ApiPath.Query(
                ("reason", query.Reason), ("device", query.Device), ("provider", query.Provider), ("state", query.State), ("event", query.Event),
                ("limit", limit?.ToString()), ("cursor", cursor)),
            PushGatewayJson.Default.PageOfRemovalInfo, cancellationToken);
    }

    /// <summary>Brings a removed device back as it was. Repeating it changes nothing.</summary>
    public async Task<RemovalInfo> UndoRemovalAsync(string removal, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(HttpMethod.Post, Path("removals", removal, "undo"), null, cancellationToken);
        return await GatewayHttp.ReadAsync(response, PushGatewayJson.Default.RemovalInfo, cancellationToken);
    }

    /// <summary>Brings back all devices removed in a time. When it breaks off, repeating it does the rest.</summary>
    public Task<RemovalUndoResult> UndoRemovalsAsync(RemovalUndo undo, CancellationToken cancellationToken) =>
        _http.SendAsync(
            HttpMethod.Post, Path("removals", "undo"), undo, PushGatewayJson.Default.RemovalUndo, PushGatewayJson.Default.RemovalUndoResult, cancellationToken);

    /// <summary>Removes the devices whose removal is held.</summary>
    /// <param name="provider"><c>apns</c> or <c>fcm</c>.</param>
    /// <param name="allowFor">How long further removals are applied however many they are, up to 7 days; <see langword="null"/> for a day.</param>
    public Task<RemovalReleaseResult> ApplyHeldRemovalsAsync(string provider, TimeSpan? allowFor, CancellationToken cancellationToken) =>
        ReleaseAsync(new RemovalRelease(provider, "apply", (int?)allowFor?.TotalSeconds), cancellationToken);

    /// <summary>Lets the devices whose removal is held back into audiences.</summary>
    /// <param name="provider"><c>apns</c> or <c>fcm</c>.</param>
    public Task<RemovalReleaseResult> DiscardHeldRemovalsAsync(string provider, CancellationToken cancellationToken) =>
        ReleaseAsync(new RemovalRelease(provider, "discard", null), cancellationToken);

    /// <summary>Counts the devices and subscribers exactly. Takes seconds for a million.</summary>
    public Task<AudienceCount> CountAudienceAsync(AudienceSpec spec, CancellationToken cancellationToken) =>
        _http.SendAsync(
            HttpMethod.Post, Path("audience", "count"), spec, PushGatewayJson.Default.AudienceSpec, PushGatewayJson.Default.AudienceCount, cancellationToken);

    /// <summary>Estimates how many it is, at once, whatever the size.</summary>
    public Task<AudienceCount> EstimateAudienceAsync(AudienceSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return _http.SendAsync(
            HttpMethod.Post, Path("audience", "count"), new AudienceEstimate(spec.Audience, spec.Filter, Exact: false), PushGatewayJson.Default.AudienceEstimate,
            PushGatewayJson.Default.AudienceCount, cancellationToken);
    }

    /// <summary>Saves an audience under a name, or replaces it. Events published before keep what it was.</summary>
    public Task<SavedAudienceInfo> PutAudienceAsync(string name, AudienceSpec spec, CancellationToken cancellationToken) =>
        _http.SendAsync(
            HttpMethod.Put, Path("audiences", name), spec, PushGatewayJson.Default.AudienceSpec, PushGatewayJson.Default.SavedAudienceInfo, cancellationToken);

    /// <returns><see langword="null"/> when there is none.</returns>
    public Task<SavedAudienceInfo?> FindAudienceAsync(string name, CancellationToken cancellationToken) =>
        _http.FindAsync(Path("audiences", name), PushGatewayJson.Default.SavedAudienceInfo, cancellationToken);

    /// <summary>By name.</summary>
    /// <param name="cursor">From the page before; <see langword="null"/> for the first.</param>
    public Task<PageOf<SavedAudienceInfo>> ListAudiencesAsync(string? cursor, CancellationToken cancellationToken) =>
        _http.GetAsync(Path("audiences") + ApiPath.Query(("cursor", cursor)), PushGatewayJson.Default.PageOfSavedAudienceInfo, cancellationToken);

    /// <returns><see langword="false"/> when there was none.</returns>
    public Task<bool> DeleteAudienceAsync(string name, CancellationToken cancellationToken) =>
        _http.DeleteAsync(Path("audiences", name), cancellationToken);

    /// <summary>Creates or replaces a webhook.</summary>
    /// <returns>With the secret when it was generated: it is never shown again.</returns>
    public Task<WebhookInfo> PutWebhookAsync(string webhook, WebhookSpec spec, CancellationToken cancellationToken) =>
        _http.SendAsync(HttpMethod.Put, Path("webhooks", webhook), spec, PushGatewayJson.Default.WebhookSpec, PushGatewayJson.Default.WebhookInfo, cancellationToken);

    /// <returns><see langword="null"/> when there is none.</returns>
    public Task<WebhookInfo?> FindWebhookAsync(string webhook, CancellationToken cancellationToken) =>
        _http.FindAsync(Path("webhooks", webhook), PushGatewayJson.Default.WebhookInfo, cancellationToken);

    /// <param name="cursor">From the page before; <see langword="null"/> for the first.</param>
    public Task<PageOf<WebhookInfo>> ListWebhooksAsync(string? cursor, CancellationToken cancellationToken) =>
        _http.GetAsync(Path("webhooks") + ApiPath.Query(("cursor", cursor)), PushGatewayJson.Default.PageOfWebhookInfo, cancellationToken);

    /// <returns><see langword="false"/> when there was none.</returns>
    public Task<bool> DeleteWebhookAsync(string webhook, CancellationToken cancellationToken) =>
        _http.DeleteAsync(Path("webhooks", webhook), cancellationToken);

    /// <summary>Has a signed test notice sent now.</summary>
    public async Task<WebhookTestResult> TestWebhookAsync(string webhook, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(HttpMethod.Post, Path("webhooks", webhook, "test"), null, cancellationToken);
        return await GatewayHttp.ReadAsync(response, PushGatewayJson.Default.WebhookTestResult, cancellationToken);
    }

    /// <summary>Lets a parked or failing webhook be tried again at once.</summary>
    public async Task<WebhookInfo> ResumeWebhookAsync(string webhook, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(HttpMethod.Post, Path("webhooks", webhook, "resume"), null, cancellationToken);
        return await GatewayHttp.ReadAsync(response, PushGatewayJson.Default.WebhookInfo, cancellationToken);
    }

    /// <summary>Has a new secret generated: <see cref="WebhookInfo.Secret"/> of this answer, shown never again. The old one signs nothing from then on.</summary>
    public async Task<WebhookInfo> RenewWebhookSecretAsync(string webhook, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(HttpMethod.Post, Path("webhooks", webhook, "secret"), null, cancellationToken);
        return await GatewayHttp.ReadAsync(response, PushGatewayJson.Default.WebhookInfo, cancellationToken);
    }

    /// <summary>A token with which a subscriber's app follows channels without holding an API key.</summary>
    public Task<SubscriberToken> CreateTokenAsync(string subscriber, SubscriberTokenSpec spec, CancellationToken cancellationToken) =>
        _http.SendAsync(
            HttpMethod.Post, Path("subscribers", subscriber, "token"), spec, PushGatewayJson.Default.SubscriberTokenSpec, PushGatewayJson.Default.SubscriberToken,
            cancellationToken);

    /// <summary>Follows a channel until the caller stops. The first item is the state, then come messages.</summary>
    /// <param name="since">The last sequence the caller has; <see langword="null"/> for what comes from now on.</param>
    /// <exception cref="LiveEndedException">The gateway has ended the stream and said why.</exception>
    /// <exception cref="IOException">The stream broke off; calling again with the last sequence takes it up.</exception>
    public async IAsyncEnumerable<LiveItem> FollowAsync(string channel, long? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(
            HttpMethod.Get, Path("channels", channel, "sse") + ApiPath.Query(("since", Number(since))), null, cancellationToken,
            headers => headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream")));
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var parser = SseParser.Create(stream, static (type, data) => type switch
        {
            "message" => new LiveItem(JsonSerializer.Deserialize(data, PushGatewayJson.Default.LiveMessage), null),
            "state" => new LiveItem(null, JsonSerializer.Deserialize(data, PushGatewayJson.Default.LiveState)),
            "end" => throw new LiveEndedException(JsonSerializer.Deserialize(data, PushGatewayJson.Default.LiveEnd)?.Reason ?? "unknown"),
            // Later versions may say more.
            _ => null,
        });
        await foreach (var item in parser.EnumerateAsync(cancellationToken))
        {
            if (item.Data is { } known)
            {
                yield return known;
            }
        }

        throw new IOException($"The stream of channel {channel} broke off.");
    }

    /// <summary>The messages of a channel behind a cursor.</summary>
    /// <param name="since">The cursor of the answer before; <see langword="null"/> for where the channel stands, without any messages.</param>
    /// <param name="limit">1 to 1,000; <see langword="null"/> for the gateway's default.</param>
    /// <param name="wait">How long to wait for a message when there is none, whole seconds up to 300; <see langword="null"/> for not at all.</param>
    public Task<LiveMessages> PollAsync(string channel, long? since, int? limit, TimeSpan? wait, CancellationToken cancellationToken) =>
        _http.GetAsync(
            Path("channels", channel, "messages") + ApiPath.Query(("since", Number(since)), ("limit", Number(limit)), ("wait", Number((long?)wait?.TotalSeconds))),
            PushGatewayJson.Default.LiveMessages, cancellationToken);

    /// <summary>Tells everybody who follows the channel. No device is notified.</summary>
    /// <param name="type">The sender's word for the kind of message.</param>
    /// <param name="data">At most 4,096 bytes as the gateway is set by default; <see langword="null"/> for none.</param>
    public Task<LiveMessage> SendAsync(string channel, string type, IReadOnlyDictionary<string, string>? data, CancellationToken cancellationToken) =>
        _http.SendAsync(
            HttpMethod.Post, Path("channels", channel, "messages"), new LiveMessageBody(type, data), PushGatewayJson.Default.LiveMessageBody,
            PushGatewayJson.Default.LiveMessage, cancellationToken);

    private static string? Number(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    private Task<RemovalReleaseResult> ReleaseAsync(RemovalRelease release, CancellationToken cancellationToken) =>
        _http.SendAsync(
            HttpMethod.Post, Path("removals", "release"), release, PushGatewayJson.Default.RemovalRelease, PushGatewayJson.Default.RemovalReleaseResult,
            cancellationToken);

    private async Task<PublishedEvent> PublishAsync(HttpContent content, string? idempotencyKey, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(HttpMethod.Post, Path("events"), content, cancellationToken, headers =>
        {
            if (idempotencyKey is not null)
            {
                headers.Add(IdempotencyKeyHeader, idempotencyKey);
            }
        });
        return await ReadPublishedAsync(response, cancellationToken);
    }

    private static async Task<PublishedEvent> ReadPublishedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var info = await GatewayHttp.ReadAsync(response, PushGatewayJson.Default.EventInfo, cancellationToken);
        var replayed = response.Headers.TryGetValues(ReplayedHeader, out var values) && values.Contains("true");
        return new PublishedEvent(info, replayed);
    }

    private async Task<EventInfo> ControlAsync(string eventId, string verb, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(HttpMethod.Post, Path("events", eventId, verb), null, cancellationToken);
        return await GatewayHttp.ReadAsync(response, PushGatewayJson.Default.EventInfo, cancellationToken);
    }

    private string CredentialPath(string provider, bool check) => Path("providers", provider) + ApiPath.Query(("check", check ? "true" : "false"));

    private string Path(params ReadOnlySpan<string> segments) => ApiPath.Of(["apps", _app, .. segments]);
}
