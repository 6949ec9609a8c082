using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PushGateway.Core;

namespace PushGateway.Admin.SignIn;

/// <summary>How often one address may try to sign in. Buckets of addresses that have been quiet are dropped by the limiter itself.</summary>
internal sealed class SignInLimits(IOptions<AdminOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<IPAddress?> _limiter = PartitionedRateLimiter.Create<IPAddress?, IPAddress>(address =>
        RateLimitPartition.GetTokenBucketLimiter(AddressGroup.Of(address), _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Value.SignInsPerMinute,
            TokensPerPeriod = options.Value.SignInsPerMinute,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1),
            QueueLimit = 0,
        }));

    public bool Allows(HttpContext context)
    {
        using var lease = _limiter.AttemptAcquire(context.Connection.RemoteIpAddress);
        return lease.IsAcquired;
    }

    public void Dispose() => _limiter.Dispose();
}
