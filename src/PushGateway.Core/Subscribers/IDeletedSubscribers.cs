namespace PushGateway.Core.Subscribers;

/// <summary>Who was deleted, for as long as a token made before could be shown. Served from memory.</summary>
public interface IDeletedSubscribers
{
    /// <summary>How long a subscriber's token is good for at most, whoever made it: what is older is refused without a look at who was deleted.</summary>
    static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(1);

    /// <summary>Whether the subscriber was deleted when a token was made, or since.</summary>
    bool IsDeletedSince(int appKey, string subscriberId, DateTimeOffset madeAt);
}
