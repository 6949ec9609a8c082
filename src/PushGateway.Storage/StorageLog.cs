using Microsoft.Extensions.Logging;

namespace PushGateway.Storage;

/// <summary>Event ids 2000 to 2999.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(EventId = 2000, EventName = "StoreReady", Level = LogLevel.Information,
        Message = "The store {File} is open; {Migrations} migrations were applied now.")]
    public static partial void StoreReady(ILogger logger, string file, int migrations);

    [LoggerMessage(EventId = 2001, EventName = "CommitFailed", Level = LogLevel.Error,
        Message = "A transaction with {Operations} changes could not be committed; nothing of it remains and its callers were told.")]
    public static partial void CommitFailed(ILogger logger, int operations, Exception problem);

    [LoggerMessage(EventId = 2002, EventName = "CommittedActionFailed", Level = LogLevel.Error,
        Message = "A handler of a committed change failed; the change itself is durable.")]
    public static partial void CommittedActionFailed(ILogger logger, Exception problem);

    [LoggerMessage(EventId = 2003, EventName = "CredentialUnreadable", Level = LogLevel.Error,
        Message = "The {Provider} credential of app {App} cannot be decrypted: the key that protected it is gone. Set the credential again.")]
    public static partial void CredentialUnreadable(ILogger logger, string provider, string app, Exception problem);

    [LoggerMessage(EventId = 2004, EventName = "AppPurged", Level = LogLevel.Information,
        Message = "All data of deleted app {AppKey} has been removed, in {Steps} steps.")]
    public static partial void AppPurged(ILogger logger, int appKey, int steps);

    [LoggerMessage(EventId = 2005, EventName = "PurgeFailed", Level = LogLevel.Warning,
        Message = "Removing the data of deleted apps stopped; it goes on in {RetrySeconds} seconds.")]
    public static partial void PurgeFailed(ILogger logger, double retrySeconds, Exception problem);

    [LoggerMessage(EventId = 2006, EventName = "MigrationLockRemoved", Level = LogLevel.Warning,
        Message = "A migration lock left behind by a process that died was removed.")]
    public static partial void MigrationLockRemoved(ILogger logger);

    [LoggerMessage(EventId = 2007, EventName = "StoreStopped", Level = LogLevel.Information,
        Message = "The store is closed after {Commits} commits; every accepted change is durable.")]
    public static partial void StoreStopped(ILogger logger, long commits);

    [LoggerMessage(EventId = 2008, EventName = "RetentionSwept", Level = LogLevel.Debug,
        Message = "What was kept long enough has been removed, in {Steps} steps.")]
    public static partial void RetentionSwept(ILogger logger, int steps);

    [LoggerMessage(EventId = 2009, EventName = "RetentionFailed", Level = LogLevel.Warning,
        Message = "Removing what was kept long enough stopped; it goes on in {RetrySeconds} seconds.")]
    public static partial void RetentionFailed(ILogger logger, double retrySeconds, Exception problem);

    [LoggerMessage(EventId = 2010, EventName = "WebhookUnreadable", Level = LogLevel.Error,
        Message = "The secret of webhook {Webhook} of app {AppKey} cannot be decrypted: the key that protected it is gone. Put the webhook again with a secret.")]
    public static partial void WebhookUnreadable(ILogger logger, string webhook, int appKey, Exception problem);

    [LoggerMessage(EventId = 2011, EventName = "FeedbackFailed", Level = LogLevel.Warning,
        Message = "What answers said about devices could not be applied to them; it is tried again in {RetrySeconds} seconds.")]
    public static partial void FeedbackFailed(ILogger logger, double retrySeconds, Exception problem);

    [LoggerMessage(EventId = 2012, EventName = "CommitUnanswered", Level = LogLevel.Warning,
        Message = "The connection was lost in the middle of a commit; the database is asked what became of it.")]
    public static partial void CommitUnanswered(ILogger logger, Exception problem);

    [LoggerMessage(EventId = 2013, EventName = "StoreTakenOver", Level = LogLevel.Critical,
        Message = "Another gateway has taken over the store while this one was silent. Nothing of what it still has is recorded; it stops.")]
    public static partial void StoreTakenOver(ILogger logger);

    [LoggerMessage(EventId = 2014, EventName = "StandingBy", Level = LogLevel.Information,
        Message = "Another gateway is at work on the store {Store}; this one stands by.")]
    public static partial void StandingBy(ILogger logger, string store);
}
