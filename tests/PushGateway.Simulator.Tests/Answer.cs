using System.Net;
using System.Text.Json;

namespace PushGateway.Simulator.Tests;

/// <summary>What a client got, body and all.</summary>
public sealed record Answer(HttpStatusCode Status, string Body, HttpResponseMessage Message)
{
    public int Code => (int)Status;

    /// <summary>The APNs reason; null when there is no body.</summary>
    public string? Reason => Body.Length == 0 ? null : Json.GetProperty("reason").GetString();

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? Header(string name) => Message.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    public static async Task<Answer> ReadAsync(HttpResponseMessage message) =>
        new(message.StatusCode, await message.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), message);
}
