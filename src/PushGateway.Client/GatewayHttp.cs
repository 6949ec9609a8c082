using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PushGateway.Client;

/// <summary>Sends requests with the key and reads answers; every method throws <see cref="PushGatewayApiException"/> for an error answer.</summary>
internal sealed class GatewayHttp(HttpClient http, string apiKey)
{
    private readonly AuthenticationHeaderValue _authorization = new("Bearer", apiKey);

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, path, null, cancellationToken);
        return await ReadAsync(response, type, cancellationToken);
    }

    /// <returns><see langword="null"/> for 404.</returns>
    public async Task<T?> FindAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await GetAsync(path, type, cancellationToken);
        }
        catch (PushGatewayApiException exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<TAnswer> SendAsync<TBody, TAnswer>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(body, bodyType);
        using var response = await SendAsync(method, path, content, cancellationToken);
        return await ReadAsync(response, answerType, cancellationToken);
    }

    /// <summary>For answers without a body, or with one nobody asked for.</summary>
    public async Task SendAsync<TBody>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(body, bodyType);
        using var response = await SendAsync(method, path, content, cancellationToken);
    }

    public async Task SendAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(method, path, null, cancellationToken);
    }

    /// <returns><see langword="false"/> when there was nothing to delete.</returns>
    public async Task<bool> DeleteAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(HttpMethod.Delete, path, cancellationToken);
            return true;
        }
        catch (PushGatewayApiException exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    /// <summary>The caller disposes the answer. Its body has not been read.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken, Action<HttpRequestHeaders>? addHeaders = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = _authorization;
        addHeaders?.Invoke(request.Headers);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await ProblemReader.ReadAsync(response, cancellationToken);
        }
    }

    /// <summary>Reads an answer of lines: all but the last are items.</summary>
    public static async Task<TLast> ReadLinesAsync<TItem, TLast>(
        HttpResponseMessage response, StreamReader lines, JsonTypeInfo<TItem> itemType, Func<TItem, ValueTask> take, JsonTypeInfo<TLast> lastType,
        CancellationToken cancellationToken)
    {
        try
        {
            var line = await lines.ReadLineAsync(cancellationToken) ?? throw new JsonException("The answer is empty.");
            while (await lines.ReadLineAsync(cancellationToken) is { } next)
            {
                await take(JsonSerializer.Deserialize(line, itemType) ?? throw new JsonException("A line is null."));
                line = next;
            }

            return JsonSerializer.Deserialize(line, lastType) ?? throw new JsonException("The last line is null.");
        }
        catch (JsonException exception)
        {
            throw NotAGateway(response, exception);
        }
    }

    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException exception)
        {
            throw NotAGateway(response, exception);
        }
    }

    // Not the gateway, or not this version of it: an address typed wrong is the usual cause.
    private static HttpRequestException NotAGateway(HttpResponseMessage response, JsonException exception) =>
        new($"{response.RequestMessage?.RequestUri} did not answer as a PushGateway does.", exception, response.StatusCode);
}
