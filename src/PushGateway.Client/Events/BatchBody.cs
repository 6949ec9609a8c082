using System.Text.Json;
using System.Text.Json.Nodes;

namespace PushGateway.Client.Events;

/// <summary>A batch as it goes over the wire.</summary>
internal sealed record BatchBody(IReadOnlyList<JsonObject> Events)
{
    public static BatchBody Of(IEnumerable<BatchEvent> events) => new([.. events.Select(ToJson)]);

    private static JsonObject ToJson(BatchEvent item)
    {
        var json = JsonSerializer.SerializeToNode(item.Request, PushGatewayJson.Default.EventRequest)!.AsObject();
        if (item.IdempotencyKey is not null)
        {
            json["idempotencyKey"] = item.IdempotencyKey;
        }

        return json;
    }
}

/// <summary>The gateway's answer to a batch.</summary>
internal sealed record BatchResult
{
    public required IReadOnlyList<BatchResultItem> Items { get; init; }
}

internal sealed record BatchResultItem
{
    public required int Status { get; init; }

    public EventInfo? Event { get; init; }

    public bool Replayed { get; init; }

    public JsonElement? Problem { get; init; }

    public BatchAnswer ToAnswer() => Event is { } info
        ? new BatchAnswer(new PublishedEvent(info, Replayed), null)
        : new BatchAnswer(null, ProblemReader.ToRefusal(Status, Problem));
}
