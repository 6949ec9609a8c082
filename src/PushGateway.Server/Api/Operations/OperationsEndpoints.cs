using Microsoft.AspNetCore.Http.HttpResults;
using PushGateway.Server.Problems;
using PushGateway.Storage;
using Scalar.AspNetCore;

namespace PushGateway.Server.Api.Operations;

/// <param name="Status">ok, or unavailable.</param>
/// <param name="Problem">What is wrong; null when ok.</param>
internal sealed record HealthResponse(string Status, string? Problem = null);

/// <summary>Probes and the API's own description. None needs a key: an orchestrator has none, and the description holds no secrets.</summary>
internal static class OperationsEndpoints
{
    private const string DocumentName = "v1";

    // The whole address, so that others beside it are answered as everything else that is not there.
    private const string DocumentRoute = $"/openapi/{DocumentName}.json";

    public static void Map(WebApplication app)
    {
        var probes = app.MapGroup("").WithTags("Operations").DisableRateLimiting();
        probes.MapGet("/healthz", () => TypedResults.Ok(new HealthResponse("ok")))
            .WithName("Healthz").WithSummary("The process is alive.");
        probes.MapGet("/readyz", ReadyAsync)
            .WithName("Readyz").WithSummary("The store is reachable and its migrations are applied: requests can be served.")
            .Produces<HealthResponse>(StatusCodes.Status503ServiceUnavailable);
        app.MapOpenApi(DocumentRoute);
        app.MapScalarApiReference("/docs", options =>
        {
            // Everything the page needs comes from this process: it works without a way to the internet, and tells nobody of its use.
            options.WithTitle("PushGateway API").WithOpenApiRoutePattern(DocumentRoute).DisableDefaultFonts().DisableTelemetry().DisableAgent();
        }).AddEndpointFilter(static async (context, next) => context.HttpContext.GetRouteValue("documentName") is null or DocumentName
            ? await next(context)
            : ApiProblem.NotFound("route.unknown", "There is nothing at this address."));
    }

    private static async Task<Results<Ok<HealthResponse>, JsonHttpResult<HealthResponse>>> ReadyAsync(IStoreHealth store, CancellationToken cancellationToken)
    {
        var report = await store.CheckAsync(cancellationToken);
        return report.IsReady
            ? TypedResults.Ok(new HealthResponse("ok"))
            : TypedResults.Json(new HealthResponse("unavailable", report.Problem), statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
