using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PushGateway.Core.Events;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Core.Subscribers;
using PushGateway.Server.Api.Devices;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using HttpJsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace PushGateway.Server.Api.Subscribers;

/// <summary>A person's data in one call: handed out, and deleted.</summary>
internal sealed class SubscriberEndpoints(ISubscriberStore subscribers, IOptions<HttpJsonOptions> json, TimeProvider timeProvider)
{
    private const int FlushBytes = 32 * 1024;

    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps/{app}/subscribers/{subscriber}").WithTags("Subscribers").RequireScope(ApiKeyScopes.Devices);
        group.MapDelete("", (SubscriberEndpoints endpoints, RequestedApp requestedApp, string subscriber, CancellationToken cancellationToken) =>
                endpoints.DeleteAsync(requestedApp, subscriber, cancellationToken))
            .Audited("subscriber.delete", "app", "subscriber")
            .WithName("DeleteSubscriber")
            .WithSummary("Deletes a subscriber with everything of theirs, and ends their tokens. Answered when all is gone; repeating it changes nothing.");
        group.MapGet("/export", (SubscriberEndpoints endpoints, RequestedApp requestedApp, string subscriber, HttpContext context) =>
                endpoints.ExportAsync(requestedApp, subscriber, context))
            .Produces<SubscriberExport>()
            .WithName("ExportSubscriber").WithSummary("All that is kept of a subscriber, streamed.");
    }

    internal async Task<NoContent> DeleteAsync(RequestedApp app, string subscriber, CancellationToken cancellationToken)
    {
        await subscribers.DeleteAsync(app.Key, subscriber, cancellationToken);
        return TypedResults.NoContent();
    }

    private async Task<IResult> ExportAsync(RequestedApp app, string subscriberId, HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        if (await subscribers.FindAsync(app.Key, subscriberId, cancellationToken) is not { } subscriber)
        {
            return ApiProblem.NotFound("subscriber.unknown", "There is no such subscriber.");
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return TypedResults.Empty;
        }

        var output = context.Response.BodyWriter;
        await using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        writer.WriteString("subscriber", subscriber.Id);
        writer.WritePropertyName("exportedAt");
        Write(timeProvider.GetUtcNow());
        writer.WritePropertyName("devices");
        WriteAll(subscriber.Devices.Select(device => DeviceEndpoints.ToResponse(device, isTokenWhole: true)));
        writer.WritePropertyName("channels");
        WriteAll(subscriber.Channels);
        writer.WritePropertyName("removedDevices");
        WriteAll(subscriber.Removed.Select(device => new RemovedDeviceResponse(device.DeviceId, device.Provider.Name(), device.Token, device.Reason, device.RemovedAt)));
        writer.WritePropertyName("events");
        await WriteEachAsync(subscribers.ReadSentAsync(subscriber, cancellationToken), sent => new SentResponse(
            sent.EventId, sent.Type, sent.PublishedAt, sent.DeviceId, sent.Provider.Name(), sent.Outcome.Name(), sent.Reason, sent.At));
        writer.WritePropertyName("opened");
        await WriteEachAsync(subscribers.ReadOpenedAsync(subscriber, cancellationToken), opened => new OpenedOnResponse(opened.EventId, opened.DeviceId));
        writer.WriteEndObject();
        await writer.FlushAsync(cancellationToken);
        await output.FlushAsync(cancellationToken);
        return TypedResults.Empty;

        void Write<T>(T value) => JsonSerializer.Serialize(writer, value, (JsonTypeInfo<T>)json.Value.SerializerOptions.GetTypeInfo(typeof(T)));

        void WriteAll<T>(IEnumerable<T> values)
        {
            writer.WriteStartArray();
            foreach (var value in values)
            {
                Write(value);
            }

            writer.WriteEndArray();
        }

        async Task WriteEachAsync<TFound, T>(IAsyncEnumerable<TFound> found, Func<TFound, T> convert)
        {
            writer.WriteStartArray();
            await foreach (var item in found)
            {
                Write(convert(item));
                // The writer hands over what it has whenever the output's memory is full, so most of it waits there.
                if (output.UnflushedBytes + writer.BytesPending >= FlushBytes)
                {
                    await writer.FlushAsync(cancellationToken);
                    await output.FlushAsync(cancellationToken);
                }
            }

            writer.WriteEndArray();
        }
    }
}
