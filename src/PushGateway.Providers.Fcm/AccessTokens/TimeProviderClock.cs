using Google.Apis.Util;

namespace PushGateway.Providers.Fcm.AccessTokens;

/// <summary>The process's clock as Google's library wants it.</summary>
internal sealed class TimeProviderClock(TimeProvider timeProvider) : IClock
{
    public DateTime Now => timeProvider.GetLocalNow().DateTime;

    public DateTime UtcNow => timeProvider.GetUtcNow().UtcDateTime;
}
