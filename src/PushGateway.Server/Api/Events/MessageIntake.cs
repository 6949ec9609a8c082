using CloudNative.CloudEvents;
using PushGateway.Core.Apps;
using PushGateway.Core.Messaging;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;

namespace PushGateway.Server.Api.Events;

/// <summary>Takes events that come through a broker: the body of a publish as it would be posted, plain or as a CloudEvent in either mode.</summary>
internal sealed class MessageIntake(EventEndpoints endpoints, IAppStore apps, BodyReader bodies) : IMessageIntake
{
    // Of the AMQP binding of CloudEvents; the underscore is for brokers that do not take the colon.
    private static readonly string[] s_prefixes = ["cloudEvents:", "cloudEvents_"];

    public async Task<MessageVerdict> TakeAsync(IncomingMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (apps.Find(message.AppId) is not { } app)
        {
            return new MessageVerdict(MessageFate.Later, "app.unknown", $"There is no app {message.AppId}.");
        }

        if (message.Body.Length > bodies.MaxBodyBytes)
        {
            return Refused(ApiProblem.BodyTooLarge(bodies.MaxBodyBytes));
        }

        var errors = new FieldErrors();
        string? key = null;
        if (message.MessageId is { Length: > 0 } id && !IdempotencyKeyHeader.TryRead(id, "messageId", errors, out key))
        {
            return Refused(errors.ToProblem());
        }

        var body = Open(message);
        if (body.Problem is { } problem)
        {
            return Refused(problem);
        }

        if (key is null && body.CloudEvent is null)
        {
            // Given out again, it would be another event.
            return Refused(ApiProblem.Invalid("messageId", "messageId.missing", "Must be given: a message that is given out twice is known by it."));
        }

        var (record, _, refusal) = await endpoints.PublishAsync(RequestedApp.Of(app), body, key, cancellationToken);
        return record is null ? Refused(refusal!) : new MessageVerdict(MessageFate.Taken);
    }

    private PublishBody Open(IncomingMessage message)
    {
        // What is kept of it outlives the message's memory.
        var bytes = message.Body.ToArray();
        if (message.ContentType?.Split(';')[0].Trim().Equals(MediaTypes.CloudEvent, StringComparison.OrdinalIgnoreCase) == true)
        {
            return PublishBody.ParseStructured(bytes, bodies.MaxJsonDepth);
        }

        var prefix = Array.Find(s_prefixes, prefix => message.Headers.Keys.Any(name => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));
        CloudEvent? envelope = null;
        return prefix is not null && !CloudEventEnvelope.TryReadHeaders(
            message.Headers.Select(header => (header.Key, header.Value)), prefix, static value => value, out envelope, out var problem)
            ? PublishBody.Refused(problem!)
            : PublishBody.Parse(bytes, bodies.MaxJsonDepth, envelope);
    }

    private static MessageVerdict Refused(ApiProblem problem) => new(
        MessageFate.Refused, problem.Code, problem.Detail, problem.Errors is { } errors ? [.. errors.Select(error => $"{error.Field}: {error.Detail}")] : null);
}
