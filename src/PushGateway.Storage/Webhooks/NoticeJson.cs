using System.Buffers;
using System.Text.Json;
using PushGateway.Core.Events;
using PushGateway.Core.FanOut;
using PushGateway.Core.Providers;
using PushGateway.Core.Removals;

namespace PushGateway.Storage.Webhooks;

/// <summary>The data of notices that are written with the change they are about. Members may be added, none renamed.</summary>
internal static class NoticeJson
{
    /// <summary>The event with its account, in the words of the API.</summary>
    public static byte[] EventCompleted(EventRecord record) => Write(json =>
    {
        json.WriteString("event", record.Event.Id);
        json.WriteString("type", record.Event.Type);
        json.WriteString("state", record.State.Name());
        WriteCounts(json, "counts", record.Account.Counts);
        json.WriteStartObject("providers");
        foreach (var (provider, account) in record.Account.Providers.OrderBy(entry => entry.Key))
        {
            json.WriteStartObject(provider.Name());
            WriteCounts(json, "counts", account.Counts);
            json.WriteStartObject("reasons");
            foreach (var (reason, count) in account.Reasons)
            {
                json.WriteNumber(reason, count);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteNumber("attempts", record.Account.Attempts);
        WriteTime(json, "createdAt", record.Timings.CreatedAt);
        WriteTime(json, "completedAt", record.Timings.CompletedAt);
    });

    /// <param name="devices">Few enough for a notice.</param>
    public static byte[] DevicesRemoved(string? eventId, DateTimeOffset at, IEnumerable<(string DeviceId, ProviderKind Provider, string Reason)> devices) =>
        Write(json =>
        {
            json.WriteString("event", eventId);
            WriteTime(json, "removedAt", at);
            json.WriteStartArray("devices");
            foreach (var (deviceId, provider, reason) in devices)
            {
                json.WriteStartObject();
                json.WriteString("device", deviceId);
                json.WriteString("provider", provider.Name());
                json.WriteString("reason", reason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    public static byte[] RemovalsHeld(string? eventId, PageCommit commit, RemovalHoldStart start) => Write(json =>
    {
        json.WriteString("provider", start.Provider.Name());
        json.WriteString("event", eventId);
        WriteTime(json, "since", commit.RecordedAt);
        json.WriteNumber("judged", start.Judged);
        json.WriteNumber("removed", start.Removed);
    });

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, OutcomeCounts counts)
    {
        json.WriteStartObject(name);
        json.WriteNumber("targeted", counts.Targeted);
        json.WriteNumber("accepted", counts.Accepted);
        json.WriteNumber("unregistered", counts.Unregistered);
        json.WriteNumber("rejected", counts.Rejected);
        json.WriteNumber("expired", counts.Expired);
        json.WriteNumber("suppressed", counts.Suppressed);
        json.WriteNumber("live", counts.Live);
        json.WriteNumber("cancelled", counts.Cancelled);
        json.WriteNumber("pending", counts.Pending);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? at)
    {
        if (at is { } time)
        {
            json.WriteString(name, time.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
