using System.Net;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api;

/// <summary>Keeps one caller from crowding out the others: a token bucket for each key, each subscriber with a token, and each address without either.</summary>
internal sealed class RequestRateLimits : IConfigureOptions<RateLimiterOptions>, IDisposable
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    private readonly ApiOptions _options;
    private readonly PartitionedRateLimiter<(CallerIdentity? Identity, IPAddress? Address)> _callers;

    public RequestRateLimits(IOptions<ApiOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _callers = PartitionedRateLimiter.Create<(CallerIdentity? Identity, IPAddress? Address), string>(Partition);
    }

    public void Configure(RateLimiterOptions limiter)
    {
        limiter.GlobalLimiter = _callers.WithTranslatedKey<HttpContext>(
            static context => (CallerIdentity.Of(context.User), context.Connection.RemoteIpAddress), leaveOpen: true);
        limiter.OnRejected = async (context, _) => await TooMany(context.Lease).ExecuteAsync(context.HttpContext);
    }

    /// <summary>Counts something that one request brings many of, such as what a client calls over its connection, as a request of its own.</summary>
    /// <returns>Why it is refused; <see langword="null"/> within the limit.</returns>
    public ApiProblem? Count(ClaimsPrincipal? user)
    {
        using var lease = _callers.AttemptAcquire((CallerIdentity.Of(user), null));
        return lease.IsAcquired ? null : TooMany(lease);
    }

    public void Dispose() => _callers.Dispose();

    private static ApiProblem TooMany(RateLimitLease lease) => ApiProblem.Later(
        StatusCodes.Status429TooManyRequests, "rate.limited", "Too many requests with this key or token; wait a moment.",
        lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : s_period);

    private RateLimitPartition<string> Partition((CallerIdentity? Identity, IPAddress? Address) who)
    {
        var (partition, perSecond) = who.Identity?.Caller is { } caller ? ($"key:{caller.Key.Id}", _options.RequestsPerSecond)
            : who.Identity?.Grant is { } grant ? ($"subscriber:{grant.AppKey}:{grant.SubscriberId}", _options.SubscriberRequestsPerSecond)
            : ($"address:{AddressGroup.Of(who.Address)}", _options.AnonymousRequestsPerSecond);
        if (perSecond == 0)
        {
            return RateLimitPartition.GetNoLimiter("unlimited");
        }

        return RateLimitPartition.GetTokenBucketLimiter(
            partition,
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = perSecond * 2,
                TokensPerPeriod = perSecond,
                ReplenishmentPeriod = s_period,
                QueueLimit = 0,
            });
    }
}
