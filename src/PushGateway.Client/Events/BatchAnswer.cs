using System.Net;

namespace PushGateway.Client.Events;

/// <summary>What became of one event of a batch: exactly one of the members is set.</summary>
/// <param name="Published">The event is durable, its fan-out begins.</param>
/// <param name="Refused">Why it was not taken. An answer, not thrown: the other events of the batch have theirs.</param>
public sealed record BatchAnswer(PublishedEvent? Published, EventRefusal? Refused);

/// <summary>Why an event of a batch was not taken: what <see cref="PushGatewayApiException"/> says of one that was published alone.</summary>
/// <param name="Code">The stable word for programs.</param>
/// <param name="Message">One line for a person.</param>
/// <param name="Errors">What is wrong field by field; empty when it is about no field.</param>
public sealed record EventRefusal(HttpStatusCode Status, string? Code, string Message, IReadOnlyList<FieldError> Errors);
