using Microsoft.AspNetCore.Http.HttpResults;
using PushGateway.Core.Apps;
using PushGateway.Core.Keys;
using PushGateway.Core.Providers;
using PushGateway.Server.Api.Lists;
using PushGateway.Server.Json;
using PushGateway.Server.Problems;
using PushGateway.Server.Security;

namespace PushGateway.Server.Api.Apps;

/// <summary><c>/v1/apps</c>.</summary>
internal sealed class AppEndpoints(IAppStore apps)
{
    public static void Map(RouteGroupBuilder v1)
    {
        var group = v1.MapGroup("/apps").WithTags("Apps").RequireScope(ApiKeyScopes.Admin);
        group.MapGet("", (AppEndpoints endpoints, ListRequest page) => endpoints.List(page))
            .WithName("ListApps").WithSummary("Lists the apps by id.");
        group.MapPut("/{app}", (AppEndpoints endpoints, string app, JsonBody<AppRequest> body, CancellationToken cancellationToken) =>
                endpoints.PutAsync(app, body, cancellationToken))
            .Audited("app.put", "app")
            .WithName("PutApp").WithSummary("Creates an app, or replaces its name and limits.");
        group.MapGet("/{app}", (RequestedApp requestedApp) => TypedResults.Ok(ToResponse(requestedApp.Value)))
            .WithName("GetApp").WithSummary("An app.");
        group.MapDelete("/{app}", (AppEndpoints endpoints, string app, CancellationToken cancellationToken) => endpoints.DeleteAsync(app, cancellationToken))
            .Audited("app.delete", "app")
            .WithName("DeleteApp").WithSummary("Deletes an app with everything of its own: keys, devices, subscriptions, events.");
    }

    private Ok<ListResponse<AppResponse>> List(ListRequest page) =>
        TypedResults.Ok(ListResponse.Slice(apps.List(), app => app.Id, ToResponse, page));

    internal async Task<Results<Created<AppResponse>, Ok<AppResponse>, ApiProblem>> PutAsync(
        string appId, JsonBody<AppRequest> body, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (AppRequestMapping.Map(body.Value, errors) is not { } mapped)
        {
            return errors.ToProblem();
        }

        var (app, created) = await apps.PutAsync(appId, mapped.Name, mapped.Limits, cancellationToken);
        return created ? TypedResults.Created($"/v1/apps/{app.Id}", ToResponse(app)) : TypedResults.Ok(ToResponse(app));
    }

    internal async Task<Results<NoContent, ApiProblem>> DeleteAsync(string appId, CancellationToken cancellationToken) =>
        await apps.DeleteAsync(appId, cancellationToken) ? TypedResults.NoContent() : ApiProblem.NotFound("app.unknown", "There is no such app.");

    private static AppResponse ToResponse(App app) =>
        new(app.Id, app.Name, app.CreatedAt, [.. app.Credentials.Keys.Order().Select(provider => provider.Name())],
            AppRequestMapping.ToBody(app.Limits.QuietHours), app.Limits.MaxPerSubscriberPerDay, app.Limits.MaxRatePerSecond);
}
