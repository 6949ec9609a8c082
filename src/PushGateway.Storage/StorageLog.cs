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

    [LoggerMessage(EventId = 2013, EventName = "NoticeFailed", Level = LogLevel.Error,
        Message = "What another gateway has changed could not be followed.")]
    public static partial void NoticeFailed(ILogger logger, Exception problem);

    [LoggerMessage(EventId = 2014, EventName = "ListeningFailed", Level = LogLevel.Warning,
        Message = "The connection over which other gateways are heard was lost; it is opened again in {RetrySeconds} seconds.")]
    public static partial void ListeningFailed(ILogger logger, double retrySeconds, Exception problem);

    [LoggerMessage(EventId = 2015, EventName = "NodeJoined", Level = LogLevel.Information,
        Message = "This gateway shares its store as node {Node}, named {Name}, and begins with {Shards} shards.")]
    public static partial void NodeJoined(ILogger logger, long node, string name, int shards);

    [LoggerMessage(EventId = 2016, EventName = "ShardsHeld", Level = LogLevel.Information,
        Message = "This gateway dispatches {Shards} shards now, {Before} before.")]
    public static partial void ShardsHeld(ILogger logger, int shards, int before);

    [LoggerMessage(EventId = 2017, EventName = "LeasesNotRenewed", Level = LogLevel.Warning,
        Message = "The store could not be told that this gateway is at work.")]
    public static partial void LeasesNotRenewed(ILogger logger, Exception problem);

    [LoggerMessage(EventId = 2018, EventName = "LeasesLapsed", Level = LogLevel.Error,
        Message = "The store has not heard of this gateway for {Seconds} seconds. It begins nothing until it has; other gateways may take over its shards.")]
    public static partial void LeasesLapsed(ILogger logger, double seconds);

    [LoggerMessage(EventId = 2019, EventName = "NodeWithoutKeys", Level = LogLevel.Error,
        Message = "This gateway cannot decrypt credentials that other gateways of its store can. It leaves all sending to them. " +
            "Give all of them the same PushGateway:DataProtection:KeysDirectory, and start this one again.")]
    public static partial void NodeWithoutKeys(ILogger logger);

    [LoggerMessage(EventId = 2020, EventName = "DevicesExpired", Level = LogLevel.Information,
        Message = "{Devices} devices were removed that had not registered for {Days} days.")]
    public static partial void DevicesExpired(ILogger logger, long devices, double days);

    [LoggerMessage(EventId = 2021, EventName = "ExpiryFailed", Level = LogLevel.Warning,
        Message = "The store could not be looked through for devices that are not seen any more; it is tried again in {RetrySeconds} seconds.")]
    public static partial void ExpiryFailed(ILogger logger, double retrySeconds, Exception problem);
}
