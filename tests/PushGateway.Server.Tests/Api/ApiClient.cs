using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace PushGateway.Server.Tests.Api;

/// <summary>Sends requests as they are given, good or bad, and keeps the answers whole.</summary>
internal sealed class ApiClient(HttpClient http)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    public HttpClient Http => http;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null);

    public Task<Answer> PutAsync(string path, object? body = null) => SendAsync(HttpMethod.Put, path, body is null ? null : JsonContent.Create(body, options: s_json));

    public Task<Answer> PostAsync(string path, object? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body, options: s_json), headers);

    public Task<Answer> PostTextAsync(string path, string body, string contentType = "application/json", params (string Name, string Value)[] headers) =>
        PostBytesAsync(path, Encoding.UTF8.GetBytes(body), contentType, headers);

    public Task<Answer> PostBytesAsync(string path, byte[] body, string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return SendAsync(HttpMethod.Post, path, content, headers);
    }

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using var response = await http.SendAsync(request, Cancelled);
        return await Answer.ReadAsync(response);
    }
}

/// <summary>An answer, read to its end.</summary>
internal sealed record Answer(int Status, string? ContentType, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The stable word of a problem.</summary>
    public string? Code => ContentType == "application/problem+json" ? Json.GetProperty("code").GetString() : null;

    /// <summary>The fields a problem names.</summary>
    public IReadOnlyList<string> Fields =>
        Json.TryGetProperty("errors", out var errors) ? [.. errors.EnumerateArray().Select(error => error.GetProperty("field").GetString()!)] : [];

    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer(
            (int)response.StatusCode, response.Content.Headers.ContentType?.MediaType,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), headers);
    }

    public string Text(params string[] path) => path.Aggregate(Json, (element, name) => element.GetProperty(name)).ToString();

    public long Number(params string[] path) => path.Aggregate(Json, (element, name) => element.GetProperty(name)).GetInt64();

    public Answer Expect(int status)
    {
        Assert.True(Status == status, $"expected {status}, got {Status}: {Body}");
        return this;
    }

    /// <summary>A problem document with everything the contract promises.</summary>
    public Answer ExpectProblem(int status, string code, params string[] fields)
    {
        Expect(status);
        Assert.Equal("application/problem+json", ContentType);
        Assert.Equal(code, Code);
        Assert.Equal(status, Number("status"));
        Assert.NotEmpty(Text("title"));
        Assert.NotEmpty(Text("detail"));
        Assert.Equal(Headers["X-Request-Id"], Text("requestId"));
        Assert.Equal(fields, Fields.Take(Math.Max(fields.Length, fields.Length == 0 ? 0 : Fields.Count)));
        return this;
    }
}
