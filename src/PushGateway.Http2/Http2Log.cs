using Microsoft.Extensions.Logging;

namespace PushGateway.Http2;

internal static partial class Http2Log
{
    [LoggerMessage(EventId = 5001, EventName = "Reconnecting", Level = LogLevel.Information,
        Message = "New requests to {Authority} go over new connections; the old ones are closed once their requests are answered.")]
    public static partial void Reconnecting(ILogger logger, string authority);
}
