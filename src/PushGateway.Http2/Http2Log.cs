using System.Net;
using Microsoft.Extensions.Logging;
using PushGateway.Http2.Frames;

namespace PushGateway.Http2;

internal static partial class Http2Log
{
    [LoggerMessage(EventId = 5001, EventName = "Reconnecting", Level = LogLevel.Information,
        Message = "New requests to {Authority} go over new connections; the old ones are closed once their requests are answered.")]
    public static partial void Reconnecting(ILogger logger, string authority);

    [LoggerMessage(EventId = 5002, EventName = "Connected", Level = LogLevel.Debug,
        Message = "Connected to {Authority} at {Address}.")]
    public static partial void Connected(ILogger logger, string authority, IPAddress address);

    [LoggerMessage(EventId = 5003, EventName = "NotConnected", Level = LogLevel.Warning,
        Message = "No connection to {Authority}: {Detail}")]
    public static partial void NotConnected(ILogger logger, string authority, string detail);

    [LoggerMessage(EventId = 5004, EventName = "GoingAway", Level = LogLevel.Information,
        Message = "{Authority} ends a connection: {Code} {Words}")]
    public static partial void GoingAway(ILogger logger, string authority, ErrorCode code, string words);

    [LoggerMessage(EventId = 5005, EventName = "PeerAtFault", Level = LogLevel.Warning,
        Message = "{Authority} broke HTTP/2, its connection is closed: {Detail}")]
    public static partial void PeerAtFault(ILogger logger, string authority, string detail);

    [LoggerMessage(EventId = 5006, EventName = "NoSignOfLife", Level = LogLevel.Warning,
        Message = "{Authority} answers no PING, its connection is given up.")]
    public static partial void NoSignOfLife(ILogger logger, string authority);

    [LoggerMessage(EventId = 5007, EventName = "ConnectionFailed", Level = LogLevel.Error,
        Message = "A connection to {Authority} failed by an error of the gateway.")]
    public static partial void ConnectionFailed(ILogger logger, string authority, Exception exception);
}
