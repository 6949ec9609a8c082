using Microsoft.Extensions.Logging;

namespace PushGateway.Dispatch;

internal static partial class DispatchLog
{
    [LoggerMessage(EventId = 3030, EventName = "ClockSet", Level = LogLevel.Warning,
        Message = "The system's clock was set by {Step}. Waits go on as they were; begin and end of events follow the new time.")]
    public static partial void ClockSet(ILogger logger, TimeSpan step);

    [LoggerMessage(EventId = 3031, EventName = "ClockNotFollowed", Level = LogLevel.Warning,
        Message = "Deferred devices could not be brought forward after the clock was set back; they may wait longer by as much.")]
    public static partial void ClockNotFollowed(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 3001, EventName = "FanOutsResumed", Level = LogLevel.Information,
        Message = "{Count} unfinished events taken up.")]
    public static partial void FanOutsResumed(ILogger logger, int count);

    [LoggerMessage(EventId = 3002, EventName = "EventStarted", Level = LogLevel.Information,
        Message = "Event {EventId} of app {AppId} started.")]
    public static partial void EventStarted(ILogger logger, string eventId, string appId);

    [LoggerMessage(EventId = 3003, EventName = "EventFinal", Level = LogLevel.Information,
        Message = "Event {EventId} of app {AppId} is {State}: {Targeted} targeted, {Accepted} accepted.")]
    public static partial void EventFinal(ILogger logger, string eventId, string appId, string state, long targeted, long accepted);

    [LoggerMessage(EventId = 3004, EventName = "PageFailed", Level = LogLevel.Error,
        Message = "A page of shard {Shard} of event {EventId} failed and is tried again in {DelayMs} ms.")]
    public static partial void PageFailed(ILogger logger, int shard, string eventId, double delayMs, Exception exception);

    [LoggerMessage(EventId = 3005, EventName = "CommitDelayed", Level = LogLevel.Warning,
        Message = "The store cannot take the outcome of a page of event {EventId}; it is held and offered again in {DelayMs} ms.")]
    public static partial void CommitDelayed(ILogger logger, string eventId, double delayMs, Exception exception);

    [LoggerMessage(EventId = 3006, EventName = "ProviderStopped", Level = LogLevel.Error,
        Message = "{Provider} of app {AppId} is stopped: {Reason}. {Explanation} Next probe at {RetryAt:O}.")]
    public static partial void ProviderStopped(
        ILogger logger, string provider, string appId, string reason, string explanation, DateTimeOffset retryAt);

    [LoggerMessage(EventId = 3007, EventName = "ProviderBackingOff", Level = LogLevel.Warning,
        Message = "{Provider} of app {AppId} is failing ({Reason}); nothing is sent until {RetryAt:O}.")]
    public static partial void ProviderBackingOff(ILogger logger, string provider, string appId, string reason, DateTimeOffset retryAt);

    [LoggerMessage(EventId = 3008, EventName = "ProviderRunning", Level = LogLevel.Information,
        Message = "{Provider} of app {AppId} is running again.")]
    public static partial void ProviderRunning(ILogger logger, string provider, string appId);

    [LoggerMessage(EventId = 3009, EventName = "LoadFailed", Level = LogLevel.Warning,
        Message = "An unfinished event could not be loaded; tried again in {DelayMs} ms.")]
    public static partial void LoadFailed(ILogger logger, double delayMs, Exception exception);

    [LoggerMessage(EventId = 3010, EventName = "Draining", Level = LogLevel.Information,
        Message = "Stopping: {Pages} pages under way are being recorded.")]
    public static partial void Draining(ILogger logger, int pages);

    [LoggerMessage(EventId = 3012, EventName = "SenderFailed", Level = LogLevel.Error,
        Message = "The {Provider} sender failed in a batch of event {EventId}; its pushes without a result are tried again later.")]
    public static partial void SenderFailed(ILogger logger, string provider, string eventId, Exception exception);

    [LoggerMessage(EventId = 3011, EventName = "SenderNotDisposed", Level = LogLevel.Warning,
        Message = "A replaced {Provider} sender could not be closed.")]
    public static partial void SenderNotDisposed(ILogger logger, string provider, Exception exception);

    [LoggerMessage(EventId = 3040, EventName = "EventEndedAtOnce", Level = LogLevel.Debug,
        Message = "Event {EventId} of app {AppId} is final with its first page.")]
    public static partial void EventEndedAtOnce(ILogger logger, string eventId, string appId);

    [LoggerMessage(EventId = 3016, EventName = "EventUnreadable", Level = LogLevel.Error,
        Message = "The event of key {EventKey} cannot be taken up.")]
    public static partial void EventUnreadable(ILogger logger, long eventKey, Exception exception);

    [LoggerMessage(EventId = 3015, EventName = "PageLost", Level = LogLevel.Warning,
        Message = "Shard {Shard} was given to another gateway while a page of event {EventId} was under way. The other one sends that page again.")]
    public static partial void PageLost(ILogger logger, int shard, string eventId);

    [LoggerMessage(EventId = 3013, EventName = "RemovalsHeld", Level = LogLevel.Error,
        Message = "{Provider} calls {Removed} of the last {Judged} devices of app {AppId} dead. That looks like a wrong environment or topic: removals are held until " +
            "somebody decides. Devices it refuses are set aside; sending goes on. See POST …/removals/release.")]
    public static partial void RemovalsHeld(ILogger logger, string provider, string appId, long removed, long judged);

    [LoggerMessage(EventId = 3014, EventName = "RemovalsReleased", Level = LogLevel.Information,
        Message = "Held removals of {Provider} of app {AppId} are {Decision}.")]
    public static partial void RemovalsReleased(ILogger logger, string provider, string appId, string decision);
}
