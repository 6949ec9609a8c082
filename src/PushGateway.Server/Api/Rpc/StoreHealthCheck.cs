using Microsoft.Extensions.Diagnostics.HealthChecks;
using PushGateway.Storage;

namespace PushGateway.Server.Api.Rpc;

/// <summary>What <c>/readyz</c> answers, for <c>grpc.health.v1</c>.</summary>
internal sealed class StoreHealthCheck(IStoreHealth store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var report = await store.CheckAsync(cancellationToken);
        return report.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(report.Problem);
    }
}
