using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using PushGateway.Core;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;
using PushGateway.Server.Settings;

namespace PushGateway.Server.Api;

/// <summary>Keeps one caller from crowding out the others: a token bucket for each key, for each subscriber with a token, and for each address with neither.</summary>
internal sealed class RequestRateLimits(IOptions<ApiOptions> options) : IConfigureOptions<RateLimiterOptions>
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    public void Configure(RateLimiterOptions limiter)
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(Partition);
        limiter.OnRejected = async (context, _) =>
        {
            var wait = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : s_period;
            var problem = ApiProblem.Later(StatusCodes.Status429TooManyRequests, "rate.limited", "Too many requests for this caller; wait a moment.", wait);
            await problem.ExecuteAsync(context.HttpContext);
        };
    }

    private RateLimitPartition<string> Partition(HttpContext context)
    {
        var (name, perSecond) = context.Features.Get<Caller>() is { } caller ? ($"key:{caller.Key.Id}", options.Value.RequestsPerSecond)
            : context.Features.Get<SubscriberGrant>() is { } grant ? ($"subscriber:{grant.AppKey}:{grant.SubscriberId}", options.Value.SubscriberRequestsPerSecond)
            : ($"address:{AddressGroup.Of(context.Connection.RemoteIpAddress)}", options.Value.AnonymousRequestsPerSecond);
        if (perSecond == 0)
        {
            return RateLimitPartition.GetNoLimiter("unlimited");
        }

        return RateLimitPartition.GetTokenBucketLimiter(
            name,
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = perSecond * 2,
                TokensPerPeriod = perSecond,
                ReplenishmentPeriod = s_period,
                QueueLimit = 0,
            });
    }
}
