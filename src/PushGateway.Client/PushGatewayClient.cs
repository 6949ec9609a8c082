using PushGateway.Client.Apps;
using PushGateway.Client.Keys;
using PushGateway.Client.Nodes;

namespace PushGateway.Client;

/// <summary>The HTTP API of a PushGateway, typed. Safe for concurrent use.</summary>
/// <remarks>
/// All methods throw <see cref="PushGatewayApiException"/> when the gateway answers with an error and
/// <see cref="HttpRequestException"/> when it cannot be reached.
/// </remarks>
public sealed class PushGatewayClient
{
    private readonly GatewayHttp _http;

    /// <param name="http">Its base address is the gateway's. Its timeout covers the upload of an import: give it room, or none.</param>
    /// <param name="apiKey">Sent as the bearer of every request.</param>
    public PushGatewayClient(HttpClient http, string apiKey)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentException.ThrowIfNullOrEmpty(apiKey);
        _http = new GatewayHttp(http, apiKey);
    }

    /// <summary>Everything that belongs to one app.</summary>
    public PushGatewayAppClient App(string app)
    {
        ArgumentException.ThrowIfNullOrEmpty(app);
        return new PushGatewayAppClient(_http, app);
    }

    /// <summary>Creates the app, or renames it; it has no limits then.</summary>
    public Task<AppInfo> PutAppAsync(string app, string name, CancellationToken cancellationToken) =>
        PutAppAsync(app, new AppSpec { Name = name }, cancellationToken);

    /// <summary>Creates the app, or replaces its name and its limits.</summary>
    public Task<AppInfo> PutAppAsync(string app, AppSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return _http.SendAsync(
            HttpMethod.Put, ApiPath.Of("apps", app), spec, PushGatewayJson.Default.AppSpec, PushGatewayJson.Default.AppInfo, cancellationToken);
    }

    /// <returns><see langword="null"/> when there is none.</returns>
    public Task<AppInfo?> FindAppAsync(string app, CancellationToken cancellationToken) =>
        _http.FindAsync(ApiPath.Of("apps", app), PushGatewayJson.Default.AppInfo, cancellationToken);

    /// <param name="cursor">From the page before; <see langword="null"/> for the first.</param>
    public Task<PageOf<AppInfo>> ListAppsAsync(string? cursor, CancellationToken cancellationToken) =>
        _http.GetAsync(ApiPath.Of("apps") + ApiPath.Query(("cursor", cursor)), PushGatewayJson.Default.PageOfAppInfo, cancellationToken);

    /// <summary>Deletes the app with everything that belongs to it.</summary>
    /// <returns><see langword="false"/> when there was none.</returns>
    public Task<bool> DeleteAppAsync(string app, CancellationToken cancellationToken) =>
        _http.DeleteAsync(ApiPath.Of("apps", app), cancellationToken);

    /// <param name="scopes">Of <c>admin</c>, <c>publish</c>, <c>devices</c>, <c>read</c>.</param>
    /// <param name="app">The app it is for; <see langword="null"/> only for <c>admin</c>.</param>
    /// <returns>The key, which is shown this once.</returns>
    public Task<CreatedKey> CreateKeyAsync(string name, IReadOnlyList<string> scopes, string? app, CancellationToken cancellationToken) =>
        _http.SendAsync(
            HttpMethod.Post, ApiPath.Of("keys"), new KeyRequest(name, scopes, app), PushGatewayJson.Default.KeyRequest, PushGatewayJson.Default.CreatedKey, cancellationToken);

    /// <param name="cursor">From the page before; <see langword="null"/> for the first.</param>
    public Task<PageOf<KeyInfo>> ListKeysAsync(string? cursor, CancellationToken cancellationToken) =>
        _http.GetAsync(ApiPath.Of("keys") + ApiPath.Query(("cursor", cursor)), PushGatewayJson.Default.PageOfKeyInfo, cancellationToken);

    /// <summary>The gateways that share the store; of a store in a file the one that answers.</summary>
    public Task<PageOf<NodeInfo>> ListNodesAsync(CancellationToken cancellationToken) =>
        _http.GetAsync(ApiPath.Of("nodes"), PushGatewayJson.Default.PageOfNodeInfo, cancellationToken);

    /// <returns><see langword="false"/> when there was none.</returns>
    public Task<bool> DeleteKeyAsync(string id, CancellationToken cancellationToken) =>
        _http.DeleteAsync(ApiPath.Of("keys", id), cancellationToken);
}
