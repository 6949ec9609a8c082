namespace PushGateway.Core.Messaging;

/// <summary>Takes events that come as messages of a broker, by the rules of the HTTP API.</summary>
public interface IMessageIntake
{
    /// <summary>Publishes the event of a message. Of a message that was taken before, nothing is published again.</summary>
    /// <returns>What is to become of the message; <see cref="MessageFate.Taken"/> only when the event is durable.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was changed; try again later.</exception>
    Task<MessageVerdict> TakeAsync(IncomingMessage message, CancellationToken cancellationToken);
}

/// <summary>A message as the broker gave it out.</summary>
/// <param name="AppId">Whose event it is.</param>
/// <param name="MessageId">The sender's id of the message, and with it the idempotency key.</param>
/// <param name="Headers">Those that are texts.</param>
/// <param name="Body">Valid until the call returns.</param>
public sealed record IncomingMessage(
    string AppId, string? MessageId, string? ContentType, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body);

/// <summary>What is to become of a message.</summary>
public enum MessageFate
{
    /// <summary>Its event is durable, now or since before.</summary>
    Taken,

    /// <summary>It can be no event, however often it comes.</summary>
    Refused,

    /// <summary>Not now.</summary>
    Later,
}

/// <param name="Code">Stable word for programs, that of the HTTP API; <see langword="null"/> when it was taken.</param>
/// <param name="Detail">Why, in words.</param>
/// <param name="Fields">What is wrong field by field.</param>
public sealed record MessageVerdict(MessageFate Fate, string? Code = null, string? Detail = null, IReadOnlyList<string>? Fields = null);
