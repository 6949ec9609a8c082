using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace PushGateway.Server.Tests.Live;

/// <summary>One stream of server-sent events, read with the platform's parser.</summary>
internal sealed class SseClient : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _items;

    private SseClient(HttpResponseMessage response, Stream stream, CancellationToken cancellationToken) =>
        (_response, _items) = (response, SseParser.Create(stream).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken));

    public static async Task<SseClient> OpenAsync(HttpClient http, string path, string? token = null, long? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (lastEventId is { } last)
        {
            request.Headers.Add("Last-Event-ID", $"{last}");
        }

        var cancellationToken = TestContext.Current.CancellationToken;
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        Assert.Equal("text/event-stream", response.EnsureSuccessStatusCode().Content.Headers.ContentType?.MediaType);
        return new SseClient(response, await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken);
    }

    /// <summary>The next event; fails when the stream ends without one.</summary>
    public async Task<(string Event, JsonElement Data, long Id)> NextAsync()
    {
        Assert.True(await _items.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken), "The stream has ended.");
        var item = _items.Current;
        return (item.EventType, JsonDocument.Parse(item.Data).RootElement, long.TryParse(item.EventId, out var id) ? id : -1);
    }

    /// <summary>The next event, which has to be a message.</summary>
    public async Task<JsonElement> MessageAsync()
    {
        var (name, data, id) = await NextAsync();
        Assert.Equal("message", name);
        Assert.Equal(id, data.GetProperty("sequence").GetInt64());
        return data;
    }

    /// <summary>Whether the stream ends here.</summary>
    public async Task<bool> EndsAsync() => !await _items.MoveNextAsync();

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        try
        {
            await _items.DisposeAsync();
        }
        catch (NotSupportedException)
        {
            // A read is under way; its connection is closed.
        }
    }
}
