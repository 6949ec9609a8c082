using Microsoft.Extensions.Logging;

namespace PushGateway.RabbitMq;

internal static partial class RabbitMqLog
{
    [LoggerMessage(EventId = 9000, EventName = "Connected", Level = LogLevel.Information, Message = "Connected to RabbitMQ for {Purpose}.")]
    public static partial void Connected(ILogger logger, string purpose);

    [LoggerMessage(EventId = 9001, EventName = "Disconnected", Level = LogLevel.Warning,
        Message = "There is no connection to RabbitMQ for {Purpose}; it is tried again in {DelayMs} ms. {Problem}")]
    public static partial void Disconnected(ILogger logger, string purpose, double delayMs, string problem);

    [LoggerMessage(EventId = 9002, EventName = "DeadLettered", Level = LogLevel.Warning,
        Message = "A message of queue {Queue} can be no event, and was put into {DeadLetters}: {Code}")]
    public static partial void DeadLettered(ILogger logger, string queue, string deadLetters, string code);

    [LoggerMessage(EventId = 9003, EventName = "GivenBack", Level = LogLevel.Warning,
        Message = "A message of queue {Queue} could not be taken for long, and is given back to it: {Problem}")]
    public static partial void GivenBack(ILogger logger, string queue, string problem);

    [LoggerMessage(EventId = 9004, EventName = "IntakeFailed", Level = LogLevel.Error, Message = "Taking a message of queue {Queue} failed unexpectedly.")]
    public static partial void IntakeFailed(ILogger logger, Exception exception, string queue);

    [LoggerMessage(EventId = 9005, EventName = "Held", Level = LogLevel.Warning,
        Message = "A message of queue {Queue} cannot be taken now, and is kept until it can: {Problem}")]
    public static partial void Held(ILogger logger, string queue, string problem);
}
